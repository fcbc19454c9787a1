package org.ieengine.loaders.text;

/**
 * How sequences are made of sentences or of rows of token ids.
 *
 * @param tokens T, the beginning-of-sequence token included; {@link #DEFAULT_TOKENS} for 8, or for what the rows of token ids have
 * @param cut which T tokens of a longer one
 * @param samples at most this many sequences; {@link #ALL} for no limit
 * @param seed decides which ones are drawn
 * @param bosTokenId id put before every sequence; {@link #NO_BOS} for none
 * @param vocabulary number of ids that the model has; every id used must be below it
 */
public record SequenceSettings(int tokens, Cut cut, long samples, long seed, int bosTokenId, int vocabulary) {
    /** T when nothing else is asked for. */
    public static final int DEFAULT_TOKENS = 0;

    /** No limit on the number of sequences. */
    public static final long ALL = Long.MAX_VALUE;

    /** Nothing is put before the sequences. */
    public static final int NO_BOS = -1;

    private static final int SENTENCE_TOKENS = 8;
    private static final long STANDARD_SAMPLES = 300_000;

    /** Checks the ranges; the command line has done so before, with the names of its options. */
    public SequenceSettings {
        if (tokens < 0 || samples < 1 || vocabulary < 1 || bosTokenId < NO_BOS || bosTokenId >= vocabulary) {
            throw new IllegalArgumentException("tokens " + tokens + ", samples " + samples + ", vocabulary "
                    + vocabulary + ", beginning-of-sequence id " + bosTokenId);
        }
        if (bosTokenId != NO_BOS && tokens == 1) {
            throw new IllegalArgumentException("one token leaves no room beside the beginning-of-sequence token");
        }
    }

    /** The standard settings: T by default, first tokens, 300,000 sequences, seed 0, nothing put before. */
    public static SequenceSettings forVocabulary(int vocabulary) {
        return new SequenceSettings(DEFAULT_TOKENS, Cut.START, STANDARD_SAMPLES, 0, NO_BOS, vocabulary);
    }

    /** The same with T tokens. */
    public SequenceSettings withTokens(int count) {
        return new SequenceSettings(count, cut, samples, seed, bosTokenId, vocabulary);
    }

    /** The same with another cut. */
    public SequenceSettings withCut(Cut other) {
        return new SequenceSettings(tokens, other, samples, seed, bosTokenId, vocabulary);
    }

    /** The same with at most this many sequences, drawn with this seed. */
    public SequenceSettings withSamples(long count, long drawingSeed) {
        return new SequenceSettings(tokens, cut, count, drawingSeed, bosTokenId, vocabulary);
    }

    /** The same with this id before every sequence. */
    public SequenceSettings withBos(int id) {
        return new SequenceSettings(tokens, cut, samples, seed, id, vocabulary);
    }

    /** T for sentences. */
    int sentenceTokens() {
        return tokens == DEFAULT_TOKENS ? SENTENCE_TOKENS : tokens;
    }

    /** T for rows of token ids of this length: the row, and the beginning-of-sequence token where one is put before it. */
    int rowTokens(int rowLength) {
        return tokens == DEFAULT_TOKENS ? rowLength + bosTokens() : tokens;
    }

    /** 1 where a beginning-of-sequence token is put before, otherwise 0. */
    int bosTokens() {
        return bosTokenId == NO_BOS ? 0 : 1;
    }
}
