package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations;
import org.ieengine.engine.tensor.Tensor;

/** Matrix products on the device: what they are given is checked here, {@link ProductKernels} compute them. */
final class CudaMatrices implements MatrixOperations {
    private final ProductKernels kernels;

    CudaMatrices(ProductKernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public void linear(Tensor x, Tensor weight, Layout layout, Epilogue epilogue, Tensor out) {
        Factor in = new Factor(CudaTensor.operand(x), false);
        CudaTensor result = CudaTensor.operand(out);
        Factor factor = new Factor(CudaTensor.operand(weight), layout == Layout.OUT_IN);
        CudaTensor bias = epilogue.bias() == null ? null : CudaTensor.open(epilogue.bias());
        requireProduct("linear", in, factor, result);
        if (bias != null) {
            CudaShapes.require("linear: bias", bias, 1, result.columns(), "output " + result);
        }
        kernels.linear(in, factor, bias, epilogue.activation(), epilogue.accumulate(), result);
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        CudaTensor result = CudaTensor.operand(out);
        Factor left = new Factor(CudaTensor.operand(a), transposeA);
        Factor right = new Factor(CudaTensor.operand(b), transposeB);
        requireApartProduct("product", left, right, result);
        kernels.product(left, right, false, beta, result);
    }

    @Override
    public void strictProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        CudaTensor result = CudaTensor.operand(out);
        Factor left = new Factor(CudaTensor.operand(a), transposeA);
        Factor right = new Factor(CudaTensor.operand(b), transposeB);
        requireApartProduct("strictProduct", left, right, result);
        kernels.product(left, right, true, beta, result);
    }

    /** As {@code CriticOperations.inputGradient}. */
    void inputGradient(Tensor gradient, Tensor weight, Tensor in, Tensor out) {
        CudaTensor result = CudaTensor.operand(out);
        Factor left = new Factor(CudaTensor.operand(gradient), false);
        Factor right = new Factor(CudaTensor.operand(weight), false);
        requireApartProduct("product", left, right, result);
        CudaTensor mask = in == null ? null : CudaTensor.operand(in);
        if (mask != null) {
            CudaShapes.same("leakyReluBackward", mask, result);
            CudaShapes.requireApart("leakyReluBackward", mask, result);
        }
        kernels.inputGradient(left, right, mask, result);
    }

    private static void requireApartProduct(String operation, Factor a, Factor b, CudaTensor out) {
        requireProduct(operation, a, b, out);
        CudaShapes.requireApart(operation, b.matrix(), out);
    }

    private static void requireProduct(String operation, Factor a, Factor b, CudaTensor out) {
        if (a.columns() != b.rows()) {
            throw new IllegalArgumentException(operation + ": factors " + a + " and " + b + " do not fit");
        }
        CudaShapes.require(operation + ": output", out, a.rows(), b.columns(), "factors " + a + " and " + b);
        CudaShapes.requireApart(operation, a.matrix(), out);
    }
}
