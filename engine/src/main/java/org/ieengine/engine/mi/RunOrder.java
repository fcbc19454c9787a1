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
        long[] keys = new long[shuffled.length];
        Arrays.setAll(keys, i -> (long) law.group(shuffled[i]) << 32 | i);
        Arrays.sort(keys);
        int[] starts = new int[keys.length + 1];
        int runs = 0;
        for (int i = 0; i < keys.length; i++) {
            boolean newGroup = i == 0 || keys[i] >>> 32 != keys[i - 1] >>> 32;
            if (newGroup || i - starts[runs - 1] == runLength) {
                starts[runs++] = i;
            }
        }
        starts[runs] = keys.length;
        int[] order = new int[runs];
        Arrays.setAll(order, i -> i);
        new Philox(stream.word(1L << 33), 0, 0, 0, runs).shuffle(order);
        int[] result = new int[keys.length];
        int at = 0;
        for (int run : order) {
            for (int i = starts[run]; i < starts[run + 1]; i++) {
                result[at++] = shuffled[(int) keys[i]];
            }
        }
        return result;
    }
}
