package org.ieengine.loaders.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.ieengine.loaders.InputException;

/** Checks the normalizer and pre-tokenizer of a {@code tokenizer.json} for what the native library does not survive. */
final class TokenizerSteps {
    private TokenizerSteps() {}

    /**
     * Checks one of the two.
     *
     * @param place its key
     * @param json its text
     * @throws InputException when it holds an empty pattern or a damaged table of characters
     */
    static void check(String file, String place, String json) throws IOException {
        JsonNode step = new ObjectMapper().readTree(json);
        for (JsonNode pattern : step.findValues("pattern")) {
            for (String kind : List.of("Regex", "String")) {
                if (pattern.path(kind).isTextual()
                        && pattern.path(kind).textValue().isEmpty()) {
                    throw new InputException(
                            file, place, "holds an empty pattern, which matches everywhere; fetch the file again");
                }
            }
        }
        for (JsonNode table : step.findValues("precompiled_charsmap")) {
            if (!table.isNull() && !isCharacterTable(table.asText())) {
                throw new InputException(
                        file, place, "holds a precompiled_charsmap that is damaged; fetch the file again");
            }
        }
    }

    /** SentencePiece's layout: length of a double-array trie in bytes (little-endian), the trie, then UTF-8 text. */
    private static boolean isCharacterTable(String base64) {
        try {
            ByteBuffer table =
                    ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
            if (table.remaining() < Integer.BYTES) {
                return false;
            }
            int trie = table.getInt();
            if (trie <= 0 || trie % Integer.BYTES != 0 || trie > table.remaining()) {
                return false;
            }
            table.position(table.position() + trie);
            StandardCharsets.UTF_8.newDecoder().decode(table);
            return true;
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return false;
        }
    }
}
