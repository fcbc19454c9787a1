package org.ieengine.loaders.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
    private static final int DUMMY_PREFIX = 3;
    private static final int TYPE_NORMAL = 1;
    private static final int TYPE_UNKNOWN = 2;
    private static final int TYPE_CONTROL = 3;
    private static final int TYPE_UNUSED = 5;
    private static final int TYPE_BYTE = 6;

    private final String file;
    private final byte[] bytes;
    private final List<String> pieces;
    private final List<Integer> types;
    private final Map<String, Integer> ids = new HashMap<>();
    private boolean dummyPrefix = true;

    private SentencePieceModel(String file, byte[] bytes) {
        this.file = file;
        this.bytes = bytes;
        this.pieces = new ArrayList<>();
        this.types = new ArrayList<>();
    }

    static SentencePieceModel read(Path path) {
        String file = path.toString();
        byte[] bytes = TokenizerText.bytes(path);
        SentencePieceModel model = new SentencePieceModel(file, bytes);
        model.read(new ProtoReader(file, bytes, 0, bytes.length));
        long unknowns =
                model.types.stream().filter(type -> type == TYPE_UNKNOWN).count();
        if (model.pieces.isEmpty() || unknowns != 1) {
            throw new InputException(
                    file,
                    "",
                    "is not a whole SentencePiece model: " + model.pieces.size() + " pieces, " + unknowns
                            + " of them for unknown text, where one is expected; fetch the file again");
        }
        return model;
    }

    private void read(ProtoReader model) {
        while (model.next()) {
            if (model.field() == PIECES) {
                readPiece(model.message());
            } else if (model.field() == NORMALIZER) {
                ProtoReader normalizer = model.message();
                while (normalizer.next()) {
                    if (normalizer.field() == DUMMY_PREFIX) {
                        dummyPrefix = normalizer.varint() != 0;
                    }
                }
            }
        }
    }

    private void readPiece(ProtoReader piece) {
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
        if (type == TYPE_BYTE && !text.matches("<0x[0-9A-F]{2}>")) {
            throw new InputException(
                    file,
                    "piece " + pieces.size(),
                    "'" + text + "' is said to be a byte but is not spelt as one; fetch the file again");
        }
        pieces.add(text);
        types.add((int) type);
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
        return Collections.unmodifiableList(pieces);
    }

    /** Whether the library puts a space before a text ({@code normalizer_spec.add_dummy_prefix}, true where the file is silent). */
    boolean dummyPrefix() {
        return dummyPrefix;
    }

    /** Whether a piece stands for text: it is not unknown, control or unused. */
    boolean ordinary(int id) {
        if (id >= types.size()) {
            return false;
        }
        int type = types.get(id);
        return type != TYPE_UNKNOWN && type != TYPE_CONTROL && type != TYPE_UNUSED;
    }

    /** The byte that a piece of byte fallback ({@code <0x0A>}) stands for; -1 for other pieces. */
    int fallbackByte(int id) {
        return types.get(id) == TYPE_BYTE ? Integer.parseInt(pieces.get(id).substring(3, 5), 16) : -1;
    }

    /** Id of a piece; -1 where there is none of that text. */
    int id(String piece) {
        return ids.getOrDefault(piece, -1);
    }
}
