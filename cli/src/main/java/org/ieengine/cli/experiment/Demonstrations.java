package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the demonstrations of a list end, and what lists can be made of.
 *
 * @param ends last position of each demonstration, its separator; empty where sequences are no lists and are not compared with any
 * @param entities number of entities that lists choose from; 0 where sequences are no lists, or an entity or the separator takes more
 *     than one token
 */
public record Demonstrations(List<Integer> ends, int entities) {
    /** No lists at all. */
    public static final Demonstrations NONE = new Demonstrations(List.of(), 0);

    /** Keeps the positions. */
    public Demonstrations {
        ends = List.copyOf(ends);
    }

    /**
     * Exact IE at the end of each demonstration when every ordered choice of n entities is there once: log2 n! / (n - k)! bits of macro
     * less half of log2 n, since each separator has none.
     *
     * @return empty where the number of entities is 0
     */
    public List<Double> exactOfEveryChoice() {
        List<Double> bits = new ArrayList<>();
        if (entities == 0) {
            return bits;
        }
        double macro = 0;
        for (int k = 1; k <= ends.size(); k++) {
            macro += log2(entities - k + 1);
            double tokens = ends.get(k - 1) + 1;
            bits.add(macro - k * log2(entities) / tokens);
        }
        return bits;
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }
}
