package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.mi.TrainingListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InfoNceTest {
    private static final HeldOutSettings SMALL = HeldOutSettings.standard()
            .withWidths(List.of(16, 1))
            .withSteps(60)
            .withBatch(64)
            .withCritics(2);

    private CpuBackend backend;

    @BeforeAll
    void open() {
        backend = new CpuBackend(1);
    }

    @AfterEach
    void nothingIsLeftAllocated() {
        assertThat(backend.allocatedBytes()).isZero();
    }

    @AfterAll
    void close() {
        backend.close();
    }

    private ContinuousEstimate estimate(HeldOutSettings settings, SamplePairs pairs, long seed) {
        return new InfoNce(backend, settings).estimate(pairs, seed, TrainingListener.SILENT);
    }

    @Test
    void independentSidesReadNothing() {
        SamplePairs pairs = GaussianSamples.canonical(1500, 3, 2, new double[0], 5);
        assertThat(estimate(SMALL, pairs, 1).bits()).isCloseTo(0, within(0.04));
    }

    @Test
    void normalPairsReadTheirClosedForm() {
        double[] rho = {0.8, 0.5};
        ContinuousEstimate estimate = estimate(SMALL, GaussianSamples.canonical(2000, 2, 3, rho, 60), 1);
        // 400 pairs a critic scatter by about 0.06; three times that.
        assertThat(estimate.bits()).isCloseTo(GaussianSamples.bits(rho), within(0.2));
        assertThat(estimate.interval().low()).isLessThan(estimate.bits());
        assertThat(estimate.interval().high()).isGreaterThan(estimate.bits());
    }

    @Test
    void neverReadsAboveTheLogarithmOfTheCandidates() {
        float[] x = GaussianSamples.canonical(600, 2, 1, new double[0], 5).x();
        ContinuousEstimate estimate = estimate(SMALL, new SamplePairs(x, 2, x, 2), 1);
        assertThat(estimate.ceilingBits()).isCloseTo(Math.log(120) / Math.log(2), within(1e-12));
        assertThat(estimate.bits()).isBetween(0.9 * estimate.ceilingBits(), estimate.ceilingBits());
        assertThat(estimate.interval().high()).isLessThanOrEqualTo(estimate.ceilingBits());
        assertThat(estimate.warnings()).singleElement().asString().contains("close to its ceiling");
    }

    @Test
    void theNetworkLearnsWhatCorrelationsDoNotTell() {
        SamplePairs pairs = StudentSamples.ring(1500, 3);
        HeldOutSettings longer =
                SMALL.withSteps(600).withWidths(List.of(32, 32, 1)).withCritics(1);
        // 0.95 to 0.97 for two seeds; with a transposed gradient on one side 0.80 to 0.88. The closed form reads 0.
        assertThat(estimate(longer, pairs, 1).bits()).isBetween(0.91, 1.2);
        assertThat(Gaussian.ofNormalScores()
                        .estimate(pairs, 1, TrainingListener.SILENT)
                        .bits())
                .isCloseTo(0, within(0.02));
    }

    @Test
    void theSameSeedGivesTheSameNumbersOnAnyNumberOfThreads() {
        SamplePairs pairs = StudentSamples.student(700, 2, 2, 3);
        ContinuousEstimate one = estimate(SMALL, pairs, 1);
        try (CpuBackend three = new CpuBackend(3)) {
            ContinuousEstimate other = new InfoNce(three, SMALL).estimate(pairs, 1, TrainingListener.SILENT);
            assertThat(other.bits()).isEqualTo(one.bits());
            assertThat(other.interval()).isEqualTo(one.interval());
            assertThat(other.sd()).isEqualTo(one.sd());
        }
        assertThat(estimate(SMALL, pairs, 2).bits()).isNotEqualTo(one.bits());
    }

    @Test
    void trainingThatDoesHarmIsUndone() {
        SamplePairs pairs = GaussianSamples.canonical(500, 1, 1, new double[] {0.8}, 4);
        ContinuousEstimate wild = estimate(SMALL.withLearningRate(100), pairs, 1);
        // Back at the first weights, whatever the rate was.
        assertThat(wild.bits())
                .isEqualTo(estimate(SMALL.withLearningRate(50), pairs, 1).bits());
        assertThat(wild.bits()).isCloseTo(GaussianSamples.bits(0.8), within(0.2));
    }

    @Test
    void bothDirectionsCount() {
        // At the first weights the score is the closed form, the same for (x, y) and (y, x).
        HeldOutSettings undone = SMALL.withLearningRate(100);
        SamplePairs pairs = GaussianSamples.canonical(200, 2, 1, new double[] {0.9}, 4);
        SamplePairs swapped = new SamplePairs(pairs.y(), 1, pairs.x(), 2);
        assertThat(estimate(undone, swapped, 1).bits())
                .isCloseTo(estimate(undone, pairs, 1).bits(), within(1e-5));
    }

    @Test
    void fewSamplesConstantSidesAndWideSides() {
        for (int n : new int[] {1, 2, 49}) {
            ContinuousEstimate few = estimate(SMALL, GaussianSamples.canonical(n, 2, 2, new double[] {0.5}, 3), 1);
            assertThat(few.bits()).isNaN();
            assertThat(few.warnings()).singleElement().asString().contains("too few");
        }
        for (int n : new int[] {50, 51}) {
            assertThat(estimate(SMALL.withHoldout(0.01), GaussianSamples.canonical(n, 2, 2, new double[] {0.5}, 3), 1)
                            .bits())
                    .isFinite()
                    .isLessThanOrEqualTo(1);
        }
        float[] constant = new float[100];
        Arrays.fill(constant, 7);
        float[] values = GaussianSamples.canonical(100, 1, 1, new double[0], 3).x();
        ContinuousEstimate zero = estimate(SMALL, new SamplePairs(values, 1, constant, 1), 1);
        assertThat(zero.bits()).isZero();
        assertThat(zero.warnings()).singleElement().asString().contains("constant");
        ContinuousEstimate wide = estimate(SMALL, GaussianSamples.canonical(200, 300, 300, new double[0], 8), 1);
        assertThat(wide.bits()).isCloseTo(0, within(0.3));
    }

    @Test
    void aListenerThatThrowsStopsAtOnceAndNothingStaysAllocated() {
        SamplePairs pairs = GaussianSamples.canonical(300, 2, 2, new double[] {0.5}, 2);
        int[] calls = {0};
        assertThatThrownBy(() -> new InfoNce(backend, SMALL).estimate(pairs, 5, progress -> {
                    if (++calls[0] == 61) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("enough");
        assertThat(calls[0]).isEqualTo(61);
    }
}
