package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;

/** What multiplies matrices on the device: kernels of this project, or a vendor's library. Shapes have been checked. */
interface ProductKernels {
    /**
     * out = activation(x weight + bias), or out += that. A row of the result depends on that row of x alone, not on how many rows
     * there are.
     *
     * @param bias [1, columns], or null
     */
    void linear(Factor x, Factor weight, CudaTensor bias, Activation activation, boolean accumulate, CudaTensor out);

    /**
     * out = beta out + a b; with beta 0 what {@code out} held is not read.
     *
     * @param strict operands are not rounded
     */
    void product(Factor a, Factor b, boolean strict, float beta, CudaTensor out);
}
