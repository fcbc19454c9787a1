package org.ieengine.loaders.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.ieengine.loaders.InputException;

/**
 * The Hugging Face tokenizers library (Rust) on a {@code tokenizer.json}. Called through its lowest layer: the one above also
 * fetches offsets, words and masks of every token, about five times the work. A batch is spread over the cores by the library.
 * Truncation and padding that the file asks for are switched off.
 */
final class JsonTokenizer implements Tokenizer {
    private final TokenizerDefinition definition;
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private long handle;

    private JsonTokenizer(TokenizerDefinition definition, long handle) {
        this.definition = definition;
        this.handle = handle;
    }

    static JsonTokenizer open(TokenizerDefinition definition) {
        TokenizerLibraries.loadHuggingFace();
        try {
            long handle = TokenizersLibrary.LIB.createTokenizerFromString(definition.json());
            TokenizersLibrary.LIB.disableTruncation(handle);
            TokenizersLibrary.LIB.disablePadding(handle);
            return new JsonTokenizer(definition, handle);
        } catch (RuntimeException e) {
            throw new InputException(
                    definition.file(),
                    "",
                    "is not a tokenizer that the Hugging Face tokenizers library reads (" + TokenizerText.oneLine(e)
                            + "); fetch the file again",
                    e);
        }
    }

    @Override
    public List<int[]> encode(List<String> texts) {
        if (texts.isEmpty()) {
            return List.of();
        }
        life.readLock().lock();
        try {
            requireOpen();
            long[] encodings = encodings(texts);
            List<int[]> ids = new ArrayList<>(encodings.length);
            for (int i = 0; i < encodings.length; i++) {
                ids.add(narrowed(TokenizersLibrary.LIB.getTokenIds(encodings[i])));
                TokenizersLibrary.LIB.deleteEncoding(encodings[i]);
            }
            return ids;
        } finally {
            life.readLock().unlock();
        }
    }

    private long[] encodings(List<String> texts) {
        try {
            return TokenizersLibrary.LIB.batchEncode(handle, texts.toArray(String[]::new), false);
        } catch (RuntimeException e) {
            throw new InputException(
                    definition.file(),
                    "",
                    "the tokenizer failed on a text (" + TokenizerText.oneLine(e)
                            + "); its file does not cover such texts",
                    e);
        }
    }

    private static int[] narrowed(long[] ids) {
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = Math.toIntExact(ids[i]);
        }
        return narrow;
    }

    @Override
    public List<String> decode(List<int[]> ids) {
        life.readLock().lock();
        try {
            requireOpen();
            long[][] wide = new long[ids.size()][];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = widened(ids.get(i));
            }
            return wide.length == 0 ? List.of() : List.of(TokenizersLibrary.LIB.batchDecode(handle, wide, false));
        } finally {
            life.readLock().unlock();
        }
    }

    private long[] widened(int[] ids) {
        long[] wide = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            wide[i] = TokenizerText.requireId(ids[i], definition.vocabulary());
        }
        return wide;
    }

    @Override
    public int[] ordinaryIds() {
        return definition.ids().ordinary().stream().toArray();
    }

    @Override
    public String token(int id) {
        life.readLock().lock();
        try {
            requireOpen();
            return id < 0 || id >= definition.vocabulary()
                    ? ""
                    : TokenizersLibrary.LIB.decode(handle, new long[] {id}, false);
        } finally {
            life.readLock().unlock();
        }
    }

    private void requireOpen() {
        if (handle == 0) {
            throw new IllegalStateException("the tokenizer has been closed");
        }
    }

    @Override
    public String description() {
        return definition.description();
    }

    @Override
    public int vocabulary() {
        return definition.vocabulary();
    }

    @Override
    public void close() {
        life.writeLock().lock();
        try {
            if (handle != 0) {
                TokenizersLibrary.LIB.deleteTokenizer(handle);
                handle = 0;
            }
        } finally {
            life.writeLock().unlock();
        }
    }
}
