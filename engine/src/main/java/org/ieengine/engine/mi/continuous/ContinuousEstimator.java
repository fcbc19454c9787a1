package org.ieengine.engine.mi.continuous;

import org.ieengine.engine.mi.TrainingListener;

/** A way to read mutual information from samples of continuous variables. */
public interface ContinuousEstimator {
    /** As on the command line: {@code dv}, {@code nwj}, {@code smile}, {@code infonce}, {@code gaussian}, {@code ksg}, ... */
    String name();

    /**
     * Estimates MI(x; y).
     *
     * @param seed keys everything random: splits, first weights, pairings, resamples
     * @throws RuntimeException whatever the listener throws to stop
     */
    ContinuousEstimate estimate(SamplePairs pairs, long seed, TrainingListener listener);
}
