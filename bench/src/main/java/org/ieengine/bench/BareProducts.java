package org.ieengine.bench;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_get_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import java.util.List;
import java.util.function.ToLongFunction;
import org.bytedeco.javacpp.FloatPointer;

/** Calls of {@code cblas_sgemm} of given shapes with nothing between them, OpenBLAS given a number of threads. */
final class BareProducts implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final List<Product> products;
    private final FloatPointer a;
    private final FloatPointer b;
    private final FloatPointer c;

    /** Allocates and fills what the products work on. */
    BareProducts(List<Product> products) {
        this.products = List.copyOf(products);
        this.a = filled(p -> (long) p.rows * p.depth);
        this.b = filled(p -> (long) p.depth * p.columns);
        this.c = filled(p -> (long) p.rows * p.columns);
    }

    /**
     * [rows, depth] times [depth, columns].
     *
     * @param transposedA whether the first factor lies as [depth, rows]
     * @param transposedB whether the second factor lies as [columns, depth]
     */
    record Product(int rows, int columns, int depth, boolean transposedA, boolean transposedB) {
        double flop() {
            return 2.0 * rows * columns * depth;
        }
    }

    private FloatPointer filled(ToLongFunction<Product> elements) {
        FloatPointer memory =
                new FloatPointer(products.stream().mapToLong(elements).max().orElseThrow());
        float[] values = new float[CHUNK];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i % 17 - 8) / 16f;
        }
        for (long first = 0; first < memory.capacity(); first += CHUNK) {
            memory.getPointer(first).put(values, 0, (int) Math.min(CHUNK, memory.capacity() - first));
        }
        return memory;
    }

    /** Floating-point operations of all products. */
    double flop() {
        return products.stream().mapToDouble(Product::flop).sum();
    }

    /** Computes all of them once. */
    void run(int threads) {
        int before = blas_get_num_threads();
        blas_set_num_threads(threads);
        for (Product p : products) {
            cblas_sgemm(
                    CblasRowMajor,
                    p.transposedA ? CblasTrans : CblasNoTrans,
                    p.transposedB ? CblasTrans : CblasNoTrans,
                    p.rows,
                    p.columns,
                    p.depth,
                    1f,
                    a,
                    p.transposedA ? p.rows : p.depth,
                    b,
                    p.transposedB ? p.depth : p.columns,
                    0f,
                    c,
                    p.columns);
        }
        blas_set_num_threads(before);
    }

    @Override
    public void close() {
        a.close();
        b.close();
        c.close();
    }
}
