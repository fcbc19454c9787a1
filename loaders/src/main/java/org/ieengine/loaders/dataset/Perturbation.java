package org.ieengine.loaders.dataset;

import java.util.Arrays;
import org.ieengine.loaders.text.SplitMix64;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * Damages token sequences at a rate. In each sequence of T tokens round(rate * T) positions are chosen, each set of them equally
 * likely; a beginning-of-sequence token at position 0 stays and does not count. Equal sequences are damaged alike, wherever they
 * stand, so that repeats stay repeats and the entropy of the sequences can only fall. With the same seed the positions chosen at
 * a rate are among those of every higher one.
 *
 * @param kind what happens at the positions chosen
 * @param rate share of the positions, 0 to 1
 * @param bos whether position 0 holds a beginning-of-sequence token
 * @param seed what is drawn follows from it
 */
public record Perturbation(Kind kind, double rate, boolean bos, long seed) {
    /** What happens at the positions chosen. */
    public enum Kind {
        /** Their tokens change places among them, every order equally likely; at rate 1 the whole sequence is shuffled. */
        SHUFFLE,
        /** Each token becomes another one, drawn uniformly from the ordinary ids of the vocabulary. */
        REPLACE,
        /** All of them get the same token: one of the sequence's, drawn by its position. */
        REPEAT
    }

    /** Checks the rate. */
    public Perturbation {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("--rate " + rate + " is out of range: from 0 to 1");
        }
    }

    /**
     * Damaged copies, in the same order, shape [N, T].
     *
     * @param tokens the sequences, shape [N, T]; left as they are
     * @param ordinaryIds ids to replace by, ascending ({@link org.ieengine.loaders.text.Tokenizer#ordinaryIds()}); read for
     *     {@link Kind#REPLACE} alone, which needs two of them
     */
    public TokenMatrix apply(TokenMatrix tokens, int[] ordinaryIds) {
        if (kind == Kind.REPLACE && ordinaryIds.length < 2) {
            throw new IllegalArgumentException(ordinaryIds.length + " ids to replace by; at least 2 are needed");
        }
        int[] damaged = tokens.ids().clone();
        int length = tokens.tokens();
        int first = bos ? 1 : 0;
        int count = (int) Math.round(rate * (length - first));
        for (int from = 0; count > 0 && from < damaged.length; from += length) {
            SplitMix64 random = stream(damaged, from, from + length);
            int[] chosen = positions(random, from + first, length - first);
            switch (kind) {
                case SHUFFLE -> shuffle(damaged, chosen, count, random);
                case REPLACE -> replace(damaged, chosen, count, random, ordinaryIds);
                case REPEAT -> repeat(damaged, chosen, count, random);
                default -> throw new IllegalStateException("no kind " + kind);
            }
        }
        return new TokenMatrix(damaged, tokens.sequences(), length);
    }

    /** The stream of one sequence: it follows from the seed and the tokens. */
    private SplitMix64 stream(int[] ids, int from, int to) {
        long state = new SplitMix64(seed).next();
        for (int i = from; i < to; i++) {
            state = new SplitMix64(state ^ ids[i]).next();
        }
        return new SplitMix64(state);
    }

    /** All places that may change, in random order (Fisher and Yates): the first ones are those chosen, at every rate. */
    private static int[] positions(SplitMix64 random, int first, int count) {
        int[] places = new int[count];
        for (int i = 0; i < count; i++) {
            places[i] = first + i;
        }
        for (int i = 0; i < count - 1; i++) {
            swap(places, i, i + (int) random.below(count - i));
        }
        return places;
    }

    private static void shuffle(int[] ids, int[] chosen, int count, SplitMix64 random) {
        for (int i = count - 1; i > 0; i--) {
            int other = (int) random.below(i + 1L);
            int held = ids[chosen[i]];
            ids[chosen[i]] = ids[chosen[other]];
            ids[chosen[other]] = held;
        }
    }

    private static void replace(int[] ids, int[] chosen, int count, SplitMix64 random, int[] ordinary) {
        for (int i = 0; i < count; i++) {
            int own = Arrays.binarySearch(ordinary, ids[chosen[i]]);
            int drawn = (int) random.below(own < 0 ? ordinary.length : ordinary.length - 1L);
            ids[chosen[i]] = ordinary[own >= 0 && drawn >= own ? drawn + 1 : drawn];
        }
    }

    private static void repeat(int[] ids, int[] chosen, int count, SplitMix64 random) {
        int token = ids[chosen[(int) random.below(chosen.length)]];
        for (int i = 0; i < count; i++) {
            ids[chosen[i]] = token;
        }
    }

    private static void swap(int[] values, int a, int b) {
        int held = values[a];
        values[a] = values[b];
        values[b] = held;
    }
}
