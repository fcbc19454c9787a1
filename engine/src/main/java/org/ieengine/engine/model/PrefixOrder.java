package org.ieengine.engine.model;

import java.util.Arrays;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * Sequences in lexicographic order of their token ids; equal ones in the order of the input.
 *
 * <p>Sorted position by position: within each run of sequences that agree so far, (token id, place) packed into 64 bits and
 * sorted as numbers. Runs of one are never looked at again, so text costs little more than the sort of its first tokens; N equal
 * sequences cost N * T. Memory beyond the result: 8 N bytes.
 *
 * @param order [N] input sequences in that order
 * @param shared [N] length of the prefix that each shares with the one before it, T for a repeat; 0 for the first
 */
record PrefixOrder(int[] order, int[] shared) {
    static PrefixOrder of(TokenMatrix tokens) {
        checkIds(tokens);
        int sequences = tokens.sequences();
        int length = tokens.tokens();
        int[] order = new int[sequences];
        Arrays.setAll(order, i -> i);
        int[] shared = new int[sequences];
        Arrays.fill(shared, length);
        if (sequences > 0) {
            shared[0] = 0;
        }
        long[] keys = new long[sequences];
        boolean undecided = sequences > 0;
        for (int position = 0; position < length && undecided; position++) {
            undecided = false;
            int from = 0;
            while (from < sequences) {
                int to = from + 1;
                while (to < sequences && shared[to] == length) {
                    to++;
                }
                if (to - from > 1) {
                    undecided = true;
                    sortRun(tokens, position, new Run(from, to), keys, order);
                    markChanges(position, new Run(from, to), keys, shared);
                }
                from = to;
            }
        }
        return new PrefixOrder(order, shared);
    }

    private record Run(int from, int to) {}

    private static void sortRun(TokenMatrix tokens, int position, Run run, long[] keys, int[] order) {
        for (int i = run.from; i < run.to; i++) {
            keys[i] = (long) tokens.id(order[i], position) << 32 | order[i];
        }
        Arrays.sort(keys, run.from, run.to);
        for (int i = run.from; i < run.to; i++) {
            order[i] = (int) keys[i];
        }
    }

    private static void markChanges(int position, Run run, long[] keys, int[] shared) {
        for (int i = run.from + 1; i < run.to; i++) {
            if (keys[i] >>> 32 != keys[i - 1] >>> 32) {
                shared[i] = position;
            }
        }
    }

    private static void checkIds(TokenMatrix tokens) {
        for (int id : tokens.ids()) {
            if (id < 0) {
                throw new IllegalArgumentException("token id " + id + " is negative");
            }
        }
    }
}
