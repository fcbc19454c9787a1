package org.ieengine.engine.mi;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Fits a {@link LinearAlignment} to what {@link AlignmentMoments} gather, chunk by chunk.
 *
 * <p>With clusters the regression is that within them, and each cluster's mean error is added to the prediction of its members,
 * shrunk by n / (n + noise / between): the best linear prediction of a random effect from n noisy observations (Robinson 1991,
 * "That BLUP is a good thing", equation 1.2), its two variances from the analysis of variance of the errors.
 */
final class AlignmentFit implements AutoCloseable {
    private final int d;
    private final AlignmentMoments moments;

    /** Nothing gathered, for states of d dimensions. */
    AlignmentFit(Backend backend, int d, StateClusters clusters) {
        this.d = d;
        this.moments = AlignmentMoments.of(backend, d, clusters);
    }

    /** Takes rows of standardised states [n, d] for the means of the clusters; all of them before the first {@link #add}. */
    void addToMeans(int[] chunk, Tensor x, Tensor y) {
        moments.addToMeans(chunk, x, y);
    }

    /** Takes rows of standardised states [n, d]; with clusters they are overwritten. */
    void add(int[] chunk, Tensor x, Tensor y) {
        moments.add(chunk, x, y);
    }

    /** The maps that fit what was gathered. */
    LinearAlignment.Maps maps() {
        AlignmentMoments.Gathered gathered = moments.gathered();
        long rows = gathered.rows();
        AlignmentSolution solution =
                AlignmentSolution.of(mean(gathered.xx(), rows), mean(gathered.xy(), rows), mean(gathered.yy(), rows));
        AlignmentMoments.Means means = gathered.means();
        if (means.counts().length == 0) {
            return solution.maps();
        }
        double[] errors = errorsOfClusters(means, solution.regression());
        shrink(errors, means.counts(), rows, solution.errorTrace());
        // y and the prediction of another pair's have nearly the same variance, and each its own draw of it
        return solution.mapsWith(errors, 2 * gathered.squaresOfY() / rows);
    }

    private static DMatrixRMaj mean(DMatrixRMaj sum, long rows) {
        DMatrixRMaj mean = sum.copy();
        for (int i = 0; i < mean.data.length; i++) {
            mean.data[i] /= rows;
        }
        return mean;
    }

    /** Mean error of the prediction y = B^T x in each cluster, [K, d]. */
    private double[] errorsOfClusters(AlignmentMoments.Means means, DMatrixRMaj b) {
        int k = means.counts().length;
        double[] errors = means.y().clone();
        CommonOps_DDRM.multAdd(-1, DMatrixRMaj.wrap(k, d, means.x()), b, DMatrixRMaj.wrap(k, d, errors));
        return errors;
    }

    /**
     * Shrinks the errors of the clusters [K, d] by how sure they are.
     *
     * @param within mean squared error within clusters, summed over the dimensions
     */
    private void shrink(double[] errors, double[] counts, long rows, double within) {
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

    @Override
    public void close() {
        moments.close();
    }
}
