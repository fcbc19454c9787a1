package org.ieengine.loaders.text;

import ai.djl.sentencepiece.jni.SentencePieceLibrary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;
import org.ieengine.loaders.InputException;

/**
 * The SentencePiece library on a {@code tokenizer.model}. Normalisation, dummy prefix and byte fallback are the model's own.
 * The spellings of special tokens are cut out first, as the slow LlamaTokenizer and GemmaTokenizer of {@code transformers} do:
 * with {@code legacy} (the default, and always for Gemma) each stretch between them is encoded by itself; with
 * {@code "legacy": false} only the start of the text gets the dummy prefix. Texts of a batch are spread over the cores.
 */
final class SentencePieceTokenizer implements Tokenizer {
    private static final String SPACE = "\u2581";
    private static final Map<String, String> LLAMA_SPECIALS =
            Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>");
    private static final Map<String, String> GEMMA_SPECIALS =
            Map.of("bos_token", "<bos>", "eos_token", "<eos>", "unk_token", "<unk>", "pad_token", "<pad>");
    private static final Set<String> CLASSES = Set.of("", "LlamaTokenizer", "GemmaTokenizer");

    private final SentencePieceModel model;
    private final SpecialTokenSplitter splitter;
    private final int vocabulary;
    private final boolean legacy;
    private final boolean prefixSpace;
    private final String unknown;
    private final SentencePieceText text;
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private long handle;

    private SentencePieceTokenizer(SentencePieceModel model, TokenizerConfiguration configuration) {
        this.model = model;
        boolean gemma = configuration.tokenizerClass().equals("GemmaTokenizer")
                || configuration.tokenizerClass().isEmpty() && model.id("<bos>") >= 0;
        List<TokenizerConfiguration.SpecialToken> specials = new ArrayList<>();
        int ids = model.pieces().size();
        for (TokenizerConfiguration.SpecialToken token :
                configuration.specialTokens(gemma ? GEMMA_SPECIALS : LLAMA_SPECIALS)) {
            int piece = model.id(token.content());
            int id = piece >= 0 ? piece : token.id() >= 0 ? token.id() : ids;
            ids = Math.max(ids, id + 1);
            specials.add(new TokenizerConfiguration.SpecialToken(token.content(), id, token.lstrip(), token.rstrip()));
        }
        this.splitter = new SpecialTokenSplitter(specials);
        this.vocabulary = ids;
        this.legacy = gemma || configuration.flag("legacy", true);
        this.prefixSpace = configuration.flag("add_prefix_space", true);
        this.unknown = "<unk>";
        Map<Integer, String> spellings = new HashMap<>();
        specials.forEach(token -> spellings.put(token.id(), token.content()));
        this.text = new SentencePieceText(
                model, spellings, legacy ? model.dummyPrefix() : prefixSpace, legacy && model.dummyPrefix());
    }

    static SentencePieceTokenizer open(SentencePieceModel model, TokenizerConfiguration configuration) {
        if (!CLASSES.contains(configuration.tokenizerClass())) {
            throw new InputException(
                    configuration.file(),
                    "tokenizer_class",
                    "is " + configuration.tokenizerClass()
                            + ", which reads tokenizer.model in another way than LlamaTokenizer"
                            + " and GemmaTokenizer; put the tokenizer.json of the model beside it");
        }
        SentencePieceTokenizer tokenizer = new SentencePieceTokenizer(model, configuration);
        TokenizerLibraries.loadSentencePiece();
        long handle = SentencePieceLibrary.LIB.createSentencePieceProcessor();
        try {
            SentencePieceLibrary.LIB.loadModelFromBytes(
                    handle, tokenizer.legacy ? model.serialized() : model.withoutDummyPrefix());
        } catch (RuntimeException e) {
            SentencePieceLibrary.LIB.deleteSentencePieceProcessor(handle);
            throw new InputException(
                    model.file(),
                    "",
                    "is not a model that the SentencePiece library reads (" + TokenizerText.oneLine(e)
                            + "); fetch the file again",
                    e);
        }
        tokenizer.handle = handle;
        return tokenizer;
    }

    @Override
    public List<int[]> encode(List<String> texts) {
        life.readLock().lock();
        try {
            if (handle == 0) {
                throw new IllegalStateException("the tokenizer has been closed");
            }
            return texts.parallelStream()
                    .map(text -> legacy ? encodeByStretch(text) : encodeWithOnePrefix(text))
                    .toList();
        } finally {
            life.readLock().unlock();
        }
    }

    private int[] encodeByStretch(String text) {
        List<SpecialTokenSplitter.Part> parts = splitter.split(text);
        if (parts.size() == 1 && !parts.get(0).special()) {
            return pieces(text);
        }
        IntStream.Builder ids = IntStream.builder();
        for (SpecialTokenSplitter.Part part : parts) {
            if (part.special()) {
                ids.add(part.id());
            } else {
                Arrays.stream(pieces(part.text())).forEach(ids::add);
            }
        }
        return ids.build().toArray();
    }

    /** LlamaTokenizer.tokenize and _tokenize of {@code transformers} 4.51 with legacy false. */
    private int[] encodeWithOnePrefix(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        String spaced = text.replace(SPACE, " ");
        List<SpecialTokenSplitter.Part> parts = splitter.split(prefixSpace ? SPACE + spaced : spaced);
        int first = parts.size() > 1
                        && parts.get(0).text().equals(SPACE)
                        && parts.get(1).special()
                ? 1
                : 0;
        IntStream.Builder ids = IntStream.builder();
        for (SpecialTokenSplitter.Part part : parts.subList(first, parts.size())) {
            if (part.special()) {
                ids.add(part.id());
            } else if (part.text().startsWith(SPACE) || part.text().startsWith(" ")) {
                // The unknown token in front keeps the library from stripping the space that begins the stretch.
                int[] withUnknown = pieces(unknown + part.text());
                int unknownPieces = pieces(unknown).length;
                Arrays.stream(withUnknown).skip(unknownPieces).forEach(ids::add);
            } else {
                Arrays.stream(pieces(part.text())).forEach(ids::add);
            }
        }
        return ids.build().toArray();
    }

    private int[] pieces(String text) {
        return SentencePieceLibrary.LIB.encode(handle, text);
    }

    @Override
    public List<String> decode(List<int[]> ids) {
        for (int[] sequence : ids) {
            for (int id : sequence) {
                TokenizerText.requireId(id, vocabulary);
            }
        }
        return ids.stream().map(text::of).toList();
    }

    @Override
    public int[] ordinaryIds() {
        return IntStream.range(0, vocabulary).filter(id -> !text.special(id)).toArray();
    }

    @Override
    public String token(int id) {
        return id < 0 || id >= model.pieces().size() ? "" : model.pieces().get(id);
    }

    @Override
    public String description() {
        return "tokenizer.model (SentencePiece)";
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public void close() {
        life.writeLock().lock();
        try {
            if (handle != 0) {
                SentencePieceLibrary.LIB.deleteSentencePieceProcessor(handle);
                handle = 0;
            }
        } finally {
            life.writeLock().unlock();
        }
    }
}
