package org.ieengine.loaders.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.loaders.InputException;

/**
 * A SentencePiece {@code tokenizer.model}: the serialised ModelProto of {@code sentencepiece_model.proto}. Read here as far as
 * it takes to check it before native code does and to know its pieces; the native library gets the bytes.
 */
final class SentencePieceModel {
    private static final int PIECES = 1;
    private static final int NORMALIZER = 3;
    private static final int PIECE_TEXT = 1;
    private static final int PIECE_TYPE = 3;
    private static final int TYPE_NORMAL = 1;
    private static final int TYPE_UNKNOWN = 2;

    private final String file;
    private final byte[] bytes;
    private final List<String> pieces;
    private final Map<String, Integer> ids;

    private SentencePieceModel(String file, byte[] bytes, List<String> pieces, Map<String, Integer> ids) {
        this.file = file;
        this.bytes = bytes;
        this.pieces = pieces;
        this.ids = ids;
    }

    static SentencePieceModel read(Path path) {
        String file = path.toString();
        byte[] bytes = TokenizerText.bytes(path);
        List<String> pieces = new ArrayList<>();
        Map<String, Integer> ids = new HashMap<>();
        int unknowns = 0;
        ProtoReader model = new ProtoReader(file, bytes, 0, bytes.length);
        while (model.next()) {
            if (model.field() == PIECES) {
                ProtoReader piece = model.message();
                String text = null;
                long type = TYPE_NORMAL;
                while (piece.next()) {
                    if (piece.field() == PIECE_TEXT) {
                        text = text(file, piece.bytes(), pieces.size());
                    } else if (piece.field() == PIECE_TYPE) {
                        type = piece.varint();
                    }
                }
                if (text == null || text.isEmpty()) {
                    throw new InputException(file, "piece " + pieces.size(), "has no text; fetch the file again");
                }
                if (ids.putIfAbsent(text, pieces.size()) != null) {
                    throw new InputException(
                            file, "piece " + pieces.size(), "'" + text + "' is there twice; fetch the file again");
                }
                unknowns += type == TYPE_UNKNOWN ? 1 : 0;
                pieces.add(text);
            } else if (model.field() == NORMALIZER) {
                ProtoReader normalizer = model.message();
                while (normalizer.next()) {
                    normalizer.field();
                }
            }
        }
        if (pieces.isEmpty() || unknowns != 1) {
            throw new InputException(
                    file,
                    "",
                    "is not a whole SentencePiece model: " + pieces.size() + " pieces, " + unknowns
                            + " of them for unknown text, where one is expected; fetch the file again");
        }
        return new SentencePieceModel(file, bytes, List.copyOf(pieces), ids);
    }

    private static String text(String file, ByteBuffer encoded, int piece) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(encoded).toString();
        } catch (CharacterCodingException e) {
            throw new InputException(file, "piece " + piece, "is not UTF-8; fetch the file again", e);
        }
    }

    /** The file as the user named it. */
    String file() {
        return file;
    }

    /** The serialised model. */
    byte[] serialized() {
        return bytes.clone();
    }

    /**
     * The serialised model with {@code normalizer_spec.add_dummy_prefix} false. A message field that comes twice is merged, the
     * later value winning (protobuf encoding, "Last One Wins"), so four bytes at the end say it.
     */
    byte[] withoutDummyPrefix() {
        byte[] changed = Arrays.copyOf(bytes, bytes.length + 4);
        ByteBuffer.wrap(changed, bytes.length, 4).put(new byte[] {NORMALIZER << 3 | 2, 2, 3 << 3, 0});
        return changed;
    }

    /** The pieces; the index is the id. */
    List<String> pieces() {
        return pieces;
    }

    /** Id of a piece; -1 where there is none of that text. */
    int id(String piece) {
        return ids.getOrDefault(piece, -1);
    }
}
