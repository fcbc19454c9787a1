package org.ieengine.engine.tensor;

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1): m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
 * p -= rate / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + epsilon).
 *
 * @param step t, from 1
 * @param rate learning rate of this step
 * @param beta1 decay of the mean
 * @param beta2 decay of the mean square
 * @param epsilon guards the division
 */
public record AdamStep(int step, double rate, double beta1, double beta2, double epsilon) {
    /** With the published constants 0.9, 0.999, 1e-8. */
    public static AdamStep of(int step, double rate) {
        return new AdamStep(step, rate, 0.9, 0.999, 1e-8);
    }
}
