package org.ieengine.loaders.model;

/** Element-wise non-linearities that {@code config.json} may name. */
public enum ActivationFunction {
    /** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))): gelu_new, gelu_pytorch_tanh, gelu_fast. */
    GELU_TANH,
    /** 0.5 x (1 + erf(x / sqrt 2)): gelu. */
    GELU_ERF,
    /** x sigmoid(1.702 x): quick_gelu. */
    GELU_QUICK,
    /** max(x, 0). */
    RELU,
    /** max(x, 0)^2: relu2. */
    RELU_SQUARED,
    /** x sigmoid(x): silu, swish. */
    SILU,
    /** tanh(x). */
    TANH,
    /** 1 / (1 + exp(-x)). */
    SIGMOID,
    /** x: linear. */
    IDENTITY
}
