package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.LaunchShape;

/**
 * Products by a vendor's library, and bias, activation and accumulation in a kernel after it. Unlike the own kernels, such a library
 * chooses how it sums by the number of rows too: bits of a row may differ between products of different heights.
 */
final class VendorProductKernels implements ProductKernels {
    private static final int THREADS = 256;

    /** Elements of working memory for sums that are yet to be added to what the output holds. */
    private static final long MOST_SUMS = 1 << 24;

    /** The library. */
    interface Gemm {
        /** out = beta out + a b, queued on the backend's stream; with beta 0 what {@code out} held is not read. */
        void multiply(Precision precision, Factor a, Factor b, float beta, long out, int outStride);
    }

    private final CudaLauncher device;
    private final Precision precision;
    private final Gemm gemm;

    VendorProductKernels(CudaLauncher device, Precision precision, Gemm gemm) {
        this.device = device;
        this.precision = precision;
        this.gemm = gemm;
    }

    @Override
    public void linear(
            Factor x, Factor weight, CudaTensor bias, Activation activation, boolean accumulate, CudaTensor out) {
        if (out.rows() == 0) {
            return;
        }
        if (bias == null && activation == Activation.IDENTITY) {
            gemm.multiply(precision, x, weight, accumulate ? 1f : 0f, out.address(), out.stride());
            return;
        }
        if (!accumulate) {
            gemm.multiply(precision, x, weight, 0f, out.address(), out.stride());
            finish(out.address(), out.stride(), bias, activation, out, 0f);
            return;
        }
        int columns = out.columns();
        long height = Math.max(1, MOST_SUMS / columns);
        for (long from = 0; from < out.rows(); from += height) {
            long to = Math.min(out.rows(), from + height);
            long sums = device.scratch(Float.BYTES * (to - from) * columns);
            Factor part = new Factor(x.matrix().rowRange(from, to), false);
            gemm.multiply(precision, part, weight, 0f, sums, columns);
            finish(sums, columns, bias, activation, out.rowRange(from, to), 1f);
        }
    }

    private void finish(long sums, int sumsStride, CudaTensor bias, Activation activation, CudaTensor out, float beta) {
        long blocks = (out.rows() * out.columns() + THREADS - 1) / THREADS;
        device.launch(
                "matmul_epilogue",
                LaunchShape.of(Math.toIntExact(blocks), THREADS),
                out.address(),
                out.stride(),
                sums,
                sumsStride,
                bias == null ? 0L : bias.address(),
                out.rows(),
                out.columns(),
                activation.ordinal(),
                beta);
    }

    @Override
    public void product(Factor a, Factor b, boolean strict, float beta, CudaTensor out) {
        if (out.rows() > 0) {
            gemm.multiply(strict ? Precision.F32 : precision, a, b, beta, out.address(), out.stride());
        }
    }
}
