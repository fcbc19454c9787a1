package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Activation;

/**
 * Element-wise functions over arrays, in loops that the compiler vectorises: no branches, no tables. Error below 5e-7, absolute or
 * relative; for the gated ones (x times something between 0 and 1) 2e-7 |x| more, until they are 0 near x = -16. Infinities go to their limits, NaN stays NaN.
 */
final class ActivationLoops {
    private static final float SQRT_2_OVER_PI = 0.7978845608028654f;
    private static final float SQRT_HALF = 0.7071067811865476f;

    /** Beyond this the rational functions are at their limits. */
    private static final float TANH_BOUND = 9f;

    private static final float ERF_BOUND = 4f;

    /** Lifts the rational functions over 1 at their bounds, where the clamp makes it exactly 1. */
    private static final float LIFT = 1.00000012f;

    /** Below this every gated x is 0; keeps 0 times minus infinity out. */
    private static final float LOWEST = -1e4f;

    private ActivationLoops() {}

    /** x = activation(x) for elements {@code from} to {@code to} (exclusive). */
    static void apply(Activation activation, float[] x, int from, int to) {
        switch (activation) {
            case IDENTITY:
                break;
            case GELU_TANH:
                geluTanh(x, from, to);
                break;
            case GELU_ERF:
                geluErf(x, from, to);
                break;
            case GELU_QUICK:
                sigmoidGate(x, from, to, 0.5f * 1.702f);
                break;
            case RELU:
                relu(x, from, to);
                break;
            case RELU_SQUARED:
                reluSquared(x, from, to);
                break;
            case SILU:
                sigmoidGate(x, from, to, 0.5f);
                break;
            case TANH:
                tanh(x, from, to);
                break;
            case SIGMOID:
                sigmoid(x, from, to);
                break;
            case LEAKY_RELU:
                leakyRelu(x, from, to);
                break;
            default:
                throw new IllegalArgumentException("unknown activation " + activation);
        }
    }

    private static void geluTanh(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            float v = x[i];
            float inner = SQRT_2_OVER_PI * v * Math.fma(0.044715f * v, v, 1f);
            x[i] = 0.5f * Math.max(v, LOWEST) * (1f + tanh(inner));
        }
    }

    private static void geluErf(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            float v = x[i];
            x[i] = 0.5f * Math.max(v, LOWEST) * (1f + erf(SQRT_HALF * v));
        }
    }

    /** x sigmoid(2 s x) = x (1 + tanh(s x)) / 2. */
    private static void sigmoidGate(float[] x, int from, int to, float s) {
        for (int i = from; i < to; i++) {
            float v = x[i];
            x[i] = 0.5f * Math.max(v, LOWEST) * (1f + tanh(s * v));
        }
    }

    private static void sigmoid(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Math.fma(0.5f, tanh(0.5f * x[i]), 0.5f);
        }
    }

    private static void tanh(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = tanh(x[i]);
        }
    }

    private static void relu(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Math.max(x[i], 0f);
        }
    }

    private static void reluSquared(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            float v = Math.max(x[i], 0f);
            x[i] = v * v;
        }
    }

    private static void leakyRelu(float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] = Math.max(x[i], 0.01f * x[i]);
        }
    }

    /**
     * tanh as a rational function x P(x^2) / Q(x^2) of degree 13 over 6 on [-9, 9]; coefficients of Eigen's
     * {@code generic_fast_tanh_float}.
     */
    static float tanh(float value) {
        float x = Math.max(-TANH_BOUND, Math.min(TANH_BOUND, value));
        float s = x * x;
        float p = Math.fma(s, -2.76076847742355e-16f, 2.00018790482477e-13f);
        p = Math.fma(s, p, -8.60467152213735e-11f);
        p = Math.fma(s, p, 5.12229709037114e-08f);
        p = Math.fma(s, p, 1.48572235717979e-05f);
        p = Math.fma(s, p, 6.37261928875436e-04f);
        p = Math.fma(s, p, 4.89352455891786e-03f);
        float q = Math.fma(s, 1.19825839466702e-06f, 1.18534705686654e-04f);
        q = Math.fma(s, q, 2.26843463243900e-03f);
        q = Math.fma(s, q, 4.89352518554385e-03f);
        return Math.max(-1f, Math.min(1f, LIFT * x * p / q));
    }

    /**
     * erf as a rational function x P(x^2) / Q(x^2) of degree 13 over 8 on [-4, 4]; coefficients of Eigen's float {@code erf}.
     */
    static float erf(float value) {
        float x = Math.max(-ERF_BOUND, Math.min(ERF_BOUND, value));
        float s = x * x;
        float p = Math.fma(s, -2.72614225801306e-10f, 2.77068142495902e-08f);
        p = Math.fma(s, p, -2.10102402082508e-06f);
        p = Math.fma(s, p, -5.69250639462346e-05f);
        p = Math.fma(s, p, -7.34990630326855e-04f);
        p = Math.fma(s, p, -2.95459980854025e-03f);
        p = Math.fma(s, p, -1.60960333262415e-02f);
        float q = Math.fma(s, -1.45660718464996e-05f, -2.13374055278905e-04f);
        q = Math.fma(s, q, -1.68282697438203e-03f);
        q = Math.fma(s, q, -7.37332916720468e-03f);
        q = Math.fma(s, q, -1.42647390514189e-02f);
        return Math.max(-1f, Math.min(1f, LIFT * x * p / q));
    }

    /**
     * e^x for x up to 0 to a few units in the last place: x = n ln 2 + r with |r| at most ln 2 / 2 (Cody and Waite's split of
     * ln 2), a polynomial in r (coefficients of Cephes' {@code expf}), and n put into the exponent. Below -87 it stays at e^-87,
     * 1.6e-38. NaN stays NaN.
     */
    static float expNonPositive(float x) {
        float bounded = x < -87f ? -87f : x;
        // Adding 1.5 * 2^23 rounds to the nearest integer, which then stands in the low bits.
        float shifted = Math.fma(bounded, 1.44269504088896341f, 12582912f);
        float n = shifted - 12582912f;
        float r = Math.fma(n, -0.693359375f, bounded);
        r = Math.fma(n, 2.12194440e-4f, r);
        float p = Math.fma(r, 1.9875691500e-4f, 1.3981999507e-3f);
        p = Math.fma(r, p, 8.3334519073e-3f);
        p = Math.fma(r, p, 4.1665795894e-2f);
        p = Math.fma(r, p, 1.6666665459e-1f);
        p = Math.fma(r, p, 5.0000001201e-1f);
        p = Math.fma(p, r * r, r) + 1f;
        return p * Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + (127 << 23));
    }
}
