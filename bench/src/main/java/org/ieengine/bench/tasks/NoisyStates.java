package org.ieengine.bench.tasks;

import org.ieengine.engine.tensor.Philox;

/**
 * Pairs of states read through Gaussian noise: a row m of S is drawn, x' = x_m + sigma e1 and y' = y_m + sigma e2 (the noisy network of
 * Goldfeld et al. 2019, arXiv 1810.05728). The law is a mixture of S normals, so that its mutual information can be had without an
 * estimator. Arrays are not copied and must not be changed.
 *
 * @param x [S, dx] states before, row-major, standardised
 * @param dx width of x
 * @param y [S, dy] states after, standardised
 * @param sigma standard deviation of the noise
 */
record NoisyStates(float[] x, int dx, float[] y, double sigma) implements PairLawSampler {
    /** Words of the row's number, then of the noise. */
    private static final int NUMBER = 2;

    /** Number of states S. */
    int size() {
        return x.length / dx;
    }

    /** Width of y. */
    int dy() {
        return y.length / size();
    }

    @Override
    public int words() {
        return NUMBER + even(dx) + even(dy());
    }

    private static int even(int words) {
        return words + words % 2;
    }

    @Override
    public void draw(Philox stream, long first, double[] noisyX, double[] noisyY) {
        int row = stream.below(size(), first);
        long at = first + NUMBER;
        for (int i = 0; i < noisyX.length; i++) {
            noisyX[i] = x[row * dx + i] + sigma * stream.normal(at + i);
        }
        at += even(dx);
        for (int i = 0; i < noisyY.length; i++) {
            noisyY[i] = y[row * noisyY.length + i] + sigma * stream.normal(at + i);
        }
    }
}
