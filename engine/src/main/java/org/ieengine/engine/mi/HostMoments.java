package org.ieengine.engine.mi;

import org.ejml.data.DMatrixRMaj;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/** Moments whose sums lie on the heap, in float64: the backend multiplies a chunk at a time. */
final class HostMoments implements AlignmentMoments {
    private final Backend backend;
    private final int d;
    private final StateClusters clusters;
    private final Means means;
    private final DMatrixRMaj xx;
    private final DMatrixRMaj xy;
    private final DMatrixRMaj yy;
    private double squaresOfY;
    private long rows;

    HostMoments(Backend backend, int d, StateClusters clusters) {
        this.backend = backend;
        this.d = d;
        this.clusters = clusters;
        this.means = Means.none(clusters.count(), d);
        this.xx = new DMatrixRMaj(d, d);
        this.xy = new DMatrixRMaj(d, d);
        this.yy = new DMatrixRMaj(d, d);
    }

    @Override
    public void addToMeans(int[] chunk, Tensor x, Tensor y) {
        float[] before = read(x);
        float[] after = read(y);
        double[] meanX = means.x();
        double[] meanY = means.y();
        for (int i = 0; i < chunk.length; i++) {
            int at = clusters.label()[chunk[i]];
            double weight = 1 / ++means.counts()[at];
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

    @Override
    public void add(int[] chunk, Tensor x, Tensor y) {
        if (clusters.count() > 0) {
            float[] after = read(y);
            for (float v : after) {
                squaresOfY += (double) v * v;
            }
            centre(chunk, read(x), means.x(), x);
            centre(chunk, after, means.y(), y);
        }
        addProduct(x, x, xx);
        addProduct(x, y, xy);
        addProduct(y, y, yy);
        rows += chunk.length;
    }

    private void centre(int[] chunk, float[] values, double[] ofClusters, Tensor target) {
        for (int i = 0; i < chunk.length; i++) {
            for (int c = 0; c < d; c++) {
                values[i * d + c] -= (float) ofClusters[clusters.label()[chunk[i]] * d + c];
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

    @Override
    public Gathered gathered() {
        return new Gathered(means, xx, xy, yy, squaresOfY, rows);
    }

    /** Holds nothing of the backend. */
    @Override
    public void close() {}
}
