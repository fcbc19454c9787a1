package org.ieengine.engine.mi;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Gathers, chunk by chunk, what a {@link LinearAlignment} is fitted to: second moments of both states, less the means of their
 * cluster where there are clusters, and those means.
 *
 * <p>With clusters the regression is that within them, and each cluster's mean error is added to the prediction of its members,
 * shrunk by n / (n + noise / between): the best linear prediction of a random effect from n noisy observations (Robinson 1991,
 * "That BLUP is a good thing", equation 1.2), its two variances from the analysis of variance of the errors.
 */
final class AlignmentFit {
    private final Backend backend;
    private final int d;
    private final StateClusters clusters;
    private final double[] meanX;
    private final double[] meanY;
    private final double[] counts;
    private final DMatrixRMaj xx;
    private final DMatrixRMaj xy;
    private final DMatrixRMaj yy;
    private double squaresOfY;
    private long rows;

    /** Nothing gathered, for states of d dimensions. */
    AlignmentFit(Backend backend, int d, StateClusters clusters) {
        this.backend = backend;
        this.d = d;
        this.clusters = clusters;
        this.meanX = new double[clusters.count() * d];
        this.meanY = new double[clusters.count() * d];
        this.counts = new double[clusters.count()];
        this.xx = new DMatrixRMaj(d, d);
        this.xy = new DMatrixRMaj(d, d);
        this.yy = new DMatrixRMaj(d, d);
    }

    /** Takes rows of standardised states [n, d] for the means of the clusters; all of them before the first {@link #add}. */
    void addToMeans(int[] chunk, Tensor x, Tensor y) {
        float[] before = read(x);
        float[] after = read(y);
        for (int i = 0; i < chunk.length; i++) {
            int at = clusters.label()[chunk[i]];
            double weight = 1 / ++counts[at];
            for (int c = 0; c < d; c++) {
                meanX[at * d + c] += weight * (before[i * d + c] - meanX[at * d + c]);
                meanY[at * d + c] += weight * (after[i * d + c] - meanY[at * d + c]);
            }
        }
    }

    private float[] read(Tensor states) {
        float[] values = new float[(int) states.rows() * d];
        backend.read(states, 0, (int) states.rows(), values);
        return values;
    }

    /** Takes rows of standardised states [n, d]; with clusters they are overwritten. */
    void add(int[] chunk, Tensor x, Tensor y) {
        if (counts.length > 0) {
            float[] after = read(y);
            for (float v : after) {
                squaresOfY += (double) v * v;
            }
            centre(chunk, read(x), meanX, x);
            centre(chunk, after, meanY, y);
        }
        addProduct(x, x, xx);
        addProduct(x, y, xy);
        addProduct(y, y, yy);
        rows += chunk.length;
    }

    private void centre(int[] chunk, float[] values, double[] means, Tensor target) {
        for (int i = 0; i < chunk.length; i++) {
            for (int c = 0; c < d; c++) {
                values[i * d + c] -= (float) means[clusters.label()[chunk[i]] * d + c];
            }
        }
        backend.write(values, target, 0);
    }

    private void addProduct(Tensor a, Tensor b, DMatrixRMaj sum) {
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

    /** The maps that fit what was gathered. */
    LinearAlignment.Maps maps() {
        AlignmentSolution solution = AlignmentSolution.of(mean(xx), mean(xy), mean(yy));
        if (counts.length == 0) {
            return solution.maps();
        }
        double[] errors = errorsOfClusters(solution.regression());
        shrink(errors, solution.errorTrace());
        // y and the prediction of another pair's have nearly the same variance, and each its own draw of it
        return solution.mapsWith(errors, 2 * squaresOfY / rows);
    }

    private DMatrixRMaj mean(DMatrixRMaj sum) {
        DMatrixRMaj mean = sum.copy();
        for (int i = 0; i < mean.data.length; i++) {
            mean.data[i] /= rows;
        }
        return mean;
    }

    /** Mean error of the prediction y = B^T x in each cluster, [K, d]. */
    private double[] errorsOfClusters(DMatrixRMaj b) {
        double[] errors = meanY.clone();
        CommonOps_DDRM.multAdd(
                -1, DMatrixRMaj.wrap(counts.length, d, meanX), b, DMatrixRMaj.wrap(counts.length, d, errors));
        return errors;
    }

    /**
     * Shrinks the errors of the clusters [K, d] by how sure they are.
     *
     * @param within mean squared error within clusters, summed over the dimensions
     */
    private void shrink(double[] errors, double within) {
        double used = 0;
        double squares = 0;
        for (int g = 0; g < counts.length; g++) {
            used += counts[g] > 0 ? 1 : 0;
            for (int c = 0; c < d; c++) {
                squares += counts[g] * errors[g * d + c] * errors[g * d + c] / rows;
            }
        }
        double noise = within * rows / Math.max(1, rows - used);
        double between = Math.max(0, squares - used * noise / rows);
        for (int g = 0; g < counts.length; g++) {
            double kept = between > 0 ? counts[g] / (counts[g] + noise / between) : 0;
            for (int c = 0; c < d; c++) {
                errors[g * d + c] *= kept;
            }
        }
    }
}
