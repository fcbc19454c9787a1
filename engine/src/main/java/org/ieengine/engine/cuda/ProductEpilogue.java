package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.LaunchShape;

/**
 * What follows the sums of a product: out = beta out + slope activation(sums + bias).
 *
 * @param bias [1, columns] of float32, or null
 * @param activation applied to the sums
 * @param mask [rows, columns], slope is LeakyReLU' read off it: 1 above zero, else 0.01; null for slope 1
 * @param beta 0: what out held is not read
 */
record ProductEpilogue(CudaTensor bias, Activation activation, CudaTensor mask, float beta) {
    private static final int THREADS = 256;

    /** out = beta out + sums. */
    static ProductEpilogue plain(float beta) {
        return new ProductEpilogue(null, Activation.IDENTITY, null, beta);
    }

    /** Whether nothing is done to the sums themselves. */
    boolean isPlain() {
        return bias == null && activation == Activation.IDENTITY && mask == null;
    }

    /** The same for some of the rows. */
    ProductEpilogue rowRange(long from, long to) {
        return mask == null ? this : new ProductEpilogue(bias, activation, mask.rowRange(from, to), beta);
    }

    /** Queues it for sums of float32 that lie in memory; they may lie in out itself where beta is 0. */
    void launch(CudaLauncher device, long sums, int sumsStride, CudaTensor out) {
        long blocks = (out.rows() * out.columns() + THREADS - 1) / THREADS;
        device.launch(
                "matmul_epilogue",
                LaunchShape.of(Math.toIntExact(blocks), THREADS),
                out.address(),
                out.element().ordinal(),
                out.stride(),
                sums,
                sumsStride,
                bias == null ? 0L : bias.address(),
                mask == null ? 0L : mask.address(),
                mask == null ? 0 : mask.element().ordinal(),
                mask == null ? 0 : mask.stride(),
                out.rows(),
                out.columns(),
                activation.ordinal(),
                beta);
    }
}
