package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;

/**
 * Products by a vendor's library, and bias, activation, mask and accumulation in a kernel after it. Unlike the own kernels, such a
 * library chooses how it sums by the number of rows too: bits of a row may differ between products of different heights.
 */
final class VendorProductKernels implements ProductKernels {
    /** Elements of working memory for sums that wait for what follows. */
    private static final long MOST_SUMS = 1 << 24;

    /** The library. */
    interface Gemm {
        /**
         * out = beta out + a b, queued on the backend's stream; with beta 0 what {@code out} held is not read.
         *
         * @param precision how factors of float32 are rounded; both may be of bf16 instead
         * @param out of float32
         */
        void multiply(Precision precision, Factor a, Factor b, float beta, long out, int outStride);
    }

    private final CudaLauncher device;
    private final Precision precision;
    private final Gemm gemm;
    private final ProductOperands operands;

    VendorProductKernels(CudaLauncher device, Precision precision, Gemm gemm) {
        this.device = device;
        this.precision = precision;
        this.gemm = gemm;
        this.operands = new ProductOperands(device);
    }

    @Override
    public void linear(
            Factor x, Factor weight, CudaTensor bias, Activation activation, boolean accumulate, CudaTensor out) {
        multiply(precision, x, weight, new ProductEpilogue(bias, activation, null, accumulate ? 1f : 0f), out);
    }

    @Override
    public void product(Factor a, Factor b, boolean strict, float beta, CudaTensor out) {
        multiply(strict ? Precision.F32 : precision, a, b, ProductEpilogue.plain(beta), out);
    }

    @Override
    public void inputGradient(Factor gradient, Factor weight, CudaTensor in, CudaTensor out) {
        multiply(precision, gradient, weight, new ProductEpilogue(null, Activation.IDENTITY, in, 0f), out);
    }

    private void multiply(Precision chosen, Factor a, Factor b, ProductEpilogue epilogue, CudaTensor out) {
        if (out.rows() == 0) {
            return;
        }
        Element element = element(chosen, a, b);
        boolean inPlace = out.element() == Element.F32 && (epilogue.isPlain() || epilogue.beta() == 0f);
        if (inPlace) {
            ProductOperands.Ready ready = operands.ready(element, a, b, 0);
            float beta = epilogue.isPlain() ? epilogue.beta() : 0f;
            gemm.multiply(chosen, ready.a(), ready.b(), beta, out.address(), out.stride());
            if (!epilogue.isPlain()) {
                epilogue.launch(device, out.address(), out.stride(), out);
            }
            return;
        }
        int columns = out.columns();
        long height = Math.max(1, MOST_SUMS / columns);
        for (long from = 0; from < out.rows(); from += height) {
            long to = Math.min(out.rows(), from + height);
            long bytes = Float.BYTES * (to - from) * columns;
            ProductOperands.Ready ready = operands.ready(element, a.rowRange(from, to), b, bytes);
            gemm.multiply(chosen, ready.a(), ready.b(), 0f, ready.rest(), columns);
            epilogue.rowRange(from, to).launch(device, ready.rest(), columns, out.rowRange(from, to));
        }
    }

    /** Libraries take factors of one kind, and round those of float32 themselves. */
    private static Element element(Precision chosen, Factor a, Factor b) {
        boolean rounded = a.matrix().element() == Element.BF16 || b.matrix().element() == Element.BF16;
        return chosen == Precision.BF16 && rounded ? Element.BF16 : Element.F32;
    }
}
