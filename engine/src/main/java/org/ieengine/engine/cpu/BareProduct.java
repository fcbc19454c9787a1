package org.ieengine.engine.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * A matrix product by {@code cblas_sgemm} of OpenBLAS with threads of its own, on memory of its own: what products of the processor are
 * compared with. Beside it no other thread may call OpenBLAS.
 */
public final class BareProduct implements AutoCloseable {
    private final Shape shape;
    private final int threads;
    private final FloatPointer a;
    private final FloatPointer b;
    private final FloatPointer out;

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

    /** Multiplies once. */
    public void run() {
        openblas_nolapack.blas_set_num_threads(threads);
        try {
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
        } finally {
            openblas_nolapack.blas_set_num_threads(1);
        }
    }

    @Override
    public void close() {
        a.close();
        b.close();
        out.close();
    }
}
