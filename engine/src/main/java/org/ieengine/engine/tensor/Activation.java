package org.ieengine.engine.tensor;

/** Element-wise functions of a backend. */
public enum Activation {
    /** x. */
    IDENTITY,
    /** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
    GELU_TANH,
    /** 0.5 x (1 + erf(x / sqrt 2)). */
    GELU_ERF,
    /** x sigmoid(1.702 x). */
    GELU_QUICK,
    /** max(x, 0). */
    RELU,
    /** max(x, 0)^2. */
    RELU_SQUARED,
    /** x sigmoid(x). */
    SILU,
    /** tanh(x). */
    TANH,
    /** 1 / (1 + exp(-x)). */
    SIGMOID,
    /** x for x &gt; 0, 0.01 x otherwise (the critic). */
    LEAKY_RELU
}
