package org.ieengine.loaders.dataset;

import java.util.Arrays;
import org.ieengine.loaders.text.SplitMix64;

/** Different numbers drawn from a range, with a table of the drawn ones alone. */
final class DistinctNumbers {
    private static final long EMPTY = -1;

    private final long[] table;

    private DistinctNumbers(int count) {
        table = new long[Integer.highestOneBit(Math.max(4, Math.min(count, 1 << 29))) << 2];
        Arrays.fill(table, EMPTY);
    }

    /**
     * {@code count} different numbers of 0 to total - 1, ascending, every set of them equally likely: algorithm F of Floyd (Bentley
     * and Floyd 1987, "A sample of brilliance"), one draw each.
     */
    static long[] draw(long total, int count, SplitMix64 random) {
        DistinctNumbers drawn = new DistinctNumbers(count);
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++) {
            long most = total - count + i;
            long number = random.below(most + 1);
            numbers[i] = drawn.add(number) ? number : most;
            if (numbers[i] != number) {
                drawn.add(most);
            }
        }
        Arrays.sort(numbers);
        return numbers;
    }

    /** Adds a number; false when it is there already. */
    private boolean add(long number) {
        int slot = (int) (new SplitMix64(number).next() >>> 32) & (table.length - 1);
        while (table[slot] != EMPTY) {
            if (table[slot] == number) {
                return false;
            }
            slot = (slot + 1) & (table.length - 1);
        }
        table[slot] = number;
        return true;
    }
}
