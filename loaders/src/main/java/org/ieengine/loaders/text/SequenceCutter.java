package org.ieengine.loaders.text;

import java.util.Locale;
import java.util.function.IntFunction;
import org.ieengine.loaders.InputException;

/**
 * Cuts token ids to sequences of T, checks them against the model's vocabulary, and hands them to the reservoir; counts what it
 * leaves out.
 */
final class SequenceCutter {
    private final String file;
    private final SequenceSettings settings;
    private final int tokens;
    private final int textTokens;
    private final SequenceReservoir reservoir;
    private long read;
    private long blank;
    private long tooShort;

    SequenceCutter(String file, SequenceSettings settings, int tokens) {
        this.file = file;
        this.settings = settings;
        this.tokens = tokens;
        this.textTokens = tokens - settings.bosTokens();
        this.reservoir = new SequenceReservoir(tokens, settings.samples(), settings.seed());
    }

    /** Counts a sentence of nothing but white space. */
    void skipBlank() {
        read++;
        blank++;
    }

    /**
     * Cuts the ids of one sentence or row.
     *
     * @param foreignId what to throw for an id that the model has not; only ids that would be used are checked
     */
    void add(int[] ids, IntFunction<InputException> foreignId) {
        read++;
        if (ids.length < textTokens) {
            tooShort++;
            return;
        }
        int first = settings.cut() == Cut.END ? ids.length - textTokens : 0;
        int last = settings.cut() == Cut.WINDOWS ? ids.length - textTokens : first;
        for (int from = first; from <= last; from += textTokens) {
            for (int i = from; i < from + textTokens; i++) {
                if (ids[i] < 0 || ids[i] >= settings.vocabulary()) {
                    throw foreignId.apply(ids[i]);
                }
            }
            if (!reservoir.offer(settings.bosTokenId(), ids, from)) {
                throw new InputException(
                        file,
                        "",
                        "gives more than " + SequenceReservoir.capacity(tokens) + " sequences of " + tokens
                                + " tokens, more than fit in one array; ask for fewer with --samples");
            }
        }
    }

    /** Sentences or rows so far. */
    long read() {
        return read;
    }

    /** T. */
    int tokens() {
        return tokens;
    }

    /** The sequences drawn. */
    TokenMatrix take() {
        return reservoir.take();
    }

    /** What became of the sentences or rows. */
    SequenceCounts counts(TokenMatrix taken) {
        return new SequenceCounts(
                read, blank, tooShort, reservoir.offered(), taken.sequences(), DistinctSequences.count(taken));
    }

    /**
     * Refuses a source of which nothing is left.
     *
     * @param items what was read, in the plural: sentences or rows
     */
    void requireSequences(String items) {
        if (reservoir.offered() == 0) {
            String bos = settings.bosTokens() == 1 ? " (one of them the beginning-of-sequence token)" : "";
            throw new InputException(
                    file,
                    "",
                    String.format(
                            Locale.ROOT,
                            "no sequence of %d tokens%s is left: %d %s read, %d blank, %d too short; give longer ones or ask"
                                    + " for fewer --tokens",
                            tokens,
                            bos,
                            read,
                            items,
                            blank,
                            tooShort));
        }
    }

    /** How the sequences were cut, for descriptions. */
    String manner() {
        String cut =
                switch (settings.cut()) {
                    case START -> "first " + textTokens + " tokens";
                    case END -> "last " + textTokens + " tokens";
                    case WINDOWS -> "windows of " + textTokens + " tokens";
                };
        return settings.bosTokens() == 1 ? cut + " after the beginning-of-sequence token" : cut;
    }
}
