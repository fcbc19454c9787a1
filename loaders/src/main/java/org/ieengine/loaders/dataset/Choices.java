package org.ieengine.loaders.dataset;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.TreeSet;
import org.ieengine.loaders.text.SplitMix64;

/**
 * Ordered choices of k of n things without repetition, in lexicographic order: all of them, or distinct ones drawn uniformly.
 * There are n (n - 1) ... (n - k + 1).
 */
final class Choices {
    /** Up to here a choice is drawn by its rank; beyond, where repeats do not happen in practice, thing by thing. */
    private static final BigInteger MOST_RANKS = BigInteger.ONE.shiftLeft(62);

    private final int things;
    private final int chosen;

    /** [N, k] things chosen. */
    private final int[] rows;

    private final int count;

    private Choices(int things, int chosen, int count) {
        this.things = things;
        this.chosen = chosen;
        this.count = count;
        this.rows = new int[Math.multiplyExact(count, chosen)];
    }

    /** How many ordered choices there are. */
    static BigInteger count(int things, int chosen) {
        BigInteger count = BigInteger.ONE;
        for (int i = 0; i < chosen; i++) {
            count = count.multiply(BigInteger.valueOf(things - i));
        }
        return count;
    }

    /** Every choice. */
    static Choices all(int things, int chosen) {
        Choices choices = new Choices(things, chosen, count(things, chosen).intValueExact());
        for (int row = 0; row < choices.count; row++) {
            choices.unrank(row, row);
        }
        return choices;
    }

    /** Distinct choices, every set of {@code count} of them equally likely. */
    static Choices drawn(int things, int chosen, int count, long seed) {
        Choices choices = new Choices(things, chosen, count);
        SplitMix64 random = new SplitMix64(seed);
        BigInteger total = count(things, chosen);
        if (total.compareTo(MOST_RANKS) <= 0) {
            long[] ranks = DistinctNumbers.draw(total.longValueExact(), count, random);
            for (int row = 0; row < count; row++) {
                choices.unrank(ranks[row], row);
            }
        } else {
            choices.drawThings(random);
        }
        return choices;
    }

    private void drawThings(SplitMix64 random) {
        TreeSet<int[]> distinct = new TreeSet<>(Arrays::compare);
        while (distinct.size() < count) {
            int[] row = new int[chosen];
            for (int i = 0; i < chosen; i++) {
                row[i] = unused((int) random.below(things - i), row, 0, i);
            }
            distinct.add(row);
        }
        int at = 0;
        for (int[] row : distinct) {
            System.arraycopy(row, 0, rows, at, chosen);
            at += chosen;
        }
    }

    private void unrank(long rank, int row) {
        long rest = rank;
        long following = count(things - 1, chosen - 1).longValueExact();
        int start = row * chosen;
        for (int i = 0; i < chosen; i++) {
            rows[start + i] = unused((int) (rest / following), rows, start, i);
            rest %= following;
            following /= Math.max(1, things - 1 - i);
        }
    }

    /** The thing of that number, from 0 on, among those that are not in {@code used[from ... from + count - 1]}. */
    private static int unused(int number, int[] used, int from, int count) {
        int[] before = Arrays.copyOfRange(used, from, from + count);
        Arrays.sort(before);
        int thing = number;
        for (int taken : before) {
            if (taken <= thing) {
                thing++;
            }
        }
        return thing;
    }

    /** N. */
    int count() {
        return count;
    }

    /** Thing at one place of one choice. */
    int thing(int row, int place) {
        return rows[row * chosen + place];
    }
}
