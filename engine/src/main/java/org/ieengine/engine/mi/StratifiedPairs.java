package org.ieengine.engine.mi;

import java.util.Arrays;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.Philox;

/**
 * Pairs of a batch of rows: first each row's own pair, then unmatched ones with their product weights, in two strata: same group,
 * and the rest. Indices are places in the batch.
 *
 * @param x place of x
 * @param y place of y
 * @param same number of pairs of the same-group stratum, after the own pairs; those of the other stratum follow
 * @param importance weight within its stratum, for the unmatched pairs (own pairs: 0); 0 leaves a pair out
 */
record StratifiedPairs(int[] x, int[] y, int same, double[] importance) {
    /** Up to so many pairs of symbols all unmatched ones take part in every step, so that nothing is sampled. */
    static final int EXACT_PAIRS = 2048;

    /** Whether all pairs of symbols take part. */
    static boolean exact(PairLaw law) {
        return law.symbolPairs() <= EXACT_PAIRS && law.size() <= EXACT_PAIRS;
    }

    /** Most pairs that {@link #draw} gives for so many rows. */
    static int most(int rows, int pairings) {
        return Math.max(rows * (2 + pairings), 2 * EXACT_PAIRS);
    }

    /** All unmatched pairs of symbols with their product weights. */
    private static StratifiedPairs all(int[] batch, PairLaw law) {
        int n = batch.length;
        int[] place = new int[n];
        for (int i = 0; i < n; i++) {
            place[batch[i]] = i;
        }
        int[] rowsX = law.representativesX();
        int[] rowsY = law.representativesY();
        int most = n + rowsX.length * rowsY.length;
        int[] x = new int[most];
        int[] y = new int[most];
        double[] importance = new double[most];
        for (int i = 0; i < n; i++) {
            x[i] = i;
            y[i] = i;
        }
        int at = n;
        int sameGroup = 0;
        for (int stratum = 0; stratum < 2; stratum++) {
            for (int i : rowsX) {
                for (int j : rowsY) {
                    boolean same = law.grouped() && law.group(i) == law.group(j);
                    if (same == (stratum == 0) && !law.matched(i, j)) {
                        x[at] = place[i];
                        y[at] = place[j];
                        importance[at++] = law.probabilityX(i) * law.probabilityY(j);
                    }
                }
            }
            if (stratum == 0) {
                sameGroup = at - n;
            }
        }
        return new StratifiedPairs(
                Arrays.copyOf(x, at), Arrays.copyOf(y, at), sameGroup, Arrays.copyOf(importance, at));
    }

    /**
     * Draws them; all of them when {@link #exact} and the batch holds every row.
     *
     *
     * @param batch rows in the order of {@link RunOrder}
     * @param pairings unmatched pairs per row; with groups half of them, rounded up, are of the same group
     */
    static StratifiedPairs draw(int[] batch, PairLaw law, int pairings, Philox stream) {
        int n = batch.length;
        if (n == law.size() && exact(law)) {
            return all(batch, law);
        }
        int perRow = law.grouped() && law.sameMass() > 0 ? (law.otherMass() > 0 ? (pairings + 1) / 2 : pairings) : 0;
        int others = law.otherMass() > 0 ? Math.max(1, pairings - perRow) : 0;
        int total = n * (1 + perRow + others);
        int[] x = new int[total];
        int[] y = new int[total];
        double[] importance = new double[total];
        for (int i = 0; i < n; i++) {
            x[i] = i;
            y[i] = i;
        }
        // each is looked up once for every pair of a row: of 300,000 they would not stay in the nearest caches
        int[] group = Arrays.stream(batch).map(law::group).toArray();
        double[] probability =
                Arrays.stream(batch).mapToDouble(law::probability).toArray();
        int at = n;
        for (int k = 0; k < perRow; k++) {
            drawSame(group, stream, x, y, at);
            for (int i = at; i < at + n; i++) {
                int row = x[i];
                importance[i] =
                        y[i] == row ? 0 : probability[row] * probability[y[i]] * (law.groupSize(batch[row]) - 1);
            }
            at += n;
        }
        for (int k = 0; k < others; k++) {
            int[] images = FeistelPermutation.of(n, keyed(stream, k)).images();
            for (int i = 0; i < n; i++) {
                int j = images[i];
                x[at] = i;
                y[at] = j;
                boolean excluded = law.grouped() && group[i] == group[j] || law.matched(batch[i], batch[j]);
                importance[at] = excluded ? 0 : probability[i] * probability[j];
                at++;
            }
        }
        return new StratifiedPairs(x, y, n * perRow, importance);
    }

    private static Philox keyed(Philox stream, int k) {
        return new Philox((long) stream.word(2L * k) << 32 | stream.word(2L * k + 1) & 0xFFFFFFFFL, 1, 0, 0, k);
    }

    /** Each row of a run with another of it, all equally likely; the row of a run of one with itself. */
    private static void drawSame(int[] group, Philox stream, int[] x, int[] y, int at) {
        int from = 0;
        while (from < group.length) {
            int to = from + 1;
            while (to < group.length && group[to] == group[from]) {
                to++;
            }
            int run = to - from;
            int turn = run < 2 ? 0 : 1 + stream.below(run - 1, 1_000_000L + at + from);
            for (int i = from; i < to; i++) {
                int turned = i + turn;
                x[at + i] = i;
                y[at + i] = turned < to ? turned : turned - run;
            }
            from = to;
        }
    }

    /** Number of pairs. */
    int size() {
        return x.length;
    }

    /** [size, 2] joint and product weights of a training step; the joint ones sum to 1. */
    float[] weights(int[] batch, PairLaw law) {
        int n = batch.length;
        double sum = Arrays.stream(batch).mapToDouble(law::probability).sum();
        float[] weights = new float[2 * x.length];
        for (int i = 0; i < n; i++) {
            double a = law.probability(batch[i]) / sum;
            weights[2 * i] = (float) a;
            weights[2 * i + 1] = (float) (a * law.ratio(batch[i]));
        }
        spread(weights, n, n + same, law.sameMass());
        spread(weights, n + same, x.length, law.otherMass());
        double[] known = known(batch, law);
        for (int i = 0; i < x.length; i++) {
            weights[2 * i + 1] *= (float) Math.exp(known[i]);
        }
        return weights;
    }

    /**
     * [size] what is known of the best scores before any training, in nats, so that the network has to tell pairs apart but not to
     * learn frequencies by heart: -ln r for a row's own pair, the mean of the two rows' for an unmatched one. Added to the
     * network's scores; any addition leaves the bound valid.
     */
    double[] known(int[] batch, PairLaw law) {
        double[] logRatio = Arrays.stream(batch)
                .mapToDouble(row -> Math.log(law.ratio(row)))
                .toArray();
        double[] known = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            known[i] = -0.5 * (logRatio[x[i]] + logRatio[y[i]]);
        }
        return known;
    }

    private void spread(float[] weights, int from, int to, double mass) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += importance[i];
        }
        for (int i = from; i < to && sum > 0; i++) {
            weights[2 * i + 1] = (float) (mass * importance[i] / sum);
        }
    }
}
