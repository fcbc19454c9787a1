package org.ieengine.engine.model;

import java.util.Arrays;

/**
 * Distinct token ids and how often each occurs.
 *
 * @param tokenIds ascending
 * @param counts of each
 */
public record TokenCounts(int[] tokenIds, int[] counts) {
    /** Counts ids; sorts the array that it is given. */
    static TokenCounts of(int[] ids) {
        Arrays.sort(ids);
        int distinct = 0;
        for (int i = 0; i < ids.length; i++) {
            distinct += i == 0 || ids[i] != ids[i - 1] ? 1 : 0;
        }
        int[] tokenIds = new int[distinct];
        int[] counts = new int[distinct];
        int at = -1;
        for (int i = 0; i < ids.length; i++) {
            if (i == 0 || ids[i] != ids[i - 1]) {
                tokenIds[++at] = ids[i];
            }
            counts[at]++;
        }
        return new TokenCounts(tokenIds, counts);
    }
}
