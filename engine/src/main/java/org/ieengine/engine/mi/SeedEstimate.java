package org.ieengine.engine.mi;

import java.util.List;

/**
 * What one critic reads.
 *
 * @param critic number of the critic, from 0
 * @param bits the estimate; NaN when training broke down before any value
 * @param heldOutBits value on pairs that took no part in training; NaN where nothing was held out
 * @param steps optimiser steps taken
 * @param rowPasses pairs that went through the critic forward and backward
 * @param curve values during training, ascending steps
 * @param seconds wall-clock time
 * @param stoppedByNan whether a score, loss or weight became NaN
 * @param warnings what the user should know
 * @param resamplingSd standard deviation of {@code bits} over resampled distinct pairs; NaN where it was not asked for
 */
public record SeedEstimate(
        int critic,
        double bits,
        double heldOutBits,
        int steps,
        long rowPasses,
        List<CurvePoint> curve,
        double seconds,
        boolean stoppedByNan,
        List<String> warnings,
        double resamplingSd) {
    /** Copies the lists. */
    public SeedEstimate {
        curve = List.copyOf(curve);
        warnings = List.copyOf(warnings);
    }

    /** Without resampling. */
    public SeedEstimate(
            int critic,
            double bits,
            double heldOutBits,
            int steps,
            long rowPasses,
            List<CurvePoint> curve,
            double seconds,
            boolean stoppedByNan,
            List<String> warnings) {
        this(critic, bits, heldOutBits, steps, rowPasses, curve, seconds, stoppedByNan, warnings, Double.NaN);
    }
}
