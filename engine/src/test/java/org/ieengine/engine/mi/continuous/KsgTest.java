package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;

class KsgTest {
    private static final double NATS = Math.log(2);

    private static ContinuousEstimate estimate(Ksg estimator, SamplePairs pairs) {
        return estimator.estimate(pairs, 1, TrainingListener.SILENT);
    }

    /** x uniform in 0 to 1, y = x + noise uniform in -e to e: 1 / (4 e) nats for e from 1/2 on, e - ln(2 e) below. */
    private static SamplePairs additiveNoise(int n, double e) {
        Philox stream = new Philox(19, 1, 0, 0, 0);
        float[] x = new float[n];
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) stream.uniform(2L * i);
            y[i] = (float) (x[i] + e * (2 * stream.uniform(2L * i + 1) - 1));
        }
        return new SamplePairs(x, 1, y, 1);
    }

    /** Pairs of the bivariate Cauchy law, without correlation: Student's t with one degree of freedom. */
    private static SamplePairs cauchy(int n, int draw) {
        SamplePairs pairs = GaussianSamples.canonical(n, 1, 1, new double[0], 31 + draw);
        Philox stream = new Philox(32 + draw, 3, 0, 0, 0);
        for (int i = 0; i < n; i++) {
            float scale = (float) (1 / Math.abs(stream.normal(i)));
            pairs.x()[i] *= scale;
            pairs.y()[i] *= scale;
        }
        return pairs;
    }

    @Test
    void isTheFormulaOfThePaperOnAHandfulOfRows() {
        // k = 1. Distances to the nearest: 2 (rows 0 and 1), 2 (1 and 0 or 2), 2 (2 and 1), 7 (3 and 1). Strictly
        // nearer
        // in x: {1}, {0}, none, {1, 2}; in y: {2}, {2}, {0, 1}, none.
        double[] harmonic = {0, 1, 1.5, 1.5 + 1 / 3.0};
        double ofX = (harmonic[1] + harmonic[1] + harmonic[0] + harmonic[2]) / 4;
        double ofY = (harmonic[1] + harmonic[1] + harmonic[2] + harmonic[0]) / 4;
        // psi(m + 1) = H_m - gamma; psi(1) + psi(4) - two means: the gammas cancel.
        double expected = harmonic[3] - ofX - ofY;
        double[][] x = {{0, 1, 3, 7}};
        double[][] y = {{0, 2, 1, 9}};
        assertEquals(expected, new Ksg(1, Ksg.Margins.STANDARDISED).nats(x, y), 1e-12);
    }

    @Test
    void readsTheClosedFormOfNormalPairs() {
        for (int k : new int[] {3, 5, 10}) {
            for (Ksg.Margins margins : Ksg.Margins.values()) {
                for (double rho : new double[] {0, 0.6, -0.95}) {
                    SamplePairs pairs = GaussianSamples.canonical(5000, 1, 1, new double[] {rho}, 41);
                    // One estimate scatters by 0.015 nats; three times that.
                    assertEquals(
                            GaussianSamples.bits(rho) * NATS,
                            estimate(new Ksg(k, margins), pairs).bits() * NATS,
                            0.045,
                            margins + " k " + k + " rho " + rho);
                }
            }
        }
    }

    @Test
    void readsTheClosedFormInThreeDimensionsASide() {
        SamplePairs pairs = GaussianSamples.canonical(10_000, 3, 3, new double[] {0.5, 0.5, 0.5}, 43);
        double truth = GaussianSamples.bits(0.5, 0.5, 0.5) * NATS;
        double nats = estimate(new Ksg(), pairs).bits() * NATS;
        // The bias is 0.02 downwards, the scatter 0.01.
        assertEquals(truth - 0.015, nats, 0.035);
    }

    @Test
    void readsAdditiveUniformNoise() {
        for (double e : new double[] {0.1, 0.4, 0.75, 2}) {
            double truth = e > 0.5 ? 1 / (4 * e) : e - Math.log(2 * e);
            for (Ksg.Margins margins : Ksg.Margins.values()) {
                double nats =
                        estimate(new Ksg(3, margins), additiveNoise(10_000, e)).bits() * NATS;
                assertEquals(truth, nats, 0.04, margins + " e " + e);
            }
        }
    }

    @Test
    void normalScoresBringHeavyTailsHome() {
        // f(1) + f(3) - 2 f(2) with f(v) = ln Gamma(v/2) - v/2 psi(v/2).
        double truth = Math.log(8 * Math.PI) - 3;
        double scored = 0;
        double standardised = 0;
        for (int draw = 0; draw < 5; draw++) {
            SamplePairs pairs = cauchy(2000, draw);
            scored += estimate(new Ksg(), pairs).bits() * NATS / 5;
            standardised +=
                    estimate(new Ksg(3, Ksg.Margins.STANDARDISED), pairs).bits() * NATS / 5;
        }
        // Both scatter by 0.01; standardised columns are biased by 0.08.
        assertEquals(truth, scored, 0.035);
        assertTrue(standardised < truth - 0.045, "standardised columns read " + standardised);
    }

    @Test
    void increasingMapsOfColumnsChangeNothingUnderNormalScores() {
        SamplePairs pairs = GaussianSamples.canonical(1500, 2, 1, new double[] {0.8}, 47);
        float[] x = pairs.x().clone();
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.exp(2 * x[i]);
        }
        assertEquals(
                estimate(new Ksg(), pairs).bits(),
                estimate(new Ksg(), new SamplePairs(x, 2, pairs.y(), 1)).bits(),
                0);
    }

    @Test
    void unitsOfColumnsDoNotMatter() {
        SamplePairs pairs = GaussianSamples.canonical(1500, 2, 2, new double[] {0.8}, 47);
        float[] x = pairs.x().clone();
        for (int i = 0; i < x.length; i += 2) {
            x[i] *= 1024;
        }
        for (Ksg.Margins margins : Ksg.Margins.values()) {
            assertEquals(
                    estimate(new Ksg(3, margins), pairs).bits(),
                    estimate(new Ksg(3, margins), new SamplePairs(x, 2, pairs.y(), 2))
                            .bits(),
                    0);
        }
    }

    @Test
    void equalSidesReadTheCeilingAndSaySo() {
        float[] x = new float[800];
        new Philox(4, 1, 0, 0, 0).normals(0, 1, x);
        ContinuousEstimate estimate = estimate(new Ksg(), new SamplePairs(x, 1, x, 1));
        assertEquals(estimate.ceilingBits(), estimate.bits(), 1e-9);
        assertEquals((Digamma.of(800) - Digamma.of(3)) / NATS, estimate.ceilingBits(), 1e-12);
        assertTrue(
                estimate.warnings().get(0).contains("may be larger"),
                estimate.warnings().toString());
    }

    @Test
    void repeatedRowsAreCountedAndSaid() {
        int n = 4000;
        Philox stream = new Philox(6, 1, 0, 0, 0);
        float[] x = new float[n];
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = stream.below(8, i);
            y[i] = x[i] % 4;
        }
        ContinuousEstimate estimate = estimate(new Ksg(), new SamplePairs(x, 1, y, 1));
        // y is two bits of x's three.
        assertEquals(2, estimate.bits(), 0.01);
        assertTrue(
                estimate.warnings().get(0).contains("4000 of 4000 rows"),
                estimate.warnings().toString());
    }

    @Test
    void intervalsHoldTheTruthAboutAsOftenAsTheySay() {
        int held = 0;
        double truth = GaussianSamples.bits(0.6);
        for (int seed = 0; seed < 100; seed++) {
            ContinuousEstimate.Interval interval = estimate(
                            new Ksg(), GaussianSamples.canonical(500, 1, 1, new double[] {0.6}, 200 + seed))
                    .interval();
            held += interval.low() <= truth && truth <= interval.high() ? 1 : 0;
        }
        assertTrue(held >= 86, held + " of 100");
    }

    @Test
    void constantSidesReadZeroAndSaySo() {
        float[] values = new float[300];
        new Philox(4, 1, 0, 0, 0).normals(0, 1, values);
        float[] constant = new float[100];
        Arrays.fill(constant, 0.1f);
        for (Ksg.Margins margins : Ksg.Margins.values()) {
            for (SamplePairs pairs :
                    List.of(new SamplePairs(values, 3, constant, 1), new SamplePairs(constant, 1, values, 3))) {
                ContinuousEstimate estimate = estimate(new Ksg(3, margins), pairs);
                assertEquals(0, estimate.bits(), 0);
                assertEquals(1, estimate.warnings().size());
                assertTrue(
                        estimate.warnings().get(0).contains("is constant"),
                        estimate.warnings().get(0));
            }
        }
    }

    @Test
    void tooFewRowsReadNothingAndSaySo() {
        for (int n : new int[] {1, 2, 4}) {
            ContinuousEstimate estimate = estimate(new Ksg(), GaussianSamples.canonical(n, 2, 2, new double[0], 3));
            assertTrue(Double.isNaN(estimate.bits()), n + " rows read " + estimate.bits());
            assertEquals(1, estimate.warnings().size());
        }
        assertTrue(Double.isFinite(estimate(new Ksg(), GaussianSamples.canonical(5, 2, 2, new double[0], 3))
                .bits()));
        assertThrows(IllegalArgumentException.class, () -> new Ksg(0, Ksg.Margins.STANDARDISED));
    }

    @Test
    void manyColumnsAreSaidToReadTooLittle() {
        double[] rho = {0.8, 0.8};
        ContinuousEstimate estimate = estimate(new Ksg(), GaussianSamples.canonical(1000, 5, 5, rho, 3));
        assertTrue(estimate.bits() < 0.8 * GaussianSamples.bits(rho), "read " + estimate.bits());
        assertTrue(
                estimate.warnings().get(0).contains("10 columns"),
                estimate.warnings().toString());
    }

    @Test
    void stopsWhenTheListenerThrows() {
        SamplePairs pairs = GaussianSamples.canonical(3000, 2, 2, new double[] {0.5}, 2);
        int[] calls = {0};
        assertThrows(IllegalStateException.class, () -> new Ksg().estimate(pairs, 5, progress -> {
            if (++calls[0] == 4) {
                throw new IllegalStateException("enough");
            }
        }));
        assertEquals(4, calls[0]);
    }
}
