package org.ieengine.engine.tensor;

import java.util.Objects;

/**
 * All steps of Adam (Kingma and Ba 2015, algorithm 1) that a training may take: in step s from 0, with t = s + 1,
 * m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rates[s] / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + epsilon).
 *
 * @param rates learning rate of each step
 * @param beta1 decay of the mean
 * @param beta2 decay of the mean square
 * @param epsilon guards the division
 * @param permutations the keys of step s are the first {@value FeistelPermutation#ROUNDS} words of this stream at step s
 */
public record StepPlan(double[] rates, double beta1, double beta2, double epsilon, Philox permutations) {
    /** Checks that there is a step; copies the rates. */
    public StepPlan {
        Objects.requireNonNull(permutations, "permutations");
        if (rates.length == 0) {
            throw new IllegalArgumentException("a plan of no steps");
        }
        rates = rates.clone();
    }

    /** Most bytes that the steps of a plan take on any backend: the rate and the keys of each. */
    public static long bytes(long steps) {
        return steps * (Double.BYTES + Integer.BYTES * FeistelPermutation.ROUNDS);
    }

    /** With the published constants 0.9, 0.999, 1e-8. */
    public static StepPlan of(double[] rates, Philox permutations) {
        return new StepPlan(rates, 0.9, 0.999, 1e-8, permutations);
    }
}
