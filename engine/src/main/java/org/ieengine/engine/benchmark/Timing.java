package org.ieengine.engine.benchmark;

import java.util.Arrays;

/**
 * How long something takes.
 *
 * @param seconds the median of the repetitions
 * @param low their first quartile
 * @param high their third quartile
 * @param repetitions how many there were
 * @param times how often the operation ran in each; the seconds are of one
 */
public record Timing(double seconds, double low, double high, int repetitions, int times) {
    /** Of measured seconds, one or more. */
    static Timing of(double[] measured, int times) {
        double[] sorted = measured.clone();
        Arrays.sort(sorted);
        return new Timing(quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75), sorted.length, times);
    }

    /** Linear between neighbours. */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
