package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;

class HeldOutScoresTest {
    private static final double BITS = 1 / Math.log(2);

    /** Scores of all pairs of some rows, given so many pairings at a time. */
    private static final class Matrix implements HeldOutScores.Source {
        private final float[][] whole;
        private final float[][] closed;
        private final int atOnce;
        private int used;

        Matrix(float[][] whole, float[][] closed, int atOnce) {
            this.whole = whole;
            this.closed = closed;
            this.atOnce = atOnce;
        }

        @Override
        public int rows() {
            return whole.length;
        }

        @Override
        public int left() {
            return rows() - 1 - used;
        }

        @Override
        public float[][][] next() {
            int taken = Math.min(atOnce, left());
            float[][][] next = {given(whole, taken), given(closed, taken)};
            used += taken;
            return next;
        }

        private float[][] given(float[][] scores, int taken) {
            float[][] given = new float[1 + taken][rows()];
            for (int i = 0; i < rows(); i++) {
                given[0][i] = scores[i][i];
                for (int p = 1; p <= taken; p++) {
                    given[p][i] = scores[i][(i + used + p) % rows()];
                }
            }
            return given;
        }
    }

    private static float[][] scores(int rows, double joint, double spread, long seed) {
        Philox stream = new Philox(seed, 1, 0, 0, 0);
        float[][] scores = new float[rows][rows];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                scores[i][j] = (float) ((i == j ? joint : 0) + spread * stream.normal((long) i * rows + j));
            }
        }
        return scores;
    }

    /** Validation rows whose joint pairs score {@code cap} and whose product pairs 0. */
    private static Matrix watchers(double cap) {
        float[][] scores = scores(6, cap, 0, 1);
        return new Matrix(scores, scores, 99);
    }

    private static HeldOutScores judged(Matrix watchers, float[][]... chunks) {
        HeldOutScores scores = new HeldOutScores(0);
        for (float[][] chunk : chunks) {
            scores.add(new Matrix(chunk, chunk, 99));
        }
        scores.score(watchers);
        return scores;
    }

    private interface Of {
        double of(double score);
    }

    /** Mean over rows of the mean over their product pairs. */
    private static double product(Of function, float[][]... chunks) {
        double sum = 0;
        int rows = 0;
        for (float[][] chunk : chunks) {
            for (int i = 0; i < chunk.length; i++) {
                for (int j = 0; j < chunk.length; j++) {
                    sum += i == j ? 0 : function.of(chunk[i][j]) / (chunk.length - 1);
                }
            }
            rows += chunk.length;
        }
        return sum / rows;
    }

    private static double joint(Of function, float[][]... chunks) {
        double sum = 0;
        int rows = 0;
        for (float[][] chunk : chunks) {
            for (int i = 0; i < chunk.length; i++) {
                sum += function.of(chunk[i][i]);
            }
            rows += chunk.length;
        }
        return sum / rows;
    }

    @Test
    void boundsAreTheSumsOfTheirFormulas() {
        float[][] first = scores(13, 4, 3, 2);
        float[][] second = scores(7, 4, 3, 3);
        HeldOutScores scores = judged(watchers(50), first, second);
        double joint = joint(f -> f, first, second);
        assertThat(scores.nats(Bound.DV)).isCloseTo(joint - Math.log(product(Math::exp, first, second)), within(1e-12));
        assertThat(scores.nats(Bound.SMILE))
                .isCloseTo(
                        joint - Math.log(product(f -> Math.exp(Math.max(-5, Math.min(5, f))), first, second)),
                        within(1e-12));
        // Six watching rows with scores 50 and 0: 30 product pairs tell ln 30 at most.
        double normaliser = 50 - Math.log(30);
        assertThat(scores.nats(Bound.NWJ))
                .isCloseTo(
                        joint - normaliser + 1 - product(f -> Math.exp(f - normaliser), first, second), within(1e-12));
        assertThat(scores.pairs()).isEqualTo(13 * 12 + 7 * 6);
        // Both parts were given the same scores.
        assertThat(scores.closedFormNats()).isEqualTo(scores.nats(Bound.DV));
    }

    @Test
    void theClosedFormHasScoresOfItsOwn() {
        float[][] whole = scores(9, 3, 1, 4);
        float[][] closed = scores(9, 1, 1, 5);
        HeldOutScores scores = new HeldOutScores(0);
        scores.add(new Matrix(whole, closed, 99));
        scores.score(new Matrix(scores(6, 20, 0, 1), scores(6, 20, 0, 1), 99));
        assertThat(scores.closedFormNats())
                .isCloseTo(joint(f -> f, closed) - Math.log(product(Math::exp, closed)), within(1e-12));
        assertThat(scores.nats(Bound.DV))
                .isCloseTo(joint(f -> f, whole) - Math.log(product(Math::exp, whole)), within(1e-12));
    }

    @Test
    void nwjIsNeverAboveDvAndMeetsItWhereTheNormaliserIsRight() {
        for (int seed = 0; seed < 50; seed++) {
            float[][] watched = scores(8, 1, 1.5, 100 + seed);
            HeldOutScores scores = judged(new Matrix(watched, watched, 99), scores(11, 2, 2, seed));
            assertThat(scores.nats(Bound.NWJ)).isLessThanOrEqualTo(scores.nats(Bound.DV) + 1e-12);
        }
        // The rows that judge are the rows that watch, and no score is cut off.
        float[][] same = scores(12, 0, 1, 9);
        same[0][0] = 10;
        HeldOutScores met = judged(new Matrix(same, same, 99), same);
        assertThat(met.nats(Bound.NWJ)).isCloseTo(met.nats(Bound.DV), within(1e-12));
    }

    @Test
    void scoresAboveThoseOfWatchingJointPairsAreCutOff() {
        float[][] wild = scores(10, 2, 1, 6);
        wild[3][7] = 80;
        wild[4][4] = 60;
        Of cut = f -> Math.min(4.0f, f);
        HeldOutScores scores = judged(watchers(4), wild);
        assertThat(scores.nats(Bound.DV))
                .isCloseTo(joint(cut, wild) - Math.log(product(f -> Math.exp(cut.of(f)), wild)), within(1e-12));
        assertThat(scores.nats(Bound.DV)).isPositive();
        assertThat(judged(watchers(100), wild).nats(Bound.DV)).isNegative();
    }

    @Test
    void scoresAreCutOffLowerWhereOneWatchingProductPairWouldDecide() {
        float[][] wild = scores(20, 3, 0, 1);
        wild[0][0] = 30;
        wild[1][2] = 30;
        // At 30 the watchers read 4.35 - ln(e^30 / 380) = -19.7 nats, at 3 they read 2.95.
        float[][] sure = scores(10, 10, 0, 1);
        assertThat(judged(new Matrix(wild, wild, 99), sure).nats(Bound.DV)).isCloseTo(3, within(1e-6));
        // Where all joint pairs reach the height of that product pair, cutting them off would cost more than it gains.
        float[][] high = scores(20, 30, 0, 1);
        high[1][2] = 3;
        assertThat(judged(new Matrix(high, high, 99), sure).nats(Bound.DV)).isCloseTo(10, within(1e-6));
    }

    @Test
    void scoresOrdersOfMagnitudeApartStayFinite() {
        float[][] apart = scores(20, 0, 1e5, 7);
        for (int i = 0; i < 20; i++) {
            for (int j = 0; j < 20; j++) {
                apart[i][j] = i == j ? 5 : -Math.abs(apart[i][j]) - 2000;
            }
        }
        HeldOutScores scores = judged(new Matrix(apart, apart, 99), apart);
        for (Bound bound : Bound.values()) {
            assertThat(scores.nats(bound)).as(bound.label()).isFinite();
        }
        // One pair of 380 at the height of the joint pairs: nwj loses what dv does, not e^2000.
        apart[2][5] = 5;
        HeldOutScores met = judged(watchers(5), apart);
        assertThat(met.nats(Bound.DV)).isCloseTo(Math.log(380), within(1e-6));
        assertThat(met.nats(Bound.NWJ)).isBetween(0.0, Math.log(380));
    }

    @Test
    void productPairsAreScoredUntilThereAreFourBitsMoreThanTwiceWhatTheyTell() {
        float[][] little = scores(500, 0.5, 0.1, 8);
        HeldOutScores few = new HeldOutScores(0);
        few.add(new Matrix(little, little, 1));
        few.score(watchers(5));
        double needed = 2 * few.nats(Bound.DV) * BITS + 4;
        assertThat(Math.log(few.pairs()) * BITS).isGreaterThanOrEqualTo(needed);
        assertThat(few.pairs()).isEqualTo(500);
        float[][] much = scores(500, 4, 0.1, 8);
        HeldOutScores many = new HeldOutScores(0);
        many.add(new Matrix(much, much, 1));
        many.score(watchers(5));
        double more = 2 * many.nats(Bound.DV) * BITS + 4;
        assertThat(Math.log(many.pairs()) * BITS).isGreaterThanOrEqualTo(more);
        assertThat(Math.log(many.pairs() - 500) * BITS).isLessThan(more);
        assertThat(few.shortOfPairs()).isFalse();
        assertThat(many.shortOfPairs()).isFalse();
    }

    @Test
    void resampledRowsScatterAboutTheValue() {
        float[][] first = scores(60, 2, 1, 2);
        HeldOutScores scores = judged(watchers(8), first);
        for (Bound bound : Bound.values()) {
            double[] values = scores.resampled(bound, 400, CriticDraw.RESAMPLE.stream(1, 0, 0));
            double mean = java.util.Arrays.stream(values).average().orElseThrow();
            double square = java.util.Arrays.stream(values)
                    .map(v -> (v - mean) * (v - mean))
                    .sum();
            double deviation = Math.sqrt(square / 399);
            // Joint scores of deviation 1 on 60 rows scatter by 0.13; 400 of them know their mean to a twentieth of
            // that.
            assertThat(deviation).as(bound.label()).isBetween(0.08, 0.3);
            assertThat(mean).as(bound.label()).isCloseTo(scores.nats(bound), within(0.05));
            assertThat(scores.resampled(bound, 400, CriticDraw.RESAMPLE.stream(1, 0, 0)))
                    .isEqualTo(values);
        }
    }

    @Test
    void aCriticThatIsItsClosedFormGainsNothing() {
        HeldOutScores scores = judged(watchers(8), scores(30, 2, 1, 2));
        assertThat(scores.resampledGain(20, CriticDraw.RESAMPLE.stream(1, 0, 1)))
                .containsOnly(0);
    }
}
