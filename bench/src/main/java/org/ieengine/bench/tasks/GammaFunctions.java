package org.ieengine.bench.tasks;

/**
 * ln Gamma and digamma of positive arguments in float64: raised by their recurrences to 12 or more, then Stirling's series
 * (Abramowitz and Stegun 6.1.41 and 6.3.18); errors below 1e-13.
 */
final class GammaFunctions {
    private static final double LARGE = 12;

    private GammaFunctions() {}

    /** ln Gamma(x), x > 0. */
    static double logGamma(double x) {
        double shift = 0;
        double z = x;
        for (; z < LARGE; z++) {
            shift += Math.log(z);
        }
        double s = 1 / (z * z);
        double series = (1 / 12d - s * (1 / 360d - s * (1 / 1260d - s * (1 / 1680d - s / 1188)))) / z;
        return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
    }

    /** The derivative of ln Gamma at x > 0. */
    static double digamma(double x) {
        double shift = 0;
        double z = x;
        for (; z < LARGE; z++) {
            shift += 1 / z;
        }
        double s = 1 / (z * z);
        double series = s * (1 / 12d - s * (1 / 120d - s * (1 / 252d - s * (1 / 240d - s / 132))));
        return Math.log(z) - 0.5 / z - series - shift;
    }
}
