package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.ieengine.engine.tensor.Activation;
import org.junit.jupiter.api.Test;

class ActivationLoopsTest {
    private static final Map<Activation, DoubleUnaryOperator> TRUTH = Map.of(
            Activation.IDENTITY, x -> x,
            Activation.GELU_TANH, x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
            Activation.GELU_ERF, x -> 0.5 * x * (1 + erf(x / Math.sqrt(2))),
            Activation.GELU_QUICK, x -> x / (1 + Math.exp(-1.702 * x)),
            Activation.RELU, x -> Math.max(x, 0),
            Activation.RELU_SQUARED, x -> Math.max(x, 0) * Math.max(x, 0),
            Activation.SILU, x -> x / (1 + Math.exp(-x)),
            Activation.TANH, Math::tanh,
            Activation.SIGMOID, x -> 1 / (1 + Math.exp(-x)),
            Activation.LEAKY_RELU, x -> x > 0 ? x : 0.01 * x);

    /** Error function in float64: the Taylor series (DLMF 7.6.2) below 3, the continued fraction (DLMF 7.9.1) from there on. */
    static double erf(double x) {
        double a = Math.abs(x);
        if (a >= 3) {
            double fraction = 0;
            for (int k = 60; k >= 1; k--) {
                fraction = k / 2.0 / (a + fraction);
            }
            return Math.signum(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
        }
        double term = 2 * x / Math.sqrt(Math.PI) * Math.exp(-x * x);
        double sum = term;
        for (int n = 1; n < 100; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return sum;
    }

    @Test
    void theReferenceErrorFunctionKnowsTabulatedValues() {
        assertThat(erf(0.5)).isCloseTo(0.5204998778130465, org.assertj.core.data.Offset.offset(1e-14));
        assertThat(erf(2)).isCloseTo(0.9953222650189527, org.assertj.core.data.Offset.offset(1e-14));
        assertThat(erf(-3.5)).isCloseTo(-0.9999992569016276, org.assertj.core.data.Offset.offset(1e-14));
    }

    @Test
    void everyFunctionIsCloseOverADenseGrid() {
        for (Activation activation : Activation.values()) {
            float[] x = grid();
            float[] y = x.clone();
            ActivationLoops.apply(activation, y, 0, y.length);
            DoubleUnaryOperator truth = TRUTH.get(activation);
            for (int i = 0; i < x.length; i++) {
                double expected = truth.applyAsDouble(x[i]);
                double tolerance = 5e-7 + 5e-7 * Math.abs(expected) + (gated(activation) ? 2e-7 * Math.abs(x[i]) : 0);
                if (!(Math.abs(y[i] - expected) <= tolerance)) {
                    assertThat((double) y[i])
                            .as("%s(%s)", activation, x[i])
                            .isCloseTo(expected, org.assertj.core.data.Offset.offset(tolerance));
                }
            }
        }
    }

    /** x (1 + t) / 2: near -1 the last places of t, 1.2e-7 each and up to three of them, are multiplied by x / 2. */
    private static boolean gated(Activation activation) {
        return activation == Activation.SILU
                || activation == Activation.GELU_QUICK
                || activation == Activation.GELU_TANH
                || activation == Activation.GELU_ERF;
    }

    /** Steps of 1e-4 over [-20, 20], and powers of two up to 2^60 with either sign. */
    private static float[] grid() {
        float[] x = new float[400_001 + 200];
        for (int i = 0; i <= 400_000; i++) {
            x[i] = (i - 200_000) * 1e-4f;
        }
        for (int i = 0; i < 100; i++) {
            x[400_001 + 2 * i] = (float) Math.scalb(1.0, i - 39);
            x[400_002 + 2 * i] = -(float) Math.scalb(1.0, i - 39);
        }
        return x;
    }

    @Test
    void infinitiesGoToTheirLimitsAndNaNStays() {
        for (Activation activation : Activation.values()) {
            float[] x = {Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NaN, 0f, -1e30f, Float.MAX_VALUE};
            ActivationLoops.apply(activation, x, 0, x.length);
            boolean bounded = activation == Activation.TANH || activation == Activation.SIGMOID;
            boolean falls = activation == Activation.IDENTITY || activation == Activation.LEAKY_RELU;
            float low = activation == Activation.TANH ? -1f : falls ? Float.NEGATIVE_INFINITY : 0f;
            assertThat(x[0] + 0f).as("%s", activation).isEqualTo(low);
            assertThat(x[1]).as("%s", activation).isEqualTo(bounded ? 1f : Float.POSITIVE_INFINITY);
            assertThat(x[2]).as("%s", activation).isNaN();
            assertThat(x[3] + 0f).as("%s", activation).isEqualTo(activation == Activation.SIGMOID ? 0.5f : 0f);
            assertThat(x[4] + 0f)
                    .as("%s", activation)
                    .isEqualTo(falls ? (activation == Activation.IDENTITY ? -1e30f : 0.01f * -1e30f) : low);
            assertThat(x[5]).as("%s", activation).isNotNaN();
        }
    }

    @Test
    void exponentialIsWithinAFewUnitsInTheLastPlace() {
        for (int i = 0; i <= 870_000; i++) {
            float x = Math.min(0f, -87f + i * 1e-4f);
            double expected = Math.exp(x);
            double found = ActivationLoops.expNonPositive(x);
            if (!(Math.abs(found / expected - 1) <= 3e-7)) {
                assertThat(found / expected).as("exp(%s)", x).isCloseTo(1, org.assertj.core.data.Offset.offset(3e-7));
            }
        }
        assertThat(ActivationLoops.expNonPositive(0f)).isEqualTo(1f);
        assertThat(ActivationLoops.expNonPositive(Float.NEGATIVE_INFINITY)).isLessThan(1e-37f);
        assertThat(ActivationLoops.expNonPositive(Float.NaN)).isNaN();
    }
}
