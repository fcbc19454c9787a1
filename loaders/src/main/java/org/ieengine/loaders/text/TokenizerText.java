package org.ieengine.loaders.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.InputException;

/** Files of a tokenizer, read whole. */
final class TokenizerText {
    private static final long LARGEST = 512L << 20;
    private static final String GIT_LFS = "version https://git-lfs";

    private TokenizerText() {}

    /** The bytes, refusing what cannot be a tokenizer. */
    static byte[] bytes(Path path) {
        try {
            if (!Files.isRegularFile(path)) {
                throw new InputException(path.toString(), "", "is not a file; expected a part of a tokenizer");
            }
            long size = Files.size(path);
            if (size == 0) {
                throw new InputException(path.toString(), "", "is empty; fetch the file again");
            }
            if (size > LARGEST) {
                throw new InputException(
                        path.toString(), "", "has " + size + " bytes, more than any tokenizer; is it another file?");
            }
            byte[] bytes = Files.readAllBytes(path);
            if (new String(bytes, 0, Math.min(bytes.length, GIT_LFS.length()), StandardCharsets.ISO_8859_1)
                    .equals(GIT_LFS)) {
                throw new InputException(
                        path.toString(),
                        "",
                        "is a Git LFS pointer, not the file itself; run 'git lfs pull' in the model directory");
            }
            return bytes;
        } catch (IOException e) {
            throw FileFault.reading(path.toString(), e);
        }
    }

    /** The text, refusing what is not UTF-8; a byte-order mark is dropped. */
    static String utf8(Path path) {
        byte[] bytes = bytes(path);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new InputException(path.toString(), "", "is not UTF-8 text; fetch the file again", e);
        }
    }

    /** The id itself, refusing one that a tokenizer has not. */
    static int requireId(int id, int vocabulary) {
        if (id < 0 || id >= vocabulary) {
            throw new IllegalArgumentException("the id " + id + " of a tokenizer that has 0 to " + (vocabulary - 1));
        }
        return id;
    }

    /** What a fault says, on one line. */
    static String oneLine(Throwable fault) {
        String message = fault.getMessage();
        return message == null
                ? fault.getClass().getSimpleName()
                : message.replaceAll("\\s+", " ").trim();
    }
}
