package org.ieengine.loaders;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The small JSON files that lie beside the weights of a model. */
public final class JsonFile {
    private static final long LONGEST = 256L << 20;

    private JsonFile() {}

    /**
     * Reads a file that holds one JSON object. NaN and Infinity are read as numbers, since Python writes them.
     *
     * @throws InputException when it is missing, unreadable, no UTF-8, no JSON, holds a key twice or no object
     */
    public static JsonNode readObject(Path file) {
        return parseObject(file, bytes(file));
    }

    /**
     * The bytes of a file of at most 256 MiB.
     *
     * @throws InputException when it is missing, a directory, unreadable or longer
     */
    public static byte[] bytes(Path file) {
        if (Files.isDirectory(file)) {
            throw new InputException(file.toString(), "", "found a directory, expected a JSON file");
        }
        if (!Files.exists(file)) {
            throw new InputException(file.toString(), "", "not found, expected a JSON file; copy or download it");
        }
        try {
            if (Files.size(file) > LONGEST) {
                throw new InputException(
                        file.toString(),
                        "",
                        "found " + Files.size(file) + " bytes, expected a JSON file of at most " + LONGEST);
            }
            return Files.readAllBytes(file);
        } catch (IOException failure) {
            throw FileFault.reading(file.toString(), failure);
        }
    }

    /** As {@link #readObject}, of bytes that were read from the file before. */
    public static JsonNode parseObject(Path file, byte[] bytes) {
        String path = file.toString();
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new InputException(
                    path, "", "found bytes that are not UTF-8, expected JSON; copy or download it again", malformed);
        }
        if (text.startsWith("version https://git-lfs")) {
            throw new InputException(
                    path,
                    "",
                    "found a Git LFS pointer, expected JSON; run 'git lfs install' and 'git lfs pull' in the directory"
                            + " of the model");
        }
        if (text.stripLeading().startsWith("<")) {
            throw new InputException(
                    path,
                    "",
                    "found an HTML or XML page saved under this name (a failed download), expected JSON; download the"
                            + " file itself, not the page that shows it");
        }
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
        ObjectMapper mapper = new ObjectMapper(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        try {
            JsonNode node = mapper.readTree(text);
            if (!node.isObject()) {
                throw new InputException(path, "", "found " + described(node) + ", expected a JSON object");
            }
            return node;
        } catch (JacksonException malformed) {
            String place = malformed.getLocation() == null
                    ? ""
                    : "line " + malformed.getLocation().getLineNr();
            throw new InputException(
                    path,
                    place,
                    "found malformed JSON (" + complaint(malformed) + "); mend it or copy or download it again",
                    malformed);
        }
    }

    /** What the reader says, on one line and without where it saw the start of what is not ended. */
    private static String complaint(JacksonException malformed) {
        String line = malformed.getOriginalMessage().lines().findFirst().orElse("");
        int start = line.indexOf(" (start marker at");
        return start < 0 ? line : line.substring(0, start);
    }

    /** A JSON value in words, for the middle of a sentence: {@code the string "abc"}, {@code an array}. */
    public static String described(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING ->
                "the string "
                        + (node.textValue().length() > 60
                                ? "of " + node.textValue().length() + " characters"
                                : node);
            case NUMBER -> "the number " + node.asText();
            case BOOLEAN, NULL -> node.asText();
            default -> "nothing";
        };
    }
}
