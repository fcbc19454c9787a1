package org.ieengine.loaders.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Ids of a SentencePiece model back to text. Pieces are joined, U+2581 becomes a space, byte pieces their bytes (UTF-8, U+FFFD for
 * what is none), special tokens are spelt out, and the dummy space is taken off where {@link SentencePieceTokenizer} has it put
 * on. Not the library's own decoding: that knows no tokens beyond the model's, and no spaces put on after a special token.
 */
final class SentencePieceText {
    private static final char SPACE = '\u2581';

    private final SentencePieceModel model;
    private final Map<Integer, String> specials;
    private final boolean dummyAtStart;
    private final boolean dummyAfterSpecial;

    /**
     * @param specials spelling by id of the tokens that are cut out of a text before it is encoded
     * @param dummyAtStart whether a text gets a space before it
     * @param dummyAfterSpecial whether every stretch after a special token gets one too
     */
    SentencePieceText(
            SentencePieceModel model, Map<Integer, String> specials, boolean dummyAtStart, boolean dummyAfterSpecial) {
        this.model = model;
        this.specials = specials;
        this.dummyAtStart = dummyAtStart;
        this.dummyAfterSpecial = dummyAfterSpecial;
    }

    /** Whether an id is spelt as it is, without spaces or bytes in it. */
    boolean special(int id) {
        return specials.containsKey(id) || !model.ordinary(id);
    }

    String of(int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean dummy = dummyAtStart;
        for (int id : ids) {
            if (special(id)) {
                append(bytes, specials.containsKey(id) ? specials.get(id) : piece(id));
                dummy = dummyAfterSpecial;
                continue;
            }
            int fallback = model.fallbackByte(id);
            if (fallback >= 0) {
                bytes.write(fallback);
            } else {
                String text = model.pieces().get(id).replace(SPACE, ' ');
                append(bytes, dummy && text.startsWith(" ") ? text.substring(1) : text);
            }
            dummy = false;
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private String piece(int id) {
        return id < model.pieces().size() ? model.pieces().get(id) : "";
    }

    private static void append(ByteArrayOutputStream bytes, String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
