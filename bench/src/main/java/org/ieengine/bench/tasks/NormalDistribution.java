package org.ieengine.bench.tasks;

/** The standard normal distribution in float64. */
final class NormalDistribution {
    private static final double SQRT_TWO_PI = Math.sqrt(2 * Math.PI);
    /** Beyond it the continued fraction converges faster than the series. */
    private static final double TAIL = 3;

    private static final int FRACTIONS = 80;

    private NormalDistribution() {}

    /** Density at x. */
    static double density(double x) {
        return Math.exp(-x * x / 2) / SQRT_TWO_PI;
    }

    /**
     * P(Z <= x), with a relative error below 1e-12 in the lower tail too: the series of odd powers over double factorials in the
     * middle (Marsaglia 2004, "Evaluating the normal distribution", J. Stat. Software 11(4)), Laplace's continued fraction of
     * the tail beyond 3 (Abramowitz and Stegun 26.2.14).
     */
    static double cumulative(double x) {
        if (x < -TAIL) {
            return upperTail(-x);
        }
        if (x > TAIL) {
            return 1 - upperTail(x);
        }
        double term = x;
        double sum = x;
        for (int odd = 3; sum != sum + term; odd += 2) {
            term *= x * x / odd;
            sum += term;
        }
        return 0.5 + density(x) * sum;
    }

    private static double upperTail(double x) {
        double fraction = x;
        for (int k = FRACTIONS; k >= 1; k--) {
            fraction = x + k / fraction;
        }
        return density(x) / fraction;
    }
}
