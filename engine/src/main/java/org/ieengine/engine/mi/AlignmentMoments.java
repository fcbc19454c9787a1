package org.ieengine.engine.mi;

import org.ejml.data.DMatrixRMaj;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Gathers second moments of both states of pairs, chunk by chunk, less the means of their cluster where there are clusters, and those
 * means.
 */
sealed interface AlignmentMoments extends AutoCloseable permits HostMoments, DeviceMoments {
    /** Nothing gathered, for states of d dimensions: sums lie where reading what they are made of would take longest. */
    static AlignmentMoments of(Backend backend, int d, StateClusters clusters) {
        return backend.ownMemory() ? new DeviceMoments(backend, d, clusters) : new HostMoments(backend, d, clusters);
    }

    /**
     * Bytes of the backend's memory beyond those of an alignment.
     *
     * @param rows of a chunk
     * @param clusters K, at most
     */
    static long bytes(Backend backend, int rows, int d, int clusters) {
        return backend.ownMemory() ? DeviceMoments.bytes(rows, d, clusters) : 0;
    }

    /** Takes rows of standardised states [n, d] for the means of the clusters; all of them before the first {@link #add}. */
    void addToMeans(int[] chunk, Tensor x, Tensor y);

    /** Takes rows of standardised states [n, d]; with clusters they are overwritten. */
    void add(int[] chunk, Tensor x, Tensor y);

    /** What was gathered, on the heap. */
    Gathered gathered();

    @Override
    void close();

    /**
     * Moments of the rows taken.
     *
     * @param means of the clusters
     * @param xx [d, d] sum over the rows, as are the next two
     * @param xy [d, d]
     * @param yy [d, d]
     * @param squaresOfY sum of the squares of y as it is, cluster means included; with clusters only
     * @param rows how many
     */
    record Gathered(Means means, DMatrixRMaj xx, DMatrixRMaj xy, DMatrixRMaj yy, double squaresOfY, long rows) {}

    /**
     * Means of the clusters.
     *
     * @param counts [K] rows in each
     * @param x [K, d]
     * @param y [K, d]
     */
    record Means(double[] counts, double[] x, double[] y) {
        /** Of no rows. */
        static Means none(int clusters, int d) {
            return new Means(new double[clusters], new double[clusters * d], new double[clusters * d]);
        }
    }
}
