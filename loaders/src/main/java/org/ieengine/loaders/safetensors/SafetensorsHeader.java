package org.ieengine.loaders.safetensors;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ieengine.loaders.InputException;

/**
 * The header of a safetensors file, read as hostile input: every length, name, type, shape and byte range is checked before
 * anything is believed, with overflow-checked arithmetic, and the tensors must cover the bytes after the header exactly.
 *
 * @param metadata {@code __metadata__}
 * @param tensors in the order of the header
 */
record SafetensorsHeader(Map<String, String> metadata, List<TensorEntry> tensors) {
    /** Longest header in bytes that the reference implementation accepts. */
    static final long LONGEST = 100_000_000;

    /** More tensors than any checkpoint has in one file; keeps a damaged header from filling the memory. */
    private static final int MOST_TENSORS = 200_000;

    private static final int LENGTH_BYTES = 8;
    private static final int DEEPEST = 16;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .build();

    static SafetensorsHeader read(TensorBytes bytes, long size) throws IOException {
        String path = bytes.path().toString();
        if (size < LENGTH_BYTES) {
            throw new InputException(
                    path,
                    "header length",
                    "the file has " + size + " bytes, expected at least " + LENGTH_BYTES
                            + " for the length of the header; copy or download it again");
        }
        ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.fill(length, 0);
        long headerBytes = length.getLong(0);
        if (headerBytes < 0 || headerBytes > LONGEST) {
            throw new InputException(
                    path,
                    "header length",
                    "found " + Long.toUnsignedString(headerBytes) + " bytes, expected at most " + LONGEST
                            + "; this is not a safetensors file or it is damaged");
        }
        if (headerBytes > size - LENGTH_BYTES) {
            throw new InputException(
                    path,
                    "header length",
                    "the header should take " + headerBytes + " bytes but the file ends after " + (size - LENGTH_BYTES)
                            + " of them: it is cut short; copy or download it again");
        }
        Reader text = new InputStreamReader(
                new BufferedInputStream(new HeaderStream(bytes, headerBytes)),
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        try (JsonParser parser = JSON.createParser(text)) {
            HeaderJson json = new HeaderJson(path, parser);
            json.read();
            List<TensorEntry> entries = new Layout(path, LENGTH_BYTES + headerBytes, size).place(json.tensors());
            return new SafetensorsHeader(json.metadata(), entries);
        } catch (CharacterCodingException malformed) {
            throw new InputException(
                    path, "header", "found bytes that are not UTF-8; the file is damaged, copy or download it again");
        } catch (JacksonException malformed) {
            JsonLocation location = malformed.getLocation();
            throw new InputException(
                    path,
                    "header",
                    "found malformed JSON ("
                            + malformed.getOriginalMessage().lines().findFirst().orElse("")
                            + (location == null ? "" : " at character " + location.getCharOffset())
                            + "); the file is damaged, copy or download it again",
                    malformed);
        }
    }

    /** One tensor as the JSON declares it, nothing checked but the JSON types. */
    record Declaration(ElementType type, long[] shape, long begin, long end) {}

    /** Walks through the JSON of a header. */
    private static final class HeaderJson {
        private final String path;
        private final JsonParser parser;
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private final Map<String, Declaration> tensors = new LinkedHashMap<>();
        private boolean metadataSeen;

        HeaderJson(String path, JsonParser parser) {
            this.path = path;
            this.parser = parser;
        }

        Map<String, String> metadata() {
            return metadata;
        }

        Map<String, Declaration> tensors() {
            return tensors;
        }

        void read() throws IOException {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw fault("header", "found " + described() + ", expected a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("__metadata__")) {
                    readMetadata();
                } else if (tensors.containsKey(name)) {
                    throw fault("tensor " + name, "the header names it twice");
                } else if (tensors.size() == MOST_TENSORS) {
                    throw fault("tensor " + name, "found more than " + MOST_TENSORS + " tensors, expected fewer");
                } else {
                    tensors.put(name, readDeclaration("tensor " + name));
                }
            }
            if (parser.nextToken() != null) {
                throw fault(
                        "header", "found " + described() + " after the end of the JSON object, expected spaces only");
            }
        }

        private void readMetadata() throws IOException {
            if (metadataSeen) {
                throw fault("__metadata__", "the header holds it twice");
            }
            metadataSeen = true;
            requireObject("__metadata__");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_STRING) {
                    throw fault("__metadata__", "found " + described() + " under '" + key + "', expected a string");
                }
                if (metadata.put(key, parser.getText()) != null) {
                    throw fault("__metadata__", "the key '" + key + "' stands there twice");
                }
            }
        }

        private Declaration readDeclaration(String place) throws IOException {
            requireObject(place);
            ElementType type = null;
            long[] shape = null;
            long[] offsets = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                boolean again =
                        switch (key) {
                            case "dtype" -> type != null;
                            case "shape" -> shape != null;
                            case "data_offsets" -> offsets != null;
                            default ->
                                throw fault(
                                        place,
                                        "found the unknown field '" + key
                                                + "', expected dtype, shape and data_offsets only");
                        };
                if (again) {
                    throw fault(place, "the field '" + key + "' stands there twice");
                }
                switch (key) {
                    case "dtype" -> type = readType(place);
                    case "shape" -> shape = readNumbers(place, key);
                    default -> offsets = readNumbers(place, key);
                }
            }
            requireField(place, "dtype", type);
            requireField(place, "shape", shape);
            requireField(place, "data_offsets", offsets);
            if (offsets.length != 2) {
                throw fault(place, "data_offsets has " + offsets.length + " numbers, expected 2: begin and end");
            }
            return new Declaration(type, shape, offsets[0], offsets[1]);
        }

        private void requireObject(String place) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw fault(place, "found " + described() + ", expected a JSON object");
            }
        }

        private void requireField(String place, String key, Object value) {
            if (value == null) {
                throw fault(place, "the field '" + key + "' is missing");
            }
        }

        private ElementType readType(String place) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw fault(place, "found " + described() + " as dtype, expected a string");
            }
            String name = parser.getText();
            for (ElementType type : ElementType.values()) {
                if (type.name().equals(name)) {
                    return type;
                }
            }
            throw fault(
                    place,
                    "found elements of type '" + name + "', expected one of " + Arrays.toString(ElementType.values())
                            + "; save the model in one of these types");
        }

        private long[] readNumbers(String place, String key) throws IOException {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                throw fault(place, "found " + described() + " as " + key + ", expected an array of integers");
            }
            long[] numbers = new long[4];
            int count = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                    throw fault(place, "found " + described() + " in " + key + ", expected integers");
                }
                if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                    throw fault(place, "found " + parser.getText() + " in " + key + ", expected at most 2^63 - 1");
                }
                long number = parser.getLongValue();
                if (number < 0) {
                    throw fault(place, "found " + number + " in " + key + ", expected no negative numbers");
                }
                if (count == numbers.length) {
                    numbers = Arrays.copyOf(numbers, 2 * count);
                }
                numbers[count++] = number;
            }
            return Arrays.copyOf(numbers, count);
        }

        private String described() throws IOException {
            JsonToken token = parser.currentToken();
            if (token == null) {
                return "nothing";
            }
            return switch (token) {
                case START_OBJECT -> "an object";
                case START_ARRAY -> "an array";
                case VALUE_STRING -> "a string";
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + parser.getText();
                default -> "'" + parser.getText() + "'";
            };
        }

        private InputException fault(String place, String finding) {
            return new InputException(path, place, finding + "; the file is damaged or was not written as safetensors");
        }
    }

    /**
     * Checks byte ranges against shapes, the file and one another.
     *
     * @param start first byte after the header
     * @param size length of the file
     */
    private record Layout(String path, long start, long size) {
        List<TensorEntry> place(Map<String, Declaration> tensors) {
            Map<String, TensorEntry> entries = new LinkedHashMap<>();
            tensors.forEach((name, declaration) -> entries.put(name, entry(name, declaration)));
            // Empty tensors first among those with the same begin, so that ranges follow one another.
            TreeMap<Range, String> ordered = new TreeMap<>();
            tensors.forEach((name, d) -> ordered.put(new Range(d.begin(), d.end(), name), name));
            Range last = new Range(0, 0, "");
            for (Range range : ordered.keySet()) {
                if (range.begin() < last.end()) {
                    throw new InputException(
                            path,
                            "tensor " + range.name(),
                            "its bytes " + range.begin() + " to " + range.end() + " overlap those of tensor "
                                    + last.name() + ", " + last.begin() + " to " + last.end()
                                    + "; expected every byte to belong to one tensor: the file is damaged");
                }
                if (range.begin() > last.end()) {
                    throw new InputException(
                            path,
                            "tensor " + range.name(),
                            "begins at byte " + range.begin() + " after a hole, expected " + last.end()
                                    + ", where the tensor before ends: the file is damaged");
                }
                last = range;
            }
            if (last.end() < size - start) {
                throw new InputException(
                        path,
                        "",
                        "found " + (size - start - last.end())
                                + " bytes after the end of the last tensor, expected none: the file is damaged or was"
                                + " appended to; copy or download it again");
            }
            return List.copyOf(entries.values());
        }

        private TensorEntry entry(String name, Declaration declaration) {
            String place = "tensor " + name;
            long bytes;
            try {
                bytes = Math.multiplyExact(
                        product(declaration.shape()), declaration.type().bytes());
            } catch (ArithmeticException overflow) {
                throw new InputException(
                        path,
                        place,
                        "shape " + Arrays.toString(declaration.shape()) + " of " + declaration.type()
                                + " has more than 2^63 bytes: the file is damaged",
                        overflow);
            }
            if (declaration.end() < declaration.begin()) {
                throw new InputException(
                        path,
                        place,
                        "ends at byte " + declaration.end() + " before it begins at " + declaration.begin()
                                + ": the file is damaged");
            }
            if (declaration.end() - declaration.begin() != bytes) {
                throw new InputException(
                        path,
                        place,
                        "takes " + (declaration.end() - declaration.begin()) + " bytes, expected " + bytes
                                + " for shape " + Arrays.toString(declaration.shape()) + " of " + declaration.type()
                                + ": the file is damaged");
            }
            if (declaration.end() > size - start) {
                throw new InputException(
                        path,
                        place,
                        "should end " + declaration.end() + " bytes after the header but the file ends after "
                                + (size - start) + ": it is cut short; copy or download it again");
            }
            return new TensorEntry(
                    name,
                    declaration.type(),
                    declaration.shape(),
                    bytes / declaration.type().bytes(),
                    start + declaration.begin());
        }

        private static long product(long[] shape) {
            // A zero anywhere makes the tensor empty however large the rest, as in the reference implementation it must
            // still not overflow on the way.
            long product = 1;
            for (long extent : shape) {
                product = Math.multiplyExact(product, extent);
            }
            return product;
        }
    }

    /** Byte range of a tensor after the header, ordered by place. */
    private record Range(long begin, long end, String name) implements Comparable<Range> {
        @Override
        public int compareTo(Range other) {
            int byBegin = Long.compare(begin, other.begin);
            int byEnd = Long.compare(end, other.end);
            return byBegin != 0 ? byBegin : byEnd != 0 ? byEnd : name.compareTo(other.name);
        }
    }

    /** The bytes of the header as a stream, so that a long one is never held in one piece. */
    private static final class HeaderStream extends InputStream {
        private final TensorBytes bytes;
        private final long end;
        private long position = LENGTH_BYTES;

        HeaderStream(TensorBytes bytes, long headerBytes) {
            this.bytes = bytes;
            this.end = LENGTH_BYTES + headerBytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int count) throws IOException {
            int now = (int) Math.min(count, end - position);
            if (now == 0) {
                return count == 0 ? 0 : -1;
            }
            if (!bytes.fill(ByteBuffer.wrap(target, offset, now), position)) {
                throw new IOException("the file was shortened while its header was read");
            }
            position += now;
            return now;
        }
    }
}
