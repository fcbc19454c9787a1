package org.ieengine.engine.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * A matrix product by {@code cblas_sgemm} of OpenBLAS on memory of its own, in the threads that OpenBLAS is lent: what products of the
 * processor are compared with.
 */
public final class BareProduct implements AutoCloseable {
    private final Shape shape;
    private final int threads;
    private final FloatPointer a;
    private final FloatPointer b;
    private final FloatPointer out;
    private boolean lent;

    /**
     * [rows, inner] times [inner, columns].
     *
     * @param transposeA whether the left factor lies in memory as its transpose
     * @param transposeB whether the right factor does
     */
    public record Shape(int rows, int columns, int inner, boolean transposeA, boolean transposeB) {
        /** Float operations, two for each multiplication and addition. */
        public double flop() {
            return 2.0 * rows * columns * inner;
        }
    }

    BareProduct(Shape shape, int threads) {
        this.shape = shape;
        this.threads = threads;
        this.a = filled((long) shape.rows * shape.inner);
        this.b = filled((long) shape.inner * shape.columns);
        this.out = filled((long) shape.rows * shape.columns);
    }

    /** Values from -1 to 1 of a short period: what they are has no influence on the time. */
    private static FloatPointer filled(long elements) {
        FloatPointer memory = new FloatPointer(elements);
        float[] values = new float[(int) Math.min(elements, 65_521)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 37 % 201 - 100) * 0.01f;
        }
        for (long first = 0; first < elements; first += values.length) {
            memory.getPointer(first).put(values, 0, (int) Math.min(values.length, elements - first));
        }
        return memory;
    }

    /**
     * Lends OpenBLAS as many threads as the backend has, until {@link #giveBack} or {@link #close}; no backend may multiply meanwhile.
     * Setting them takes up to a millisecond, far more than a small product, so it is no part of one.
     */
    public void lend() {
        openblas_nolapack.blas_set_num_threads(threads);
        lent = true;
    }

    /** Ends what {@link #lend} began. */
    public void giveBack() {
        openblas_nolapack.blas_set_num_threads(1);
        lent = false;
    }

    /** Multiplies once, in one thread unless more are lent. */
    public void run() {
        openblas_nolapack.cblas_sgemm(
                CblasRowMajor,
                shape.transposeA ? CblasTrans : CblasNoTrans,
                shape.transposeB ? CblasTrans : CblasNoTrans,
                shape.rows,
                shape.columns,
                shape.inner,
                1f,
                a,
                shape.transposeA ? shape.rows : shape.inner,
                b,
                shape.transposeB ? shape.inner : shape.columns,
                0f,
                out,
                shape.columns);
    }

    @Override
    public void close() {
        if (lent) {
            giveBack();
        }
        a.close();
        b.close();
        out.close();
    }
}
