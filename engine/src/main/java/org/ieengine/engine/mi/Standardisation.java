package org.ieengine.engine.mi;

import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Shift and scale that give each dimension weighted mean 0 and variance 1. A dimension is constant, and becomes 0, when its standard
 * deviation is below 1e-6, absolutely and relative to its mean (float32 states cannot tell more).
 */
final class Standardisation implements AutoCloseable {
    private static final double FLOOR = 1e-6;

    private final Backend backend;
    private final Tensor shift;
    private final Tensor scale;
    private final int kept;

    private Standardisation(Backend backend, Tensor shift, Tensor scale, int kept) {
        this.backend = backend;
        this.shift = shift;
        this.scale = scale;
        this.kept = kept;
    }

    /** Statistics of the rows [S, d] under the weights [S]. */
    static Standardisation of(Backend backend, Tensor states, double[] weights) {
        int d = states.columns();
        double[] mean = new double[d];
        double[] variance = new double[d];
        backend.columnMoments(states, weights, mean, variance);
        float[] shifts = new float[d];
        float[] scales = new float[d];
        int kept = 0;
        for (int c = 0; c < d; c++) {
            double deviation = Math.sqrt(variance[c]);
            boolean varies = !(deviation <= FLOOR * Math.max(1, Math.abs(mean[c])));
            shifts[c] = (float) mean[c];
            scales[c] = varies ? (float) (1 / deviation) : 0;
            kept += varies ? 1 : 0;
        }
        Tensor shift = backend.allocate(1, d);
        Tensor scale;
        try {
            scale = backend.allocate(1, d);
        } catch (RuntimeException e) {
            shift.close();
            throw e;
        }
        backend.write(shifts, shift, 0);
        backend.write(scales, scale, 0);
        return new Standardisation(backend, shift, scale, kept);
    }

    /** Standardises rows; out may be the rows themselves. */
    void apply(Tensor states, Tensor out) {
        backend.standardise(states, shift, scale, out);
    }

    /** Dimensions that are not constant. */
    int kept() {
        return kept;
    }

    @Override
    public void close() {
        shift.close();
        scale.close();
    }
}
