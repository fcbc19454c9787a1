package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class NormalQuantileTest {
    /** Phi(x) for x at most 0: by the power series of Phi near 0, by the continued fraction of the tail beyond. */
    private static double lowerTail(double x) {
        double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        if (x > -3) {
            double term = x;
            double sum = x;
            for (int k = 1; k < 200; k++) {
                term *= x * x / (2 * k + 1);
                sum += term;
            }
            return 0.5 + density * sum;
        }
        double fraction = -x;
        for (int k = 500; k >= 1; k--) {
            fraction = -x + k / fraction;
        }
        return density / fraction;
    }

    @Test
    void undoesTheDistributionFunctionToTwelveDigits() {
        for (double x = -12; x <= 0; x += 0.0625) {
            assertEquals(x, NormalQuantile.of(lowerTail(x)), 1e-12 * Math.max(1, -x), "at " + x);
        }
    }

    @Test
    void isOddAboutOneHalf() {
        assertEquals(0, NormalQuantile.of(0.5), 0);
        for (double p = 1.0 / 64; p < 0.5; p += 1.0 / 64) {
            assertEquals(-NormalQuantile.of(p), NormalQuantile.of(1 - p), 0);
        }
    }

    @Test
    void hasNoValueOutsideTheOpenInterval() {
        for (double p : new double[] {0, 1, -0.1, 1.1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> NormalQuantile.of(p));
        }
    }
}
