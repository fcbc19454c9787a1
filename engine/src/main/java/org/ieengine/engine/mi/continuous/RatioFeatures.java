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

    /** Factors of the closed form, the largest first; at 0 it says nothing and does no harm. */
    private static final double[] FACTORS = {1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.13, 0.09, 0.06, 0.03, 0};

    private static final double TEMPERING_SLACK = 0.02;
    private static final int TEMPERING_ROWS = 2048;
    private static final int TEMPERING_PAIRINGS = 32;

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

    /**
     * With the closed form brought down to what validation rows bear out: times the largest of a few factors whose Donsker-Varadhan value on
     * them is within 0.02 nats of the best. States that lie far out in one direction, and noise far smaller than they are apart, let a
     * Gaussian fit claim 50 nats where 6 are there; a critic that starts from that learns little else than to take it back.
     */
    RatioFeatures tempered(int[] validation) {
        int rows = Math.min(validation.length, TEMPERING_ROWS);
        int pairings = Math.min(TEMPERING_PAIRINGS, rows - 1);
        if (left.columns == 2 || pairings < 1) {
            return this;
        }
        double[][] scores = new double[1 + pairings][rows];
        for (int p = 0; p <= pairings; p++) {
            for (int i = 0; i < rows; i++) {
                scores[p][i] = product(validation[i], validation[(i + p) % rows]);
            }
        }
        double[] values = Arrays.stream(FACTORS).map(f -> nats(scores, f)).toArray();
        double best = Arrays.stream(values).max().orElseThrow();
        int chosen = 0;
        while (!(values[chosen] >= best - TEMPERING_SLACK)) {
            chosen++;
        }
        if (chosen == 0) {
            return this;
        }
        float[] scaled = left.values.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= (float) FACTORS[chosen];
        }
        float[] other = right.values.clone();
        for (int i = 1; i < other.length; i += right.columns) {
            // The second column of the left is 1: what y alone gives is scaled here.
            other[i] *= (float) FACTORS[chosen];
        }
        for (int i = 1; i < scaled.length; i += left.columns) {
            scaled[i] = 1;
        }
        return new RatioFeatures(x, y, new Side(scaled, left.columns), new Side(other, right.columns));
    }

    private double product(int i, int j) {
        double sum = 0;
        for (int c = 0; c < left.columns; c++) {
            sum += (double) left.values[i * left.columns + c] * right.values[j * right.columns + c];
        }
        return sum;
    }

    /** The Donsker-Varadhan value of scores times a factor, joint pairs first, cut off at the greatest of a joint pair. */
    private static double nats(double[][] scores, double factor) {
        double joint = Arrays.stream(scores[0]).average().orElseThrow() * factor;
        double cap = Arrays.stream(scores[0]).max().orElseThrow() * factor;
        double sum = 0;
        for (int p = 1; p < scores.length; p++) {
            for (double score : scores[p]) {
                sum += Math.exp(Math.min(cap, score * factor) - cap);
            }
        }
        return joint - cap - Math.log(sum / ((scores.length - 1) * (double) scores[0].length));
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
