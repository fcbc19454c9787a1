package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class DigammaTest {
    private static final double EULER = 0.57721566490153286;

    @Test
    void isHarmonicAtIntegersAndHalves() {
        double harmonic = 0;
        double odd = 0;
        for (int n = 1; n < 300; n++) {
            assertEquals(harmonic - EULER, Digamma.of(n), 1e-14 * Math.max(1, harmonic), "at " + n);
            assertEquals(
                    2 * odd - 2 * Math.log(2) - EULER,
                    Digamma.of(n - 0.5),
                    1e-14 * Math.max(1, harmonic),
                    "at " + n + " - 1/2");
            harmonic += 1.0 / n;
            odd += 1.0 / (2 * n - 1);
        }
    }

    @Test
    void isRefusedWhereItHasPoles() {
        assertThrows(IllegalArgumentException.class, () -> Digamma.of(0));
        assertThrows(IllegalArgumentException.class, () -> Digamma.of(-1.5));
        assertThrows(IllegalArgumentException.class, () -> Digamma.of(Double.NaN));
    }
}
