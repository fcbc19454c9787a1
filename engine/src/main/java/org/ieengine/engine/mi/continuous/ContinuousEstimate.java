package org.ieengine.engine.mi.continuous;

import java.util.List;

/**
 * What an estimator reads from samples, in bits.
 *
 * @param estimator name of the estimator
 * @param bits the estimate, not cut off at 0: a value below it says that 0 lies within the error
 * @param sd standard deviation over seeds; NaN where there is one run or nothing random
 * @param interval 95 % interval from resampled pairs, seeds included where there are several
 * @param ceilingBits the most that the estimator can honestly read from so many samples; infinite where nothing bounds it
 * @param heldOutBits value on pairs that took no part in fitting; NaN where the estimator holds none out
 * @param rowPasses pairs that went through critics forward and backward
 * @param seconds wall-clock time
 * @param warnings what the user should know
 */
public record ContinuousEstimate(
        String estimator,
        double bits,
        double sd,
        Interval interval,
        double ceilingBits,
        double heldOutBits,
        long rowPasses,
        double seconds,
        List<String> warnings) {
    /** Copies the list. */
    public ContinuousEstimate {
        warnings = List.copyOf(warnings);
    }

    /**
     * An interval of bits.
     *
     * @param low lower end; NaN when unknown
     * @param high upper end; NaN when unknown
     */
    public record Interval(double low, double high) {
        /** No interval. */
        public static final Interval NONE = new Interval(Double.NaN, Double.NaN);
    }
}
