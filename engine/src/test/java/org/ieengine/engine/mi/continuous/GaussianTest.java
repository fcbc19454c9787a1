package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;

class GaussianTest {
    private static final List<Gaussian> BOTH = List.of(Gaussian.ofValues(), Gaussian.ofNormalScores());

    private static ContinuousEstimate estimate(Gaussian estimator, SamplePairs pairs) {
        return estimator.estimate(pairs, 1, TrainingListener.SILENT);
    }

    /** y = x in the first column of three, noise elsewhere; the column as the map makes it. */
    private static SamplePairs wide(int n, DoubleUnaryOperator ofShared) {
        SamplePairs pairs = GaussianSamples.canonical(n, 3, 2, new double[0], 3);
        float[] y = pairs.y().clone();
        for (int row = 0; row < n; row++) {
            y[2 * row] = (float) ofShared.applyAsDouble(pairs.x()[3 * row]);
        }
        return new SamplePairs(pairs.x(), 3, y, 2);
    }

    @Test
    void readsTheClosedFormOfBivariateNormals() {
        for (double rho : new double[] {0, 0.3, 0.75, -0.95, 0.999}) {
            SamplePairs pairs = GaussianSamples.canonical(10_000, 1, 1, new double[] {rho}, 17);
            for (Gaussian estimator : BOTH) {
                // Standard error |rho| / sqrt(N) nats: 0.0144 bits at most; three of them, and 0.002 for rho = 0.
                double band = 3 * Math.abs(rho) / Math.sqrt(10_000) / Math.log(2) + 0.002;
                ContinuousEstimate estimate = estimate(estimator, pairs);
                assertEquals(GaussianSamples.bits(rho), estimate.bits(), band, estimator.name() + " at " + rho);
                assertEquals(List.of(), estimate.warnings());
            }
        }
    }

    @Test
    void readsTheClosedFormInManyDimensionsMixedOrNot() {
        double[] rho = {0.9, 0.8, 0.5, 0.3, 0.1};
        SamplePairs pairs = GaussianSamples.canonical(20_000, 12, 9, rho, 23);
        SamplePairs mixed =
                new SamplePairs(GaussianSamples.mixed(pairs.x(), 12, 1), 12, GaussianSamples.mixed(pairs.y(), 9, 2), 9);
        // Standard error sqrt(sum rho^2 / N) nats = 0.0137 bits.
        double band = 0.04;
        assertEquals(
                GaussianSamples.bits(rho), estimate(Gaussian.ofValues(), pairs).bits(), band);
        assertEquals(
                GaussianSamples.bits(rho),
                estimate(Gaussian.ofNormalScores(), pairs).bits(),
                band);
        assertEquals(
                estimate(Gaussian.ofValues(), pairs).bits(),
                estimate(Gaussian.ofValues(), mixed).bits(),
                1e-5);
    }

    @Test
    void isUnbiasedWhereColumnsAreMany() {
        // 30 + 30 independent columns, 200 rows: uncorrected it reads 4.3 bits.
        double sum = 0;
        int repeats = 40;
        for (int seed = 0; seed < repeats; seed++) {
            SamplePairs pairs = GaussianSamples.canonical(200, 30, 30, new double[] {0.7}, seed);
            sum += estimate(Gaussian.ofValues(), pairs).bits();
        }
        // One estimate scatters by 0.19 bits, the mean of 40 by 0.03.
        assertEquals(GaussianSamples.bits(0.7), sum / repeats, 0.1);
    }

    @Test
    void normalScoresDoNotSeeIncreasingMapsOfColumns() {
        SamplePairs pairs = GaussianSamples.canonical(2000, 2, 2, new double[] {0.9, 0.4}, 8);
        float[] x = pairs.x().clone();
        float[] y = pairs.y().clone();
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.exp(2 * x[i]);
            y[i] = i % 2 == 0 ? (float) Math.sinh(y[i]) : (float) Math.atan(y[i]);
        }
        assertEquals(
                estimate(Gaussian.ofNormalScores(), pairs).bits(),
                estimate(Gaussian.ofNormalScores(), new SamplePairs(x, 2, y, 2)).bits(),
                0);
    }

    @Test
    void intervalsHoldTheTruthAsOftenAsTheySay() {
        int held = 0;
        double truth = GaussianSamples.bits(0.6, 0.3);
        for (int seed = 0; seed < 100; seed++) {
            SamplePairs pairs = GaussianSamples.canonical(500, 3, 3, new double[] {0.6, 0.3}, 100 + seed);
            ContinuousEstimate.Interval interval =
                    estimate(Gaussian.ofValues(), pairs).interval();
            held += interval.low() <= truth && truth <= interval.high() ? 1 : 0;
        }
        // Binomial(100, 0.95) is within 88 and 100 but for one case in 400.
        assertTrue(held >= 88, held + " of 100");
    }

    @Test
    void heldOutValueIsCloseToTheTruthAndZeroForNoise() {
        SamplePairs pairs = GaussianSamples.canonical(20_000, 6, 6, new double[] {0.6, 0.5}, 12);
        assertEquals(
                GaussianSamples.bits(0.6, 0.5),
                estimate(Gaussian.ofValues(), pairs).heldOutBits(),
                0.06);
        SamplePairs noise = GaussianSamples.canonical(500, 40, 40, new double[0], 12);
        assertEquals(0, estimate(Gaussian.ofValues(), noise).heldOutBits(), 0);
    }

    @Test
    void constantSidesReadZeroAndSaySo() {
        float[] values = new float[300];
        new Philox(4, 1, 0, 0, 0).normals(0, 1, values);
        float[] constant = new float[100];
        Arrays.fill(constant, 0.1f);
        for (Gaussian estimator : BOTH) {
            for (SamplePairs pairs :
                    List.of(new SamplePairs(values, 3, constant, 1), new SamplePairs(constant, 1, values, 3))) {
                ContinuousEstimate estimate = estimate(estimator, pairs);
                assertEquals(0, estimate.bits(), 0);
                assertEquals(1, estimate.warnings().size());
                assertTrue(
                        estimate.warnings().get(0).contains("is constant"),
                        estimate.warnings().get(0));
            }
        }
    }

    @Test
    void redundantColumnsAreLeftOutAloud() {
        SamplePairs plain = GaussianSamples.canonical(1000, 2, 1, new double[] {0.8}, 6);
        float[] x = new float[5000];
        for (int row = 0; row < 1000; row++) {
            float a = plain.x()[2 * row];
            float b = plain.x()[2 * row + 1];
            System.arraycopy(new float[] {a, b, 7, a - b, b}, 0, x, 5 * row, 5);
        }
        ContinuousEstimate estimate = estimate(Gaussian.ofValues(), new SamplePairs(x, 5, plain.y(), 1));
        assertEquals(estimate(Gaussian.ofValues(), plain).bits(), estimate.bits(), 1e-6);
        assertEquals(
                List.of(
                        "1 of 5 columns of x are constant and were left out",
                        "2 of 5 columns of x are linear functions of the others and were left out"),
                estimate.warnings());
    }

    @Test
    void linearFunctionsReadWhatRoundingLeavesAndSayThatItIsInfinite() {
        ContinuousEstimate estimate = estimate(Gaussian.ofValues(), wide(500, x -> 3 * x - 1));
        assertTrue(estimate.bits() > 18 && estimate.bits() < 21, "read " + estimate.bits());
        assertTrue(
                estimate.warnings().get(0).contains("infinite"),
                estimate.warnings().toString());
        ContinuousEstimate monotone = estimate(Gaussian.ofNormalScores(), wide(500, Math::exp));
        assertTrue(monotone.bits() > 18 && monotone.bits() < 21, "read " + monotone.bits());
    }

    @Test
    void tooFewRowsReadNothingAndSaySo() {
        for (Gaussian estimator : BOTH) {
            for (int n : new int[] {1, 2, 3, 8}) {
                ContinuousEstimate estimate =
                        estimate(estimator, GaussianSamples.canonical(n, 4, 3, new double[] {0.5}, 2));
                assertTrue(Double.isNaN(estimate.bits()), n + " rows read " + estimate.bits());
                assertEquals(1, estimate.warnings().size(), n + " rows");
            }
        }
        SamplePairs enough = GaussianSamples.canonical(9, 4, 3, new double[] {0.5}, 2);
        assertTrue(Double.isFinite(estimate(Gaussian.ofValues(), enough).bits()));
        SamplePairs wider = GaussianSamples.canonical(50, 80, 3, new double[] {0.5}, 2);
        assertTrue(Double.isNaN(estimate(Gaussian.ofValues(), wider).bits()));
    }

    @Test
    void sameSeedGivesTheSameBits() {
        SamplePairs pairs = GaussianSamples.canonical(3000, 40, 30, new double[] {0.5}, 2);
        ContinuousEstimate one = Gaussian.ofValues().estimate(pairs, 5, TrainingListener.SILENT);
        ContinuousEstimate again = Gaussian.ofValues().estimate(pairs, 5, TrainingListener.SILENT);
        assertEquals(one.bits(), again.bits(), 0);
        assertEquals(one.interval(), again.interval());
        assertEquals(one.heldOutBits(), again.heldOutBits(), 0);
    }

    @Test
    void stopsWhenTheListenerThrows() {
        SamplePairs pairs = GaussianSamples.canonical(300, 2, 2, new double[] {0.5}, 2);
        int[] calls = {0};
        assertThrows(IllegalStateException.class, () -> Gaussian.ofValues().estimate(pairs, 5, progress -> {
            if (++calls[0] == 22) {
                throw new IllegalStateException("enough");
            }
        }));
        assertEquals(22, calls[0]);
    }
}
