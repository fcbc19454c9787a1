package org.ieengine.engine.cpu;

/**
 * Sums of exponentials of float32 arrays. The exponential is a power: (e^{x / 64})^64 with a polynomial of degree 7 inside, plain
 * multiplications that the compiler turns into vector code, relative error below 1e-5. Arguments below -43 count as -43: a term is
 * then at most 2e-19 of the greatest.
 */
final class ExponentialLoops {
    private static final float LOWEST = -43f;
    private static final float CENTRE = 0.34f;
    /** e^{-64 CENTRE}: undoes the shift of the polynomial's argument. */
    private static final double UNSHIFT = Math.exp(-64 * (double) CENTRE);

    private ExponentialLoops() {}

    /** ln sum e^{values[i]} for i from {@code from} to {@code to}; minus infinity for none. */
    static double logSum(float[] values, int from, int to, float[] terms) {
        if (from >= to) {
            return Double.NEGATIVE_INFINITY;
        }
        float greatest = greatest(values, from, to);
        if (!(greatest > Float.NEGATIVE_INFINITY && greatest < Float.POSITIVE_INFINITY)) {
            return greatest;
        }
        powers(values, from, to - from, greatest, terms);
        return greatest + Math.log(sum(terms, to - from) * UNSHIFT);
    }

    /** The greatest value; NaNs are passed over, and show in the exponentials themselves. */
    static float greatest(float[] values, int from, int to) {
        float a = Float.NEGATIVE_INFINITY;
        float b = a;
        float c = a;
        float d = a;
        int i = from;
        for (; i + 3 < to; i += 4) {
            a = values[i] > a ? values[i] : a;
            b = values[i + 1] > b ? values[i + 1] : b;
            c = values[i + 2] > c ? values[i + 2] : c;
            d = values[i + 3] > d ? values[i + 3] : d;
        }
        for (; i < to; i++) {
            a = values[i] > a ? values[i] : a;
        }
        return Math.max(Math.max(a, b), Math.max(c, d));
    }

    /** terms[i] = e^{max(values[from + i] - greatest, -43) + 64 CENTRE}. */
    private static void powers(float[] values, int from, int count, float greatest, float[] terms) {
        // Copied first: a loop that reads at an offset is not vectorised (OpenJDK 17), and takes 13 times as long.
        System.arraycopy(values, from, terms, 0, count);
        for (int i = 0; i < count; i++) {
            float x = Math.fma(Math.max(terms[i] - greatest, LOWEST), 1 / 64f, CENTRE);
            float p = Math.fma(x, 1f / 5040, 1f / 720);
            p = Math.fma(p, x, 1f / 120);
            p = Math.fma(p, x, 1f / 24);
            p = Math.fma(p, x, 1f / 6);
            p = Math.fma(p, x, 0.5f);
            p = Math.fma(p, x, 1f);
            p = Math.fma(p, x, 1f);
            p = p * p;
            p = p * p;
            p = p * p;
            p = p * p;
            p = p * p;
            terms[i] = p * p;
        }
    }

    private static double sum(float[] terms, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            a += terms[i];
            b += terms[i + 1];
            c += terms[i + 2];
            d += terms[i + 3];
        }
        for (; i < count; i++) {
            a += terms[i];
        }
        return a + b + (c + d);
    }
}
