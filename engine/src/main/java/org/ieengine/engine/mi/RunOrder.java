package org.ieengine.engine.mi;

import java.util.Arrays;
import org.ieengine.engine.tensor.Philox;

/**
 * A random order of rows in which members of one group come in runs: groups are shuffled inside, cut into runs of bounded length,
 * and the runs shuffled. A batch cut from it holds pairs of one group to tell apart as well as members of many groups.
 */
final class RunOrder {
    private RunOrder() {}

    /** The rows in a new order; without groups a plain shuffle. */
    static int[] of(int[] rows, PairLaw law, int runLength, Philox stream) {
        int[] shuffled = rows.clone();
        stream.shuffle(shuffled);
        if (!law.grouped()) {
            return shuffled;
        }
        int[] sorted = byGroup(shuffled, law);
        int[] starts = new int[sorted.length + 1];
        int runs = 0;
        for (int i = 0; i < sorted.length; i++) {
            boolean newGroup = i == 0 || law.group(sorted[i]) != law.group(sorted[i - 1]);
            if (newGroup || i - starts[runs - 1] == runLength) {
                starts[runs++] = i;
            }
        }
        starts[runs] = sorted.length;
        int[] order = new int[runs];
        Arrays.setAll(order, i -> i);
        new Philox(stream.word(1L << 33), 0, 0, 0, runs).shuffle(order);
        int[] result = new int[sorted.length];
        int at = 0;
        for (int run : order) {
            int length = starts[run + 1] - starts[run];
            System.arraycopy(sorted, starts[run], result, at, length);
            at += length;
        }
        return result;
    }

    /** Rows by their group, within a group in the order that they had. */
    private static int[] byGroup(int[] rows, PairLaw law) {
        int[] next = new int[law.groups() + 1];
        for (int row : rows) {
            next[law.group(row) + 1]++;
        }
        for (int group = 0; group < law.groups(); group++) {
            next[group + 1] += next[group];
        }
        int[] sorted = new int[rows.length];
        for (int row : rows) {
            sorted[next[law.group(row)]++] = row;
        }
        return sorted;
    }
}
