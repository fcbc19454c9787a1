package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;

/**
 * What multiplies matrices on the device: kernels of this project, or a vendor's library. Shapes have been checked. Factors, outputs
 * and masks may be of float32 or bf16.
 */
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

    /**
     * out = (gradient weight) LeakyReLU'(in), that read off the sign of in. As with {@link #linear}, rows do not depend on others.
     *
     * @param in of out's shape, or null for no LeakyReLU
     */
    void inputGradient(Factor gradient, Factor weight, CudaTensor in, CudaTensor out);
}
