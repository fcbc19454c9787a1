package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Means, spreads and intervals over critics. */
class MiEstimateTest {
    private static SeedEstimate seed(double bits, double resamplingSd) {
        return new SeedEstimate(0, bits, Double.NaN, 1, 1, List.of(), 0, false, List.of(), resamplingSd);
    }

    private static MiEstimate estimate(String estimator, SeedEstimate... seeds) {
        return new MiEstimate(estimator, "standard", new Ceiling(5, 5, 5, 5), List.of(seeds));
    }

    @Test
    void anIntervalHasTheErrorsOfResampledPairsAndOfCritics() {
        MiEstimate two = estimate("dv", seed(3, 0.3), seed(3.2, 0.1));
        double error = Math.sqrt((0.09 + 0.01) / 2 + 0.02 / 2);
        assertThat(two.low()).isCloseTo(3.1 - 1.96 * error, within(1e-12));
        assertThat(two.high()).isCloseTo(3.1 + 1.96 * error, within(1e-12));
        assertThat(estimate("dv", seed(3, 0.3)).low()).isCloseTo(3 - 1.96 * 0.3, within(1e-12));
        assertThat(estimate("dv", seed(3, 0.3), seed(Double.NaN, Double.NaN)).low())
                .isCloseTo(3 - 1.96 * 0.3, within(1e-12));
        assertThat(estimate("dv", seed(3, Double.NaN)).low()).isNaN();
    }

    @Test
    void theUpperEndOfABoundIsTheCeilingAtMost() {
        assertThat(estimate("dv", seed(4.9, 0.3)).high()).isEqualTo(5);
        assertThat(estimate("nwj", seed(4.9, 0.3)).high()).isEqualTo(5);
        assertThat(estimate("smile", seed(4.9, 0.3)).high()).isCloseTo(4.9 + 1.96 * 0.3, within(1e-12));
    }
}
