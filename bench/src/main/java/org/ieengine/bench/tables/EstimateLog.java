package org.ieengine.bench.tables;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.bench.tables.EstimateLine.Column;
import org.ieengine.bench.tables.EstimateLine.Key;
import org.ieengine.bench.tables.EstimateLine.Truth;
import org.ieengine.engine.ie.DirectoryLock;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousEstimate.Interval;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/**
 * Finished estimates, one line of JSON each in {@code estimates.jsonl}; on the disk before the next one starts. Information is in
 * nats there; null stands for what is not known, and for an infinite ceiling;
 * only truths that are means over draws have a standard error. A torn last line, of a run that was killed, is
 * dropped.
 */
final class EstimateLog implements AutoCloseable {
    /** Name of the file. */
    static final String NAME = "estimates.jsonl";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double NATS_PER_BIT = Math.log(2);

    private final Path file;
    private final DirectoryLock lock;
    private final FileChannel channel;
    private final Map<Key, EstimateLine> lines;

    private EstimateLog(Path file, DirectoryLock lock, FileChannel channel, Map<Key, EstimateLine> lines) {
        this.file = file;
        this.lock = lock;
        this.channel = channel;
        this.lines = lines;
    }

    /**
     * Opens the log of a directory, which is created where missing and locked.
     *
     * @throws InputException when a whole line is damaged, another run is at work there, or nothing can be written
     */
    static EstimateLog open(Path directory) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        Path file = directory.resolve(NAME);
        try {
            byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            Map<Key, EstimateLine> lines = new LinkedHashMap<>();
            int whole = read(file, bytes, lines);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(whole);
            channel.position(whole);
            return new EstimateLog(file, lock, channel, lines);
        } catch (IOException e) {
            lock.close();
            throw FileFault.writing(file.toString(), e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static int read(Path file, byte[] bytes, Map<Key, EstimateLine> lines) {
        int start = 0;
        for (int end = 0; end < bytes.length; end++) {
            if (bytes[end] == '\n') {
                String text = new String(bytes, start, end - start, StandardCharsets.UTF_8);
                try {
                    EstimateLine line = parse(JSON.readTree(text));
                    lines.put(line.key(), line);
                } catch (JsonProcessingException | IllegalArgumentException e) {
                    String place = "line " + (lines.size() + 1);
                    throw new InputException(file.toString(), place, "is not an estimate: " + e.getMessage(), e);
                }
                start = end + 1;
            }
        }
        return start;
    }

    private static EstimateLine parse(JsonNode node) {
        Column column = new Column(
                required(node, "part").asText(),
                required(node, "task").asText(),
                required(node, "samples").asLong(),
                required(node, "estimator").asText());
        List<String> warnings = new ArrayList<>();
        required(node, "warnings").forEach(w -> warnings.add(w.asText()));
        ContinuousEstimate estimate = new ContinuousEstimate(
                column.estimator(),
                bits(node, "nats", Double.NaN),
                bits(node, "sd_nats", Double.NaN),
                new Interval(bits(node, "low_nats", Double.NaN), bits(node, "high_nats", Double.NaN)),
                bits(node, "ceiling_nats", Double.POSITIVE_INFINITY),
                bits(node, "held_out_nats", Double.NaN),
                required(node, "row_passes").asLong(),
                required(node, "seconds").asDouble(),
                warnings);
        return new EstimateLine(
                new Key(column, required(node, "seed").asLong()),
                new Truth(
                        required(node, "truth_nats").asDouble(),
                        node.path("truth_se_nats").asDouble(0)),
                estimate,
                required(node, "device").asText());
    }

    private static JsonNode required(JsonNode node, String name) {
        if (!node.has(name)) {
            throw new IllegalArgumentException("there is no " + name);
        }
        return node.get(name);
    }

    private static double bits(JsonNode node, String name, double unknown) {
        JsonNode value = required(node, name);
        return value.isNull() ? unknown : value.asDouble() / NATS_PER_BIT;
    }

    private static ObjectNode json(EstimateLine line) {
        ContinuousEstimate estimate = line.estimate();
        Column column = line.key().column();
        ObjectNode node = JSON.createObjectNode();
        node.put("part", column.part());
        node.put("task", column.task());
        node.put("samples", column.samples());
        node.put("estimator", column.estimator());
        node.put("seed", line.key().seed());
        node.put("truth_nats", line.truth().nats());
        if (line.truth().error() > 0) {
            node.put("truth_se_nats", line.truth().error());
        }
        putNats(node, "nats", estimate.bits());
        putNats(node, "sd_nats", estimate.sd());
        putNats(node, "low_nats", estimate.interval().low());
        putNats(node, "high_nats", estimate.interval().high());
        putNats(node, "ceiling_nats", estimate.ceilingBits());
        putNats(node, "held_out_nats", estimate.heldOutBits());
        node.put("row_passes", estimate.rowPasses());
        node.put("seconds", estimate.seconds());
        node.put("device", line.device());
        ArrayNode warnings = node.putArray("warnings");
        estimate.warnings().forEach(warnings::add);
        return node;
    }

    private static void putNats(ObjectNode node, String name, double bits) {
        if (Double.isFinite(bits)) {
            node.put(name, bits * NATS_PER_BIT);
        } else {
            node.putNull(name);
        }
    }

    /** Whether this estimate is finished. */
    boolean has(Key key) {
        return lines.containsKey(key);
    }

    /** All finished estimates, in the order in which they finished. */
    List<EstimateLine> lines() {
        return List.copyOf(lines.values());
    }

    /** Writes estimates of one computation and waits until they are on the disk. */
    void append(List<EstimateLine> finished) {
        StringBuilder text = new StringBuilder();
        finished.forEach(line -> text.append(json(line)).append('\n'));
        ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            throw FileFault.writing(file.toString(), e);
        }
        finished.forEach(line -> lines.put(line.key(), line));
    }

    @Override
    public void close() {
        try (lock) {
            channel.close();
        } catch (IOException e) {
            throw FileFault.writing(file.toString(), e);
        }
    }
}
