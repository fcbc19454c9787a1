package org.ieengine.engine.ie;

import java.util.Arrays;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/** Counts different symbols whose float32 states coincide: there the map was not injective and the ceiling is too high. */
final class MergedStates {
    private MergedStates() {}

    /**
     * Number of symbols beyond the number of distinct states.
     *
     * @param states [S, d]
     * @param symbols [S] symbol of each row, not negative; rows of one symbol count once
     */
    static int count(Backend backend, Tensor states, int[] symbols) {
        long[] hashes = backend.rowHashes(states);
        int most = Arrays.stream(symbols).max().orElse(0);
        boolean[] seen = new boolean[most + 1];
        long[] first = new long[symbols.length];
        int distinct = 0;
        for (int row = 0; row < symbols.length; row++) {
            if (!seen[symbols[row]]) {
                seen[symbols[row]] = true;
                first[distinct++] = hashes[row];
            }
        }
        Arrays.sort(first, 0, distinct);
        int merged = 0;
        for (int i = 1; i < distinct; i++) {
            merged += first[i] == first[i - 1] ? 1 : 0;
        }
        return merged;
    }
}
