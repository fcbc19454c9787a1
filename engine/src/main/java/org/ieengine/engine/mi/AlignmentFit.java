package org.ieengine.engine.mi;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Gathers what {@link LinearAlignment} is fitted to, chunk by chunk: second moments of both states, less the means of their
 * cluster where there are clusters, and those means.
 */
final class AlignmentFit {
    private final Backend backend;
    private final int d;
    private final int[] label;
    private final double[] meanX;
    private final double[] meanY;
    private final double[] counts;
    private final DMatrixRMaj xx;
    private final DMatrixRMaj xy;
    private final DMatrixRMaj yy;
    private double totalTrace;
    private long rows;

    /**
     * Nothing gathered.
     *
     * @param label cluster of each row; empty for none
     * @param clusters number of them
     */
    AlignmentFit(Backend backend, int d, int[] label, int clusters) {
        this.backend = backend;
        this.d = d;
        this.label = label;
        this.meanX = new double[clusters * d];
        this.meanY = new double[clusters * d];
        this.counts = new double[clusters];
        this.xx = new DMatrixRMaj(d, d);
        this.xy = new DMatrixRMaj(d, d);
        this.yy = new DMatrixRMaj(d, d);
    }

    /** Takes rows for the means of the clusters, all of them before the first {@link #add}. */
    void addToMeans(int[] chunk, Tensor x, Tensor y) {
        float[] before = read(x);
        float[] after = read(y);
        for (int i = 0; i < chunk.length; i++) {
            int at = label[chunk[i]];
            double weight = 1 / ++counts[at];
            for (int c = 0; c < d; c++) {
                meanX[at * d + c] += weight * (before[i * d + c] - meanX[at * d + c]);
                meanY[at * d + c] += weight * (after[i * d + c] - meanY[at * d + c]);
            }
        }
    }

    private float[] read(Tensor rows) {
        float[] values = new float[(int) rows.rows() * d];
        backend.read(rows, 0, (int) rows.rows(), values);
        return values;
    }

    /** Takes rows [n, d] of standardised states, which are overwritten. */
    void add(int[] chunk, Tensor x, Tensor y) {
        if (counts.length > 0) {
            float[] after = read(y);
            for (float v : after) {
                totalTrace += (double) v * v;
            }
            centre(chunk, read(x), meanX, x);
            centre(chunk, after, meanY, y);
        }
        product(x, x, xx);
        product(x, y, xy);
        product(y, y, yy);
        rows += chunk.length;
    }

    private void centre(int[] chunk, float[] values, double[] means, Tensor target) {
        for (int i = 0; i < chunk.length; i++) {
            for (int c = 0; c < d; c++) {
                values[i * d + c] -= (float) means[label[chunk[i]] * d + c];
            }
        }
        backend.write(values, target, 0);
    }

    private void product(Tensor a, Tensor b, DMatrixRMaj sum) {
        float[] values = new float[d * d];
        try (Tensor product = backend.allocate(d, d)) {
            // Rounded operands would leave errors larger than the error covariance of well predicted states.
            backend.strictProduct(a, true, b, false, 0, product);
            backend.read(product, 0, d, values);
        }
        for (int i = 0; i < values.length; i++) {
            sum.data[i] += values[i];
        }
    }

    /** The maps. */
    LinearAlignment.Maps maps() {
        double total = counts.length > 0 ? totalTrace / rows : Double.NaN;
        LinearAlignment.Solution solution = LinearAlignment.solve(mean(xx), mean(xy), mean(yy));
        if (counts.length == 0) {
            return solution.maps(Double.NaN, new float[0]);
        }
        double[] residual = residuals(solution.regression());
        double within = solution.errorTrace();
        double degrees = rows
                / Math.max(
                        1d,
                        rows - (double) Arrays.stream(counts).filter(n -> n > 0).count());
        double raw = 0;
        for (int g = 0; g < counts.length; g++) {
            for (int c = 0; c < d; c++) {
                raw += counts[g] * residual[g * d + c] * residual[g * d + c] / rows;
            }
        }
        long used = Arrays.stream(counts).filter(n -> n > 0).count();
        double noise = within * degrees;
        double between = Math.max(0, raw - used * noise / rows);
        for (int g = 0; g < counts.length; g++) {
            double kept = between > 0 ? counts[g] / (counts[g] + noise / between) : 0;
            for (int c = 0; c < d; c++) {
                residual[g * d + c] *= kept;
            }
        }
        if (System.getProperty("trace") != null) {
            System.err.printf("clusters %d within %.5f between %.5f total %.3f%n", used, within, between, total);
        }
        return solution.maps(2 * total, residual(residual));
    }

    private static float[] residual(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Mean error of the prediction y = B^T x in each cluster, [K, d]. */
    private double[] residuals(DMatrixRMaj b) {
        double[] residual = meanY.clone();
        for (int g = 0; g < counts.length; g++) {
            for (int i = 0; i < d; i++) {
                double v = meanX[g * d + i];
                for (int c = 0; c < d; c++) {
                    residual[g * d + c] -= v * b.data[i * d + c];
                }
            }
        }
        return residual;
    }

    private DMatrixRMaj mean(DMatrixRMaj sum) {
        DMatrixRMaj mean = sum.copy();
        for (int i = 0; i < mean.data.length; i++) {
            mean.data[i] /= rows;
        }
        return mean;
    }
}
