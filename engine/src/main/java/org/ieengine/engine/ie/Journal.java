package org.ieengine.engine.ie;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * What a run has finished: {@code journal.jsonl}, one line per estimate with its key, the hash of the settings, the settings,
 * what computed it and in which micro-batches, and the numbers. Every line is on the disk before the run goes on, so that a run
 * killed at any moment loses at most the estimate at work; a torn last line is dropped on resuming. Doubles are written in the shortest form that reads back to the same bits.
 */
public final class Journal implements AutoCloseable {
    /** Name of the file in the output directory. */
    public static final String NAME = "journal.jsonl";

    /** Name of what computed an estimate, in its line. */
    private static final String COMPUTED_BY = "computed_by";

    /** Name of the most rows of a micro-batch of the forward pass. */
    private static final String BATCH_ROWS = "batch_rows";

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final DirectoryLock lock;
    private final FileChannel channel;
    private final Map<EstimateKey, ObjectNode> finished;
    private final Map<EstimateKey, String> computers;
    private final Map<EstimateKey, Integer> batchRows;
    private final JournalIdentity written;
    private JournalIdentity identity;
    private String computer;
    private int rows;

    private Journal(Path file, DirectoryLock lock, FileChannel channel, Content content) {
        this.file = file;
        this.lock = lock;
        this.channel = channel;
        this.finished = content.finished;
        this.computers = content.computers;
        this.batchRows = content.batchRows;
        this.written = content.identity;
    }

    /**
     * What a file holds: estimates, what computed each and in which micro-batches, the settings they belong to (null without a line), and the bytes that are
     * whole lines.
     */
    private record Content(
            Map<EstimateKey, ObjectNode> finished,
            Map<EstimateKey, String> computers,
            Map<EstimateKey, Integer> batchRows,
            JournalIdentity identity,
            long bytes) {
        static Content none() {
            return new Content(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>(), null, 0);
        }
    }

    /**
     * Locks the directory (created where missing) and opens its journal. Without {@code resume} a journal whose run did not
     * finish is set aside as {@code journal.1.jsonl}, {@code journal.2.jsonl}, ... and a finished one is replaced.
     *
     * @throws InputException when another run is at work there, the journal is damaged before its last line, or nothing can be
     *     written
     */
    public static Journal open(Path directory, boolean resume) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            Path file = directory.resolve(NAME);
            if (!resume && Files.exists(file) && Files.size(file) > 0 && !isFinished(directory, file)) {
                Files.move(file, unusedName(directory), StandardCopyOption.ATOMIC_MOVE);
            }
            Content content = resume && Files.exists(file) ? read(file) : Content.none();
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(content.bytes);
            channel.position(content.bytes);
            channel.force(true);
            return new Journal(file, lock, channel, content);
        } catch (IOException e) {
            lock.close();
            throw FileFault.writing(directory.resolve(NAME).toString(), e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static Path unusedName(Path directory) {
        int number = 1;
        while (Files.exists(directory.resolve("journal." + number + ".jsonl"))) {
            number++;
        }
        return directory.resolve("journal." + number + ".jsonl");
    }

    /** Whether results.json tells of the same settings and of every line of the journal. */
    private static boolean isFinished(Path directory, Path journal) throws IOException {
        Path results = directory.resolve(ResultFiles.RESULTS);
        if (!Files.exists(results)) {
            return false;
        }
        try {
            Content content = read(journal);
            if (content.identity == null) {
                return false;
            }
            JsonNode summary = JSON.readTree(Files.readAllBytes(results)).path("journal");
            return summary.path("settings_sha256").asText().equals(content.identity.sha256())
                    && summary.path("estimates").asInt() == content.finished.size();
        } catch (JsonProcessingException | InputException foreign) {
            // Neither a result nor a journal of ours: kept, never replaced.
            return false;
        }
    }

    private static Content read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Content content = Content.none();
        JournalIdentity identity = null;
        int start = 0;
        int number = 0;
        for (int end = 0; end < bytes.length; end++) {
            if (bytes[end] != '\n') {
                continue;
            }
            number++;
            ObjectNode line = parse(file, number, bytes, start, end);
            JournalIdentity ofLine = JournalIdentity.fromJson(line);
            if (identity != null && !identity.sha256().equals(ofLine.sha256())) {
                throw damaged(file, number, "belongs to other settings than the lines before", null);
            }
            identity = ofLine;
            EstimateKey key = JournalIdentity.keyFromJson(line.path("key"));
            content.finished.put(key, (ObjectNode) line.path("numbers"));
            content.computers.put(key, line.path(COMPUTED_BY).asText("a device that was not written down"));
            if (line.has(BATCH_ROWS)) {
                content.batchRows.put(key, line.path(BATCH_ROWS).asInt());
            }
            start = end + 1;
        }
        return new Content(content.finished, content.computers, content.batchRows, identity, start);
    }

    private static ObjectNode parse(Path file, int number, byte[] bytes, int start, int end) {
        try {
            JsonNode line = JSON.readTree(bytes, start, end - start);
            if (line instanceof ObjectNode object
                    && object.path("key").isObject()
                    && object.path("numbers").isObject()
                    && object.path("settings").isObject()) {
                return object;
            }
            throw damaged(file, number, "is not an estimate with key, settings and numbers", null);
        } catch (IOException e) {
            throw damaged(file, number, "is not JSON", e);
        }
    }

    private static InputException damaged(Path file, int line, String finding, Exception cause) {
        return new InputException(
                file.toString(), "line " + line, finding + "; start anew without --resume (the file is kept)", cause);
    }

    /**
     * Says which run writes here from now on.
     *
     * @param computer device and precision that compute from now on; they may differ from those of the lines before
     * @param batchRows most rows of a micro-batch of the forward pass from now on; they may differ too
     * @throws OptionChangedException when lines of other settings are there, naming the first option that differs
     */
    public void begin(JournalIdentity run, String computer, int batchRows) {
        if (written != null) {
            written.requireSame(run);
        }
        this.identity = run;
        this.computer = computer;
        this.rows = batchRows;
    }

    /** Device and precision that computed a finished estimate. */
    String computer(EstimateKey key) {
        return computers.get(key);
    }

    /** How many estimates each device, with its precision, computed; in the order in which they came in. */
    public Map<String, Integer> estimatesByComputer() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        computers.values().forEach(name -> counts.merge(name, 1, Integer::sum));
        return counts;
    }

    /** How many estimates were made with micro-batches of which size, where that is known; in the order in which they came in. */
    public Map<Integer, Integer> estimatesByBatchRows() {
        Map<Integer, Integer> counts = new LinkedHashMap<>();
        batchRows.values().forEach(size -> counts.merge(size, 1, Integer::sum));
        return counts;
    }

    /** Numbers of a finished estimate; null when there are none yet. */
    public ObjectNode numbers(EstimateKey key) {
        return finished.get(key);
    }

    /** Number of finished estimates. */
    public int size() {
        return finished.size();
    }

    /** Keys of the finished estimates in the order in which they finished. */
    public List<EstimateKey> keys() {
        return new ArrayList<>(finished.keySet());
    }

    /**
     * Writes one finished estimate and waits until it is on the disk.
     *
     * @throws InputException when the line cannot be written (a full disk); a part of it that was written is taken back
     */
    public void append(EstimateKey key, ObjectNode numbers) {
        if (identity == null) {
            throw new IllegalStateException("no run has begun");
        }
        ObjectNode line = JSON.createObjectNode();
        line.set("key", JournalIdentity.keyToJson(key));
        identity.addTo(line);
        line.put(COMPUTED_BY, computer);
        line.put(BATCH_ROWS, rows);
        line.set("numbers", numbers);
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            long before = channel.position();
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            } catch (IOException e) {
                channel.truncate(before);
                throw e;
            }
        } catch (IOException e) {
            throw FileFault.writing(file.toString(), e);
        }
        finished.put(key, numbers);
        computers.put(key, computer);
        batchRows.put(key, rows);
    }

    /** Closes the file and unlocks the directory. */
    @Override
    public void close() {
        try (lock) {
            channel.close();
        } catch (IOException e) {
            throw FileFault.writing(file.toString(), e);
        }
    }
}
