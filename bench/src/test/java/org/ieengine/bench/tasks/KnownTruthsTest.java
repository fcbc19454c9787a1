package org.ieengine.bench.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.ToDoubleBiFunction;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ieengine.bench.tasks.BaseLaws.Pairs;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Closed forms against the mean of the true log density ratio over draws. A wrong draw or a wrong truth shows: the densities here
 * are written from covariances and definitions, not from how the draws are made.
 */
class KnownTruthsTest {
    private static final int N = 100_000;
    private static final double STANDARD_ERRORS = 4;

    private static void requireMean(KnownTask task, ToDoubleBiFunction<double[], double[]> logRatio) {
        SamplePairs pairs = task.raw(N, 11);
        double sum = 0;
        double squares = 0;
        double[] x = new double[task.dx()];
        double[] y = new double[task.dy()];
        for (int row = 0; row < N; row++) {
            for (int i = 0; i < x.length; i++) {
                x[i] = pairs.x()[row * x.length + i];
            }
            for (int i = 0; i < y.length; i++) {
                y[i] = pairs.y()[row * y.length + i];
            }
            double value = logRatio.applyAsDouble(x, y);
            sum += value;
            squares += value * value;
        }
        double mean = sum / N;
        double error = Math.sqrt((squares / N - mean * mean) / N);
        assertThat(error).as("standard error").isLessThan(0.006);
        assertThat(mean).as(task.name()).isCloseTo(task.truth(), within(STANDARD_ERRORS * error));
    }

    /** ln p(x, y) - ln p(x) - ln p(y) of a normal law with this covariance of (x, y). */
    private static ToDoubleBiFunction<double[], double[]> normalRatio(DMatrixRMaj covariance, int dx) {
        int n = covariance.numRows;
        DMatrixRMaj covarianceX = CommonOps_DDRM.extract(covariance, 0, dx, 0, dx);
        DMatrixRMaj covarianceY = CommonOps_DDRM.extract(covariance, dx, n, dx, n);
        double determinants = 0.5
                * Math.log(CommonOps_DDRM.det(covarianceX)
                        * CommonOps_DDRM.det(covarianceY)
                        / CommonOps_DDRM.det(covariance));
        DMatrixRMaj inverse = inverse(covariance);
        DMatrixRMaj inverseX = inverse(covarianceX);
        DMatrixRMaj inverseY = inverse(covarianceY);
        return (x, y) -> {
            double[] both = joined(x, y);
            return determinants - 0.5 * (quadratic(inverse, both) - quadratic(inverseX, x) - quadratic(inverseY, y));
        };
    }

    private static double[] joined(double[] x, double[] y) {
        double[] both = new double[x.length + y.length];
        System.arraycopy(x, 0, both, 0, x.length);
        System.arraycopy(y, 0, both, x.length, y.length);
        return both;
    }

    private static DMatrixRMaj inverse(DMatrixRMaj matrix) {
        DMatrixRMaj result = matrix.copy();
        assertThat(CommonOps_DDRM.invert(result)).isTrue();
        return result;
    }

    private static double quadratic(DMatrixRMaj matrix, double[] v) {
        double sum = 0;
        for (int i = 0; i < v.length; i++) {
            for (int j = 0; j < v.length; j++) {
                sum += v[i] * matrix.get(i, j) * v[j];
            }
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 0.75", "3, 3, 2, 0.8", "5, 4, 2, -0.5"})
    void pairedNormal(int dx, int dy, int pairs, double rho) {
        DMatrixRMaj covariance = CommonOps_DDRM.identity(dx + dy);
        for (int i = 0; i < pairs; i++) {
            covariance.set(i, dx + i, rho);
            covariance.set(dx + i, i, rho);
        }
        requireMean(BaseLaws.pairedNormal("paired", dx, dy, new Pairs(pairs, rho)), normalRatio(covariance, dx));
    }

    @ParameterizedTest
    @CsvSource({"2, 2, 0.5", "5, 5, 0.5", "3, 1, 0.3"})
    void denseNormal(int dx, int dy, double rho) {
        DMatrixRMaj covariance = new DMatrixRMaj(dx + dy, dx + dy);
        CommonOps_DDRM.fill(covariance, rho);
        for (int i = 0; i < dx + dy; i++) {
            covariance.set(i, i, 1);
        }
        requireMean(BaseLaws.denseNormal("dense", dx, dy, rho), normalRatio(covariance, dx));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 2", "6, 2"})
    void rotatedNormal(int d, double truth) {
        KnownTask task = BaseLaws.rotatedNormal("rotated", d, truth);
        double rho = Math.sqrt(1 - Math.exp(-2 * truth / d));
        DMatrixRMaj covariance = CommonOps_DDRM.identity(2 * d);
        RandomRotation rotation = new RandomRotation(d);
        double largest = 0;
        for (int i = 0; i < d; i++) {
            double[] unit = new double[d];
            unit[i] = 1;
            double[] image = new double[d];
            rotation.addTo(unit, 1, image);
            for (int j = 0; j < d; j++) {
                covariance.set(i, d + j, rho * image[j]);
                covariance.set(d + j, i, rho * image[j]);
                largest = Math.max(largest, Math.abs(image[j]));
            }
        }
        assertThat(largest).as("not a permutation of coordinates").isLessThan(d == 1 ? 1.0001 : 0.999);
        double exact = 0.5 * -Math.log(CommonOps_DDRM.det(covariance));
        assertThat(exact).isCloseTo(truth, within(1e-10 * Math.exp(2 * truth / d)));
        requireMean(task, normalRatio(covariance, d));
    }

    /** Gamma(k / 2) by its recurrence from Gamma(1/2) and Gamma(1), independent of the series that the truth uses. */
    private static double gammaOfHalf(int k) {
        double value = k % 2 == 0 ? 1 : Math.sqrt(Math.PI);
        for (int i = k % 2 == 0 ? 2 : 1; i < k; i += 2) {
            value *= i / 2d;
        }
        return value;
    }

    private static double logStudentDensity(double[] z, int v) {
        double square = 0;
        for (double c : z) {
            square += c * c;
        }
        double constant = gammaOfHalf(v + z.length) / (gammaOfHalf(v) * Math.pow(v * Math.PI, z.length / 2d));
        return Math.log(constant) - (v + z.length) / 2d * Math.log1p(square / v);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 2, 1", "2, 2, 2", "3, 3, 2", "3, 3, 3", "5, 5, 2", "5, 5, 3", "1, 4, 5"})
    void student(int dx, int dy, int v) {
        requireMean(
                BaseLaws.student("student", dx, dy, v),
                (x, y) -> logStudentDensity(joined(x, y), v) - logStudentDensity(x, v) - logStudentDensity(y, v));
    }

    @Test
    void studentOfOneDegreeOfFreedomInOneDimensionEachHasAClosedFormOfItsOwn() {
        assertThat(BaseLaws.student("student", 1, 1, 1).truth()).isCloseTo(Math.log(8 * Math.PI) - 3, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"0.1", "0.5", "0.75", "3"})
    void uniformNoise(double eps) {
        // The density of y is the length of (y - eps, y + eps) inside (0, 1), over 2 eps; that of y given x is 1 / (2
        // eps).
        requireMean(
                BaseLaws.uniformNoise("noise", eps),
                (x, y) -> -Math.log(Math.min(1, y[0] + eps) - Math.max(0, y[0] - eps)));
    }
}
