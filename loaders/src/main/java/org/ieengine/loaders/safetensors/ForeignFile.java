package org.ieengine.loaders.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.ieengine.loaders.InputException;

/** Recognises by their first bytes what is often found in place of a safetensors file, and says how to get the real one. */
final class ForeignFile {
    private static final int LOOKED_AT = 512;
    private static final int LONGEST_POINTER = 1024;

    private ForeignFile() {}

    /** Throws when the file begins like something that is known not to be safetensors. */
    static void refuse(TensorBytes bytes, long size) throws IOException {
        if (size == 0) {
            throw refusal(bytes, "the file is empty, expected a safetensors file; copy or download it again");
        }
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(size, LOOKED_AT));
        if (!bytes.fill(start, 0)) {
            throw refusal(bytes, "the file shrank while it was opened; restore it and start again");
        }
        String text = new String(start.array(), StandardCharsets.ISO_8859_1);
        if (size > 8 && text.charAt(8) == '{') {
            // A header begins here; the eight bytes before are its length, whatever they look like.
            return;
        }
        String lower = text.stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs") && size <= LONGEST_POINTER) {
            throw refusal(
                    bytes,
                    "found a Git LFS pointer (" + size + " bytes), expected the weights themselves; run"
                            + " 'git lfs install' and 'git lfs pull' in the directory of the model");
        }
        if (lower.startsWith("<!doctype") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
            throw refusal(
                    bytes,
                    "found an HTML or XML page saved under this name (a failed download), expected weights; download"
                            + " the file itself, not the page that shows it");
        }
        if (text.startsWith("GGUF") || text.startsWith("GGML") || text.startsWith("tjgg")) {
            throw refusal(
                    bytes, "found a GGUF/GGML file, expected safetensors; use the model as Hugging Face stores it");
        }
        if (text.startsWith("PK\003\004") || text.startsWith("\u0080\002")) {
            throw refusal(bytes, "found a PyTorch pickle file, expected safetensors; " + PyTorchAdvice.CONVERT);
        }
        if (text.startsWith("\u0089HDF\r\n")) {
            throw refusal(
                    bytes,
                    "found an HDF5 file (TensorFlow or Keras weights), expected safetensors; " + PyTorchAdvice.CONVERT);
        }
        if (text.startsWith("\u001f\u008b")) {
            throw refusal(bytes, "found a gzip archive, expected safetensors; unpack it first");
        }
        if (printable(text)) {
            throw refusal(
                    bytes,
                    "found text beginning with '"
                            + text.strip().lines().findFirst().orElse("").strip()
                            + "', expected a safetensors file; copy or download it again");
        }
    }

    private static boolean printable(String text) {
        return text.chars().allMatch(c -> c == '\n' || c == '\r' || c == '\t' || c >= ' ' && c < 127);
    }

    private static InputException refusal(TensorBytes bytes, String finding) {
        return new InputException(bytes.path().toString(), "", finding);
    }
}
