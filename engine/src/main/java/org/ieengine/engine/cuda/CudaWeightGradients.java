package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Tensor;

/** The gradients of a layer's weight and bias by one kernel, which reads the gradients of the outputs once for both. */
final class CudaWeightGradients {
    private final OwnProductKernels products;

    /**
     * @param products null where a library computes products
     */
    CudaWeightGradients(OwnProductKernels products) {
        this.products = products;
    }

    /** Whether there is a kernel for such matrices: operands in bf16 on a device with warpgroup products, sums in float32. */
    boolean takes(Tensor gradient, Tensor in, Tensor weightGradient) {
        return products != null
                && products.sumsFactor(factor(gradient, true), factor(in, false))
                && CudaTensor.operand(weightGradient).element() == Element.F32;
    }

    private static Factor factor(Tensor tensor, boolean transposed) {
        return new Factor(CudaTensor.operand(tensor), transposed);
    }

    /** As {@code Backend.weightGradients}, of matrices that it takes. */
    void run(Tensor gradient, Tensor in, float beta, Tensor weightGradient, Tensor biasGradient) {
        Factor above = factor(gradient, true);
        Factor below = factor(in, false);
        CudaTensor weight = CudaTensor.open(weightGradient);
        CudaTensor bias = CudaTensor.open(biasGradient);
        if (above.columns() != below.rows()) {
            throw new IllegalArgumentException("weightGradients: factors " + above + " and " + below + " do not fit");
        }
        CudaShapes.require(
                "weightGradients: weight",
                weight,
                above.rows(),
                Math.toIntExact(below.columns()),
                "gradients " + above.matrix() + " and inputs " + below.matrix());
        CudaShapes.require("weightGradients: bias", bias, 1, weight.rows(), "weight " + weight);
        for (CudaTensor result : new CudaTensor[] {weight, bias}) {
            CudaShapes.requireApart("weightGradients", above.matrix(), result);
            CudaShapes.requireApart("weightGradients", below.matrix(), result);
        }
        CudaShapes.requireApart("weightGradients", weight, bias);
        products.productAndSums(above, below, beta, weight, bias);
    }
}
