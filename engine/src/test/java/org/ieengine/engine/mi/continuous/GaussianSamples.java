package org.ieengine.engine.mi.continuous;

import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Philox;

/** Samples of Gaussian pairs whose mutual information is known. */
final class GaussianSamples {
    private GaussianSamples() {}

    /**
     * Pairs whose columns belong together one by one: x_k and y_k are bivariate normal with correlation rho_k, all else independent.
     * Wider sides than there are correlations are filled with noise.
     */
    static SamplePairs canonical(int n, int dx, int dy, double[] rho, long seed) {
        float[] x = new float[n * dx];
        float[] y = new float[n * dy];
        Philox ofX = new Philox(seed, 1, 0, 0, 0);
        Philox ofY = new Philox(seed, 2, 0, 0, 0);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < dx; k++) {
                x[i * dx + k] = (float) ofX.normal((long) i * dx + k);
            }
            for (int k = 0; k < dy; k++) {
                double noise = ofY.normal((long) i * dy + k);
                double shared = k < rho.length ? rho[k] : 0;
                double partner = k < rho.length ? ofX.normal((long) i * dx + k) : 0;
                y[i * dy + k] = (float) (shared * partner + Math.sqrt(1 - shared * shared) * noise);
            }
        }
        return new SamplePairs(x, dx, y, dy);
    }

    /** -1/2 sum ln(1 - rho_k^2), in bits. */
    static double bits(double... rho) {
        double nats = 0;
        for (double r : rho) {
            nats -= Math.log(1 - r * r) / 2;
        }
        return nats / Math.log(2);
    }

    /** The columns mixed by an invertible map drawn from the seed, and shifted. */
    static float[] mixed(float[] values, int columns, long seed) {
        Philox stream = new Philox(seed, 3, 0, 0, 0);
        float[] mixed = new float[values.length];
        for (int row = 0; row < values.length / columns; row++) {
            for (int c = 0; c < columns; c++) {
                // Two on the diagonal and small entries beside it: far from singular.
                double sum = 2 * values[row * columns + c] + c;
                for (int k = 0; k < columns; k++) {
                    sum += stream.normal((long) c * columns + k) / Math.sqrt(columns) * values[row * columns + k] / 2;
                }
                mixed[row * columns + c] = (float) sum;
            }
        }
        return mixed;
    }

    static int[] allRows(SamplePairs pairs) {
        return IntStream.range(0, pairs.size()).toArray();
    }
}
