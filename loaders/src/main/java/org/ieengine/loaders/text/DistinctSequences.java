package org.ieengine.loaders.text;

import java.util.Arrays;

/** Counts the different rows of a token matrix, with an open-addressing table of row numbers (two ints a row). */
final class DistinctSequences {
    private DistinctSequences() {}

    static int count(TokenMatrix matrix) {
        int size = Integer.highestOneBit(Math.max(8, (int) Math.min(1 << 29, matrix.sequences() * 2L))) << 1;
        int[] rowPlusOne = new int[size];
        int distinct = 0;
        for (int row = 0; row < matrix.sequences(); row++) {
            int slot = mixed(matrix, row) & (size - 1);
            while (rowPlusOne[slot] != 0 && !same(matrix, rowPlusOne[slot] - 1, row)) {
                slot = (slot + 1) & (size - 1);
            }
            if (rowPlusOne[slot] == 0) {
                rowPlusOne[slot] = row + 1;
                distinct++;
            }
        }
        return distinct;
    }

    private static int mixed(TokenMatrix matrix, int row) {
        int hash = 1;
        int start = row * matrix.tokens();
        for (int i = start; i < start + matrix.tokens(); i++) {
            hash = (hash ^ matrix.ids()[i]) * 0x9E3779B1;
            hash ^= hash >>> 15;
        }
        return hash;
    }

    private static boolean same(TokenMatrix matrix, int a, int b) {
        int tokens = matrix.tokens();
        return Arrays.equals(matrix.ids(), a * tokens, (a + 1) * tokens, matrix.ids(), b * tokens, (b + 1) * tokens);
    }
}
