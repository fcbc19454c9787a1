package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;

/** Products of operands by kernels that take float32 alone: operands are widened before, a result of operands is rounded after. */
final class OperandProducts implements ProductKernels {
    private final ProductKernels kernels;
    private final CudaMemory memory;
    private final CudaRows rows;

    OperandProducts(ProductKernels kernels, CudaMemory memory, CudaRows rows) {
        this.kernels = kernels;
        this.memory = memory;
        this.rows = rows;
    }

    @Override
    public void linear(
            Factor x, Factor weight, CudaTensor bias, Activation activation, boolean accumulate, CudaTensor out) {
        try (CudaTensor left = widened(x.matrix());
                CudaTensor right = widened(weight.matrix());
                CudaTensor result = widened(out)) {
            kernels.linear(
                    factor(x, left),
                    factor(weight, right),
                    bias,
                    activation,
                    accumulate,
                    result == null ? out : result);
            finish(result, out);
        }
    }

    @Override
    public void product(Factor a, Factor b, boolean strict, float beta, CudaTensor out) {
        try (CudaTensor left = widened(a.matrix());
                CudaTensor right = widened(b.matrix());
                CudaTensor result = widened(out)) {
            kernels.product(factor(a, left), factor(b, right), strict, beta, result == null ? out : result);
            finish(result, out);
        }
    }

    private static Factor factor(Factor factor, CudaTensor widened) {
        return widened == null ? factor : new Factor(widened, factor.transposed());
    }

    /** A copy in float32; null where the matrix is of float32. */
    private CudaTensor widened(CudaTensor matrix) {
        if (matrix.element() == Element.F32) {
            return null;
        }
        CudaTensor copy = memory.allocate(matrix.rows(), matrix.columns());
        rows.copy(matrix, copy);
        return copy;
    }

    private void finish(CudaTensor result, CudaTensor out) {
        if (result != null) {
            rows.copy(result, out);
        }
    }
}
