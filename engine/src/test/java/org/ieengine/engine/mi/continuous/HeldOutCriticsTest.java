package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
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
class HeldOutCriticsTest {
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

    private HeldOutCritics.Readings train(HeldOutSettings settings, SamplePairs pairs) {
        return new HeldOutCritics(backend, settings).train(pairs, 1, TrainingListener.SILENT);
    }

    /** All that is random in an estimate: value, spread, interval. */
    private static List<Double> numbers(HeldOutCritics.Readings readings) {
        List<Double> numbers = new ArrayList<>();
        for (Bound bound : Bound.values()) {
            ContinuousEstimate estimate = readings.estimate(bound);
            numbers.addAll(List.of(
                    estimate.bits(),
                    estimate.sd(),
                    estimate.interval().low(),
                    estimate.interval().high()));
        }
        return numbers;
    }

    @Test
    void independentSidesReadNothing() {
        SamplePairs pairs = GaussianSamples.canonical(1500, 3, 2, new double[0], 5);
        for (Bound bound : Bound.values()) {
            // The scatter of held-out means of scores near 0 is 0.002.
            assertThat(train(SMALL, pairs).estimate(bound).bits())
                    .as(bound.label())
                    .isCloseTo(0, within(0.01));
        }
    }

    @Test
    void normalPairsReadTheirClosedFormAndNoMore() {
        double[] rho = {0.8, 0.5};
        double truth = GaussianSamples.bits(rho);
        double[] errors = new double[6];
        for (int draw = 0; draw < errors.length; draw++) {
            ContinuousEstimate estimate = train(SMALL, GaussianSamples.canonical(2000, 2, 3, rho, 60 + draw))
                    .estimate(Bound.DV);
            errors[draw] = estimate.bits() - truth;
            // 400 pairs a critic scatter by about 0.06; three times that and what is not learned.
            assertThat(estimate.bits()).isCloseTo(truth, within(0.2));
            assertThat(estimate.interval().low()).isLessThan(estimate.bits());
            assertThat(estimate.interval().high()).isGreaterThan(estimate.bits());
            assertThat(estimate.heldOutBits()).isEqualTo(estimate.bits());
        }
        assertThat(Arrays.stream(errors).average().orElseThrow())
                .as("mean over draws: not above the truth by more than its own scatter")
                .isBetween(-0.08, 0.06);
    }

    @Test
    void theSameSeedGivesTheSameNumbersOnAnyNumberOfThreads() {
        SamplePairs pairs = StudentSamples.student(700, 2, 2, 3);
        List<Double> one = numbers(train(SMALL, pairs));
        assertThat(numbers(train(SMALL, pairs))).isEqualTo(one);
        try (CpuBackend three = new CpuBackend(3)) {
            assertThat(numbers(new HeldOutCritics(three, SMALL).train(pairs, 1, TrainingListener.SILENT)))
                    .isEqualTo(one);
        }
        assertThat(numbers(new HeldOutCritics(backend, SMALL).train(pairs, 2, TrainingListener.SILENT)))
                .isNotEqualTo(one);
    }

    @Test
    void tooFewSamplesReadNothingAndSaySo() {
        for (int n : new int[] {1, 2, 49}) {
            HeldOutCritics.Readings readings = train(SMALL, GaussianSamples.canonical(n, 2, 2, new double[] {0.5}, 3));
            ContinuousEstimate estimate = readings.estimate(Bound.DV);
            assertThat(estimate.bits()).as("%d samples", n).isNaN();
            assertThat(estimate.warnings()).singleElement().asString().contains(n + " samples are too few");
            assertThat(readings.gain()).isEqualTo(Recommendation.Gain.NONE);
        }
        for (int n : new int[] {50, 51}) {
            for (double holdout : new double[] {0.01, 0.2, 0.5}) {
                HeldOutCritics.Readings readings =
                        train(SMALL.withHoldout(holdout), GaussianSamples.canonical(n, 2, 2, new double[] {0.5}, 3));
                for (Bound bound : Bound.values()) {
                    assertThat(readings.estimate(bound).bits())
                            .as("%s of %d samples, %s held out", bound.label(), n, holdout)
                            .isFinite();
                }
            }
        }
    }

    @Test
    void batchesOfTwoHaveNoJointPairAmongTheirProductPairs() {
        SamplePairs pairs = GaussianSamples.canonical(600, 1, 1, new double[] {0.9}, 4);
        HeldOutCritics.Readings readings =
                train(SMALL.withBatch(2).withSteps(400).withCritics(1), pairs);
        ContinuousEstimate dv = readings.estimate(Bound.DV);
        assertThat(dv.bits())
                .isGreaterThan(readings.closedFormBits() - 0.05)
                .isCloseTo(GaussianSamples.bits(0.9), within(0.3));
        // Each x meets its own y and the one other y there is; from five on, four others.
        assertThat(dv.rowPasses()).isEqualTo(400L * 2 * 2);
        for (int batch : new int[] {3, 5, 6}) {
            int others = Math.min(4, batch - 1);
            assertThat(train(SMALL.withBatch(batch).withSteps(3).withCritics(1), pairs)
                            .estimate(Bound.DV)
                            .rowPasses())
                    .isEqualTo(3L * batch * (1 + others));
        }
    }

    @Test
    void constantSidesReadZeroAndSaySo() {
        float[] constant = new float[120];
        Arrays.fill(constant, 0.1f);
        float[] values = GaussianSamples.canonical(60, 2, 1, new double[0], 3).x();
        for (SamplePairs pairs :
                List.of(new SamplePairs(values, 2, constant, 2), new SamplePairs(constant, 2, values, 2))) {
            ContinuousEstimate estimate = train(SMALL, pairs).estimate(Bound.NWJ);
            assertThat(estimate.bits()).isZero();
            assertThat(estimate.interval()).isEqualTo(new ContinuousEstimate.Interval(0, 0));
            assertThat(estimate.rowPasses()).isZero();
            assertThat(estimate.warnings()).singleElement().asString().contains("constant");
        }
    }

    @Test
    void aListenerThatThrowsStopsAtOnceAndNothingStaysAllocated() {
        SamplePairs pairs = GaussianSamples.canonical(300, 2, 2, new double[] {0.5}, 2);
        for (int last : new int[] {1, 61}) {
            int[] calls = {0};
            assertThatThrownBy(() -> new HeldOutCritics(backend, SMALL).train(pairs, 5, progress -> {
                        if (++calls[0] == last) {
                            throw new IllegalStateException("enough");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("enough");
            assertThat(calls[0]).isEqualTo(last);
            assertThat(backend.allocatedBytes()).isZero();
        }
    }

    @Test
    void rowsJustAboveTheColumnsReadNothingThatIsNotThere() {
        // 42 of 60 rows train, one too few for a ratio of 40 columns; 43 of 62 are just enough.
        for (int n : new int[] {60, 62}) {
            SamplePairs pairs = GaussianSamples.canonical(n, 20, 20, new double[0], 8);
            assertThat(train(SMALL, pairs).estimate(Bound.DV).bits())
                    .as("%d rows", n)
                    .isCloseTo(0, within(0.1));
        }
    }

    @Test
    void wideSidesOfFewRowsReadNothingThatIsNotThere() {
        SamplePairs noise = GaussianSamples.canonical(200, 300, 300, new double[0], 8);
        assertThat(train(SMALL, noise).estimate(Bound.DV).bits()).isCloseTo(0, within(0.15));
        double[] rho = new double[300];
        Arrays.fill(rho, 0.9);
        ContinuousEstimate estimate =
                train(SMALL, GaussianSamples.canonical(200, 300, 300, rho, 8)).estimate(Bound.DV);
        assertThat(estimate.bits()).isLessThanOrEqualTo(estimate.ceilingBits());
        assertThat(estimate.bits()).isGreaterThan(-0.15);
    }

    @Test
    void repeatedRowsReadNoMoreThanTheyHold() {
        SamplePairs once = GaussianSamples.canonical(600, 1, 1, new double[] {0.7}, 9);
        float[] x = new float[1200];
        float[] y = new float[1200];
        for (int i = 0; i < 1200; i++) {
            x[i] = once.x()[i / 2];
            y[i] = once.y()[i / 2];
        }
        // Half of the pairs that judge were seen in training: a small critic does not learn them by heart.
        assertThat(train(SMALL, new SamplePairs(x, 1, y, 1)).estimate(Bound.DV).bits())
                .isCloseTo(GaussianSamples.bits(0.7), within(0.15));
    }

    @Test
    void heavyTailsReadWhatCorrelationsDoNotTell() {
        HeldOutCritics.Readings readings = train(SMALL.withSteps(300), StudentSamples.cauchy(4000, 7));
        assertThat(readings.closedFormBits()).isCloseTo(0, within(0.02));
        // The truth is 0.323 bits; 800 pairs a critic scatter by 0.04.
        assertThat(readings.estimate(Bound.DV).bits()).isBetween(0.18, StudentSamples.cauchyBits() + 0.06);
        assertThat(readings.gain().bits()).isGreaterThan(3 * readings.gain().error());
    }

    @Test
    void trainingThatDoesHarmIsUndone() {
        SamplePairs pairs = GaussianSamples.canonical(500, 1, 1, new double[] {0.8}, 4);
        int[] steps = {0};
        HeldOutSettings wild = SMALL.withLearningRate(100).withSteps(1000).withCritics(1);
        HeldOutCritics.Readings readings = new HeldOutCritics(backend, wild).train(pairs, 1, progress -> steps[0]++);
        // The first weights were the best: the network is 0 there, and what is left is the closed form.
        assertThat(readings.estimate(Bound.DV).bits()).isEqualTo(readings.closedFormBits());
        assertThat(readings.gain()).isEqualTo(new Recommendation.Gain(0, 0));
        assertThat(steps[0]).isEqualTo(HeldOutSettings.PATIENCE);
        assertThat(readings.estimate(Bound.DV).rowPasses()).isEqualTo(400L * 64 * 5);
    }

    @Test
    void equalSidesReadTenBitsOrMoreAndNoNonsense() {
        float[] x = GaussianSamples.canonical(1500, 1, 1, new double[0], 6).x();
        for (double noise : new double[] {0, 1e-6}) {
            float[] y = GaussianSamples.canonical(1500, 1, 1, new double[0], 7).x();
            for (int i = 0; i < y.length; i++) {
                y[i] = (float) (x[i] + noise * y[i]);
            }
            HeldOutCritics.Readings readings = train(SMALL, new SamplePairs(x, 1, y, 1));
            ContinuousEstimate dv = readings.estimate(Bound.DV);
            assertThat(dv.bits()).isBetween(10.0, dv.ceilingBits());
            assertThat(readings.estimate(Bound.NWJ).bits()).isBetween(9.0, dv.bits());
            assertThat(readings.estimate(Bound.SMILE).bits()).isFinite().isPositive();
        }
    }

    @Test
    void ofBlurredPointsNoMoreIsClaimedThanTheirNumberTells() {
        SamplePairs blurred = BlurredPoints.of(40, 6, 1500, 0.02, 5);
        HeldOutCritics.Readings readings = train(SMALL, blurred);
        double most = Math.log(40) / Math.log(2);
        // A covariance takes points far apart for directions in which y follows x.
        assertThat(Gaussian.ofNormalScores()
                        .estimate(blurred, 1, TrainingListener.SILENT)
                        .bits())
                .isGreaterThan(2 * most);
        assertThat(readings.estimate(Bound.DV).bits()).isBetween(1.0, most);
        assertThat(readings.estimate(Bound.NWJ).bits()).isBetween(0.5, most);
    }

    @Test
    void nothingIsClaimedAboveTheLogarithmOfTheProductPairs() {
        double[] rho = new double[4];
        Arrays.fill(rho, 0.99999);
        HeldOutCritics.Readings readings = train(SMALL, GaussianSamples.canonical(500, 4, 4, rho, 3));
        ContinuousEstimate dv = readings.estimate(Bound.DV);
        // All 100 * 99 pairs of the rows that judge.
        assertThat(dv.ceilingBits()).isCloseTo(Math.log(9900) / Math.log(2), within(1e-9));
        assertThat(dv.bits()).isCloseTo(dv.ceilingBits(), within(1e-9));
        assertThat(dv.warnings()).hasSize(2);
        assertThat(dv.warnings().get(0)).contains("at least that much");
        assertThat(dv.warnings().get(1)).contains("fewer than twice what dv reads");
        assertThat(readings.closedFormBits()).isLessThanOrEqualTo(dv.ceilingBits());
        assertThat(readings.estimate(Bound.SMILE).ceilingBits()).isInfinite();
    }

    @Test
    void aReadingIsTheBoundOfATraining() {
        SamplePairs pairs = GaussianSamples.canonical(200, 1, 1, new double[] {0.6}, 4);
        HeldOutCritics critics = new HeldOutCritics(backend, SMALL);
        for (Bound bound : Bound.values()) {
            ContinuousEstimator reading = critics.reading(bound);
            assertThat(reading.name()).isEqualTo(bound.label());
            assertThat(reading.estimate(pairs, 1, TrainingListener.SILENT).bits())
                    .isEqualTo(train(SMALL, pairs).estimate(bound).bits());
        }
    }
}
