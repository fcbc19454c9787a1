package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ieengine.engine.mi.continuous.GaussianRatio.Kept;
import org.junit.jupiter.api.Test;

class GaussianRatioTest {
    /** ln N(z; C) - ln N(x; Cx) - ln N(y; Cy) for rows i of x and j of y, from the sample covariances themselves. */
    private static double densityRatio(SamplePairs pairs, int i, int j) {
        int dx = pairs.dx();
        int d = dx + pairs.dy();
        DMatrixRMaj z = new DMatrixRMaj(pairs.size(), d);
        for (int row = 0; row < pairs.size(); row++) {
            for (int c = 0; c < d; c++) {
                z.set(row, c, c < dx ? pairs.x()[row * dx + c] : pairs.y()[row * pairs.dy() + c - dx]);
            }
        }
        DMatrixRMaj mean = CommonOps_DDRM.sumCols(z, null);
        CommonOps_DDRM.divide(mean, pairs.size());
        for (int row = 0; row < pairs.size(); row++) {
            for (int c = 0; c < d; c++) {
                z.add(row, c, -mean.get(c));
            }
        }
        DMatrixRMaj covariance = new DMatrixRMaj(d, d);
        CommonOps_DDRM.multTransA(1.0 / pairs.size(), z, z, covariance);
        DMatrixRMaj point = CommonOps_DDRM.extract(z, i, i + 1, 0, d);
        for (int c = dx; c < d; c++) {
            point.set(0, c, z.get(j, c));
        }
        return logDensity(point, covariance, 0, d)
                - logDensity(point, covariance, 0, dx)
                - logDensity(point, covariance, dx, d);
    }

    private static double logDensity(DMatrixRMaj row, DMatrixRMaj covariance, int from, int to) {
        DMatrixRMaj part = CommonOps_DDRM.extract(row, 0, 1, from, to);
        DMatrixRMaj of = CommonOps_DDRM.extract(covariance, from, to, from, to);
        DMatrixRMaj inverse = new DMatrixRMaj(to - from, to - from);
        CommonOps_DDRM.invert(of, inverse);
        DMatrixRMaj half = new DMatrixRMaj(1, to - from);
        CommonOps_DDRM.mult(part, inverse, half);
        return -(CommonOps_DDRM.dot(half, part) + Math.log(CommonOps_DDRM.det(of))) / 2;
    }

    @Test
    void scoresAreTheLogRatioOfTheFittedDensities() {
        SamplePairs plain = GaussianSamples.canonical(300, 4, 3, new double[] {0.9, 0.3}, 5);
        SamplePairs pairs = new SamplePairs(GaussianSamples.mixed(plain.x(), 4, 1), 4, plain.y(), 3);
        GaussianRatio ratio = GaussianRatio.fit(pairs, GaussianSamples.allRows(pairs), Kept.ALL);
        assertEquals(3, ratio.components());
        float[] u = ratio.projectX(pairs.x());
        float[] v = ratio.projectY(pairs.y());
        for (int i = 0; i < 20; i++) {
            // Projections are float32: 1e-5 of scores up to about 10.
            assertEquals(densityRatio(pairs, i, 7 * i), ratio.score(u, i, v, 7 * i), 1e-4, "pair " + i);
        }
    }

    @Test
    void projectionsAreWhiteAndCorrelatedOneByOne() {
        SamplePairs pairs = GaussianSamples.canonical(1000, 5, 7, new double[] {0.8, 0.5, 0.2}, 9);
        GaussianRatio ratio = GaussianRatio.fit(pairs, GaussianSamples.allRows(pairs), Kept.ALL);
        float[] u = ratio.projectX(pairs.x());
        float[] v = ratio.projectY(pairs.y());
        for (int a = 0; a < 5; a++) {
            for (int b = 0; b < 5; b++) {
                double own = 0;
                double cross = 0;
                for (int row = 0; row < 1000; row++) {
                    own += u[row * 5 + a] * u[row * 5 + b];
                    cross += u[row * 5 + a] * v[row * 5 + b];
                }
                assertEquals(a == b ? 1 : 0, own / 1000, 1e-5);
                assertEquals(a == b ? ratio.correlations()[a] : 0, cross / 1000, 1e-5);
            }
        }
    }

    @Test
    void noiseLeavesNoComponentAboveItsEdge() {
        SamplePairs pairs = GaussianSamples.canonical(1500, 40, 60, new double[0], 2);
        GaussianRatio all = GaussianRatio.fit(pairs, GaussianSamples.allRows(pairs), Kept.ALL);
        GaussianRatio kept = GaussianRatio.fit(pairs, GaussianSamples.allRows(pairs), Kept.ABOVE_NOISE);
        assertEquals(40, all.components());
        assertTrue(all.nats() > 0.7, "noise alone fits " + all.nats());
        assertEquals(0, kept.components());
        assertEquals(0, kept.score(kept.projectX(pairs.x()), 0, kept.projectY(pairs.y()), 3), 0);
    }

    @Test
    void correlationsAboveTheNoiseAreThoseOfTheTruth() {
        double[] rho = {0.9, 0.7, 0.6};
        SamplePairs pairs = GaussianSamples.canonical(2000, 40, 40, rho, 4);
        double[] measured = GaussianRatio.fit(pairs, GaussianSamples.allRows(pairs), Kept.ALL)
                .correlations();
        double[] kept = GaussianRatio.fit(pairs, GaussianSamples.allRows(pairs), Kept.ABOVE_NOISE)
                .correlations();
        assertEquals(3, kept.length);
        for (int k = 0; k < 3; k++) {
            // Three standard errors (1 - rho^2) / sqrt(n); the third, as measured, is 0.018 too large.
            assertEquals(rho[k], kept[k], 3 * (1 - rho[k] * rho[k]) / Math.sqrt(2000), "component " + k);
            assertTrue(kept[k] < measured[k]);
        }
    }

    @Test
    void repeatedMixedAndConstantColumnsChangeNoScore() {
        SamplePairs plain = GaussianSamples.canonical(400, 2, 2, new double[] {0.8, 0.4}, 6);
        float[] wide = new float[400 * 5];
        for (int row = 0; row < 400; row++) {
            float a = plain.x()[2 * row];
            float b = plain.x()[2 * row + 1];
            System.arraycopy(new float[] {a, 3, b, a, 2 * a - 3 * b + 1000}, 0, wide, 5 * row, 5);
        }
        SamplePairs widened = new SamplePairs(wide, 5, plain.y(), 2);
        GaussianRatio one = GaussianRatio.fit(plain, GaussianSamples.allRows(plain), Kept.ALL);
        GaussianRatio other = GaussianRatio.fit(widened, GaussianSamples.allRows(plain), Kept.ALL);
        assertArrayEquals(one.correlations(), other.correlations(), 1e-6);
        float[] u = one.projectX(plain.x());
        float[] v = one.projectY(plain.y());
        float[] otherU = other.projectX(wide);
        float[] otherV = other.projectY(plain.y());
        for (int i = 0; i < 400; i++) {
            // The last column has a mean of 1000 in float32: 3e-5 of its deviation.
            assertEquals(one.score(u, i, v, 399 - i), other.score(otherU, i, otherV, 399 - i), 2e-3);
        }
    }

    @Test
    void constantSidesHaveRatioZero() {
        SamplePairs pairs = new SamplePairs(new float[] {1, 2, 3, 4}, 1, new float[] {5, 5, 5, 5}, 1);
        GaussianRatio ratio = GaussianRatio.fit(pairs, new int[] {0, 1, 2, 3}, Kept.ALL);
        assertEquals(0, ratio.components());
        assertEquals(0, ratio.nats(), 0);
    }

    @Test
    void asManyColumnsAsRowsAreRefused() {
        SamplePairs pairs = GaussianSamples.canonical(8, 4, 4, new double[] {0.5}, 1);
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> GaussianRatio.fit(pairs, GaussianSamples.allRows(pairs), Kept.ALL));
        assertTrue(refused.getMessage().contains("8 rows"), refused.getMessage());
    }
}
