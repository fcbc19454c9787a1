package org.ieengine.engine.selftest;

import org.ieengine.engine.tensor.Activation;

/** The element-wise functions in float64, as their definitions read. */
public final class Activations64 {
    private Activations64() {}

    /** The function of one value. */
    public static double apply(Activation activation, double x) {
        return switch (activation) {
            case IDENTITY -> x;
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
            case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> Math.max(x, 0);
            case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case LEAKY_RELU -> x > 0 ? x : (double) 0.01f * x;
        };
    }

    /** The error function: its Taylor series, within 1e-7 up to 4.5, beyond which it is 1 to 2e-10. */
    static double erf(double x) {
        if (Math.abs(x) > 4.5) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 120; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }
}
