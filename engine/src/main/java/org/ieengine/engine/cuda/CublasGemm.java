package org.ieengine.engine.cuda;

import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.VendorMatrices;
import org.ieengine.kernels.VendorMatrices.Extents;
import org.ieengine.kernels.VendorMatrices.Matrix;
import org.ieengine.kernels.VendorMatrices.Rounding;
import org.ieengine.kernels.VendorMatrices.Storage;

/** Products by cuBLAS on the stream of a backend. */
final class CublasGemm implements VendorProductKernels.Gemm, AutoCloseable {
    private final DeviceQueue queue;
    private final VendorMatrices cublas;

    /**
     * @throws org.ieengine.kernels.GpuException of kind UNAVAILABLE with the reason when cuBLAS cannot be used
     */
    CublasGemm(GpuDevice device, DeviceQueue queue) {
        this.queue = queue;
        this.cublas = VendorMatrices.open(device);
    }

    @Override
    public void multiply(Precision precision, Factor a, Factor b, float beta, long out, int outStride) {
        Extents extents = new Extents(extent(a.rows()), extent(b.columns()), extent(a.columns()));
        Matrix left = matrix(a);
        Matrix right = matrix(b);
        Matrix result = new Matrix(out, outStride, false, Storage.F32);
        queue.queue(
                "cublasGemmEx",
                stream -> cublas.multiply(stream, rounding(precision), extents, left, right, beta, result));
    }

    private static Matrix matrix(Factor factor) {
        Storage storage = factor.matrix().element() == Element.BF16 ? Storage.BF16 : Storage.F32;
        return new Matrix(factor.matrix().address(), factor.matrix().stride(), factor.transposed(), storage);
    }

    private static Rounding rounding(Precision precision) {
        return switch (precision) {
            case F32 -> Rounding.F32;
            case TF32 -> Rounding.TF32;
            case BF16 -> Rounding.BF16;
        };
    }

    private static int extent(long rows) {
        if (rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("cuBLAS counts rows in 32 bits, and there are " + rows);
        }
        return (int) rows;
    }

    @Override
    public void close() {
        cublas.close();
    }
}
