package org.ieengine.engine.mi.continuous;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What a critic sees of each sample, and the closed-form log ratio it starts from. A side shows its normal scores, their canonical
 * projections, the length of the scores, and the length of the values in robust units. The last two are what heavy-tailed
 * pairs have in common even without correlation: a Student-t pair of identity dispersion is dependent through its length alone.
 *
 * <p>Margins (scores, medians, spreads) are taken over all samples, each side apart: which x goes with which y is not looked at.
 * The log ratio of the Gaussian copula is fitted to training samples only, correlations that noise reaches left out.
 *
 * @param x what is seen of x, [N, width of x]
 * @param y what is seen of y, [N, width of y]
 * @param left [N, K + 2]; row i times row j of {@code right} is the log ratio of (x_i, y_j) in nats
 * @param right [N, K + 2]
 */
record RatioFeatures(Side x, Side y, Side left, Side right) {
    /** Interquartile range of a normal variable of deviation 1. */
    private static final double NORMAL_RANGE = 1.3489795003921634;

    /** What lengths are held above before their logarithm is taken, in squared robust units. */
    private static final double LEAST_SQUARE = 1e-3;

    /**
     * What a canonical correlation leaves unexplained at least, so that one component starts with at most 10 bits: its terms reach
     * u^2 / (2 (1 - rho^2)), and their difference is taken in float32. Measured on 3,000 normal pairs of one column with 1 - rho^2 = 1e-10
     * (16.6 bits): 4.5 bits without it, 11.4 with it.
     */
    private static final double LEAST_UNEXPLAINED = 1e-6;

    /**
     * A matrix on the heap.
     *
     * @param values [rows, columns]
     * @param columns at least 1
     */
    record Side(float[] values, int columns) {}

    /**
     * Margins of all samples, the same for every critic.
     *
     * @param scores normal scores
     * @param lengthsX [N] logarithmic length of the values of x, standardised
     * @param lengthsY [N] the same of y
     */
    record Margins(SamplePairs scores, float[] lengthsX, float[] lengthsY) {
        static Margins of(SamplePairs pairs) {
            return new Margins(NormalScores.of(pairs), lengths(pairs.x(), pairs.dx()), lengths(pairs.y(), pairs.dy()));
        }

        /** Whether a side does not vary. */
        boolean constant() {
            return zero(scores.x()) || zero(scores.y());
        }

        private static boolean zero(float[] values) {
            for (float value : values) {
                if (value != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Of the margins, with the log ratio fitted to the training samples; without one where these are too few for it. */
    static RatioFeatures of(Margins margins, int[] training) {
        SamplePairs scores = margins.scores;
        GaussianRatio ratio = training.length > scores.dx() + scores.dy() + 2
                ? GaussianRatio.fit(scores, training, GaussianRatio.Kept.ABOVE_NOISE)
                        .leaving(LEAST_UNEXPLAINED)
                : null;
        int components = ratio == null ? 0 : ratio.components();
        float[] u = components == 0 ? new float[0] : ratio.projectX(scores.x());
        float[] v = components == 0 ? new float[0] : ratio.projectY(scores.y());
        return new RatioFeatures(
                seen(scores.x(), scores.dx(), u, margins.lengthsX),
                seen(scores.y(), scores.dy(), v, margins.lengthsY),
                factor(ratio, u, scores.size(), true),
                factor(ratio, v, scores.size(), false));
    }

    private static Side seen(float[] scores, int d, float[] projections, float[] lengths) {
        int n = lengths.length;
        int components = projections.length / n;
        int columns = d + components + 2;
        float[] seen = new float[Math.multiplyExact(n, columns)];
        for (int i = 0; i < n; i++) {
            double squares = 0;
            for (int c = 0; c < d; c++) {
                squares += (double) scores[i * d + c] * scores[i * d + c];
            }
            System.arraycopy(scores, i * d, seen, i * columns, d);
            System.arraycopy(projections, i * components, seen, i * columns + d, components);
            seen[i * columns + d + components] = (float) ((squares - d) / Math.sqrt(2d * d));
            seen[i * columns + d + components + 1] = lengths[i];
        }
        return new Side(seen, columns);
    }

    /** One side of the bilinear form: sum_k [c_k - s_k u_k^2], 1, p_k u_k; or 1, sum_k - s_k v_k^2, v_k. */
    private static Side factor(GaussianRatio ratio, float[] projections, int n, boolean isLeft) {
        int components = projections.length / n;
        int columns = components + 2;
        float[] values = new float[Math.multiplyExact(n, columns)];
        for (int i = 0; i < n; i++) {
            double own = 0;
            for (int k = 0; k < components; k++) {
                double projection = projections[i * components + k];
                own += (isLeft ? ratio.constant(k) : 0) - ratio.square(k) * projection * projection;
                values[i * columns + 2 + k] = (float) (isLeft ? ratio.product(k) * projection : projection);
            }
            values[i * columns] = isLeft ? (float) own : 1;
            values[i * columns + 1] = isLeft ? 1 : (float) own;
        }
        return new Side(values, columns);
    }

    /** Logarithm of the mean square of the values of a row, each column in units of its interquartile range; standardised. */
    private static float[] lengths(float[] values, int columns) {
        int n = values.length / columns;
        double[] squares = new double[n];
        int counted = 0;
        for (int c = 0; c < columns; c++) {
            float[] column = new float[n];
            for (int i = 0; i < n; i++) {
                column[i] = values[i * columns + c];
            }
            float[] sorted = column.clone();
            Arrays.parallelSort(sorted);
            double spread = ((double) sorted[(int) (0.75 * (n - 1))] - sorted[(int) (0.25 * (n - 1))]) / NORMAL_RANGE;
            if (!(spread > 0)) {
                continue;
            }
            counted++;
            double median = sorted[(n - 1) / 2];
            for (int i = 0; i < n; i++) {
                double z = (column[i] - median) / spread;
                squares[i] += z * z;
            }
        }
        int of = Math.max(1, counted);
        double[] logs =
                Arrays.stream(squares).map(s -> Math.log(LEAST_SQUARE + s / of)).toArray();
        double mean = Arrays.stream(logs).average().orElseThrow();
        double deviation = Math.sqrt(
                Arrays.stream(logs).map(l -> (l - mean) * (l - mean)).average().orElseThrow());
        float[] standardised = new float[n];
        IntStream.range(0, n)
                .forEach(i -> standardised[i] = deviation > 0 ? (float) ((logs[i] - mean) / deviation) : 0);
        return standardised;
    }
}
