package org.ieengine.loaders.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/** Reads sentences one after the other, never more than one of them in memory. See {@link DataSource.Sentences} for the formats. */
public final class SentenceReader implements AutoCloseable {
    private static final int GZIP_BUFFER = 1 << 15;

    private final String file;
    private final SourceBytes stored;
    private final SentenceFormat format;

    private SentenceReader(String file, SourceBytes stored, SentenceFormat format) {
        this.file = file;
        this.stored = stored;
        this.format = format;
    }

    /**
     * Opens a source.
     *
     * @throws InputException when it is missing, unreadable, empty, of no known format, or not the gzip that its name says
     */
    public static SentenceReader open(DataSource.Sentences source) {
        String file = source.file();
        Layout layout = Layout.of(source);
        SourceBytes stored = SourceBytes.open(source);
        boolean opened = false;
        try {
            InputStream bytes = unpacked(source, stored, layout.gzip());
            SentenceReader reader =
                    new SentenceReader(file, stored, layout.format().open(file, source.field(), bytes));
            opened = true;
            return reader;
        } catch (IOException e) {
            throw unreadable(file, 0, e);
        } finally {
            if (!opened) {
                closeQuietly(stored);
            }
        }
    }

    private static InputStream unpacked(DataSource.Sentences source, SourceBytes stored, boolean gzip)
            throws IOException {
        PushbackInputStream peeked = new PushbackInputStream(stored, 2);
        byte[] magic = peeked.readNBytes(2);
        if (magic.length == 0) {
            throw new InputException(source.file(), "", "is empty; expected sentences");
        }
        peeked.unread(magic);
        boolean looksPacked = magic.length == 2 && magic[0] == 0x1F && magic[1] == (byte) 0x8B;
        if (gzip && !looksPacked) {
            throw new InputException(
                    source.file(), "", "is not gzip although its name ends in .gz; rename or compress it");
        }
        if (!gzip && looksPacked && !source.file().equals(DataSource.STANDARD_INPUT)) {
            throw new InputException(source.file(), "", "is gzip although its name does not end in .gz; rename it");
        }
        return looksPacked ? new GZIPInputStream(peeked, GZIP_BUFFER) : peeked;
    }

    /**
     * The next sentence, blank ones included; null at the end.
     *
     * @throws InputException when the file is not what its name says, or cannot be read further, naming the line
     */
    Sentence next() {
        try {
            return format.next();
        } catch (IOException e) {
            throw unreadable(file, format.line() + 1, e);
        }
    }

    /** Whether it is plain text, a sentence or part of a paragraph a line, and not JSON. */
    boolean plainText() {
        return format instanceof TextLines;
    }

    /** Share of the stored bytes read so far; NaN where the size is not known. */
    public double fraction() {
        return stored.fraction();
    }

    /** Reads to the end of the stored bytes and gives their SHA-256 in hexadecimal digits. */
    public String sha256() {
        try {
            return stored.finishSha256();
        } catch (IOException e) {
            throw unreadable(file, format.line(), e);
        }
    }

    @Override
    public void close() {
        closeQuietly(stored);
    }

    private static InputException unreadable(String file, long line, IOException cause) {
        String place = line > 0 ? "line " + line : "";
        if (cause instanceof EOFException) {
            return new InputException(
                    file, place, "the compressed text ends too early; the file is cut short: copy it again", cause);
        }
        if (cause instanceof ZipException) {
            return new InputException(
                    file,
                    place,
                    "the compressed text is damaged (" + cause.getMessage() + "); copy the file again",
                    cause);
        }
        return FileFault.reading(file, place, cause);
    }

    private static void closeQuietly(SourceBytes stored) {
        try {
            stored.close();
        } catch (IOException e) {
            // Nothing was written: whatever was needed has been read and checked already.
            return;
        }
    }

    /** How the sentences lie in the file. */
    private enum Format {
        LINES,
        JSON_LINES,
        JSON_ARRAY;

        SentenceFormat open(String file, String field, InputStream bytes) throws IOException {
            JsonFactory json = JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(TextLines.LONGEST_LINE)
                            .build())
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build();
            return switch (this) {
                case LINES -> new TextLines(file, bytes);
                case JSON_LINES ->
                    new JsonLines(file, new TextLines(file, bytes), new SentenceFields(file, field), json);
                case JSON_ARRAY ->
                    new JsonArray(
                            file,
                            new Utf8Bytes(file, bytes),
                            new SentenceFields(file, field),
                            json.configure(JsonParser.Feature.AUTO_CLOSE_SOURCE, false));
            };
        }
    }

    /** Format and compression, as the name says. */
    private record Layout(Format format, boolean gzip) {
        static Layout of(DataSource.Sentences source) {
            if (source.file().equals(DataSource.STANDARD_INPUT)) {
                return new Layout(source.field().isEmpty() ? Format.LINES : Format.JSON_LINES, false);
            }
            String name = source.file().toLowerCase(Locale.ROOT);
            name = name.substring(name.lastIndexOf('/') + 1);
            boolean gzip = name.endsWith(".gz");
            if (gzip) {
                name = name.substring(0, name.length() - 3);
            }
            int dot = name.lastIndexOf('.');
            String extension = dot < 0 ? "" : name.substring(dot);
            Format format =
                    switch (extension) {
                        case "", ".txt", ".text" -> Format.LINES;
                        case ".jsonl", ".ndjson" -> Format.JSON_LINES;
                        case ".json" -> Format.JSON_ARRAY;
                        default ->
                            throw new InputException(
                                    source.file(),
                                    "",
                                    "files of sentences end in .txt, .jsonl or .json (each also .gz), not in "
                                            + extension + "; rename or convert it, or give token ids as .safetensors");
                    };
            return new Layout(format, gzip);
        }
    }
}
