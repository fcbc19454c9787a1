package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/**
 * Maps of both states of a pair after which those that belong together are nearly equal and others are not: y is predicted from x by
 * ridge regression, y = B^T x + c + e, and prediction and y are both measured in units of the error,
 *
 * <pre>x' = s M (B^T x + c),   y' = s M y,   M = L^-1,   L L^T = cov(e) + ridge</pre>
 *
 * with s such that a coordinate of x' - y' has mean square 2 for pairs that do not belong together. Without clusters c = 0: a first
 * layer can absorb both maps, so critics of aligned states are the same functions as critics of the states, better conditioned. With
 * clusters of x (see {@link StateClusters}) c is the mean error in the cluster of x, which makes the prediction piecewise affine:
 * what a block does to a token is not linear, and is far larger than the differences between sequences that share their last token.
 * It depends on the state x alone, and holds K d numbers where a published critic's first layer holds 768 times 2 d.
 *
 * <p>What a critic is given of a pair are the columns [x', 0.1 x'] and [-y', 0.1 y'], with one first weight for both: [W, V] projects
 * them to W (x' - y') + 0.1 V (x' + y'). That is every first layer Wx x' + Wy y', written in other coordinates, in which a step of the
 * optimiser on W leaves states that are equal equal.
 */
final class LinearAlignment implements AutoCloseable {
    /** Of the sum of the states: smaller, so that steps on its weights do not drown differences. */
    private static final float SUM = 0.1f;

    private final Backend backend;
    private final Maps maps;
    private final int d;
    private final Tensor mapX;
    private final Tensor mapY;
    private final Tensor sumX;
    private final Tensor sumY;
    private final Tensor ofClusters;
    private final List<AutoCloseable> owned = new ArrayList<>();

    /**
     * What was fitted, on the heap.
     *
     * @param ofX [d, d] x' = map x
     * @param ofY [d, d] y' = map y
     * @param ofClusters [K, d] added to x' in each cluster of x; empty for none
     * @param leftOver root mean square difference of aligned states that belong together over that of others, 0 to 1: small is well
     *     predicted; NaN where there is nothing to map
     */
    record Maps(float[] ofX, float[] ofY, float[] ofClusters, double leftOver) {
        /** For states that differ in width. */
        static final Maps NONE = new Maps(new float[0], new float[0], new float[0], Double.NaN);
    }

    /** Puts maps of d dimensions to work. */
    LinearAlignment(Backend backend, Maps maps, int d) {
        this.backend = backend;
        this.maps = maps;
        this.d = d;
        try {
            mapX = allocate(d);
            mapY = allocate(d);
            sumX = allocate(d);
            sumY = allocate(d);
            ofClusters = maps.ofClusters.length == 0 ? null : allocate(maps.ofClusters.length / d);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        backend.write(times(maps.ofX, SUM), sumX, 0);
        backend.write(times(maps.ofY, SUM), sumY, 0);
        scale(1);
    }

    private Tensor allocate(int rows) {
        Tensor tensor = backend.allocate(rows, d);
        owned.add(tensor);
        return tensor;
    }

    /** Fits maps without clusters to standardised states x [n, d] and their partners y [n, d]. */
    static Maps fit(Backend backend, Tensor x, Tensor y) {
        try (AlignmentFit fit = new AlignmentFit(backend, x.columns(), StateClusters.NONE)) {
            fit.add(new int[(int) x.rows()], x, y);
            return fit.maps();
        }
    }

    /** Bytes of the Java heap while maps of d dimensions are fitted: a dozen float64 matrices, the maps, and what clusters take. */
    static long heapBytes(int dimensions) {
        return (12L * Double.BYTES + 2 * Float.BYTES) * dimensions * dimensions + StateClusters.heapBytes(dimensions);
    }

    /** Bytes that an alignment of d dimensions holds. */
    static long bytes(int dimensions) {
        return Float.BYTES * dimensions * (4L * dimensions + StateClusters.MOST);
    }

    /** Multiplies the columns of differences, as fitted, by a factor from now on. */
    void scale(double factor) {
        backend.write(times(maps.ofX, (float) factor), mapX, 0);
        backend.write(times(maps.ofY, (float) -factor), mapY, 0);
        if (ofClusters != null) {
            backend.write(times(maps.ofClusters, (float) factor), ofClusters, 0);
        }
    }

    private static float[] times(float[] values, float factor) {
        float[] scaled = new float[values.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = factor * values[i];
        }
        return scaled;
    }

    /** See {@link Maps#leftOver()}. */
    double leftOver() {
        return maps.leftOver;
    }

    /** Whether the prediction differs between clusters. */
    boolean clustered() {
        return ofClusters != null;
    }

    /**
     * Columns [x', 0.1 x'] of standardised x.
     *
     * @param x [n, d]
     * @param clusters [n] cluster of each; null when not {@link #clustered}
     * @param out [n, 2 d], not x
     */
    void alignX(Tensor x, Indices clusters, Tensor out) {
        Tensor difference = out.columnRange(0, d);
        if (ofClusters != null) {
            backend.gatherRows(ofClusters, clusters, difference);
        }
        // x' and y' differ by little beside their size: rounded operands would drown the difference.
        backend.strictProduct(x, false, mapX, true, ofClusters == null ? 0 : 1, difference);
        backend.strictProduct(x, false, sumX, true, 0, out.columnRange(d, 2 * d));
    }

    /** Columns [-y', 0.1 y'] of standardised y [n, d]; out [n, 2 d], not y. */
    void alignY(Tensor y, Tensor out) {
        backend.strictProduct(y, false, mapY, true, 0, out.columnRange(0, d));
        backend.strictProduct(y, false, sumY, true, 0, out.columnRange(d, 2 * d));
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
