package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RatioFeaturesTest {
    private static final int N = 400;
    private static final int[] TRAINING = IntStream.range(0, 250).toArray();

    private static SamplePairs pairs() {
        return GaussianSamples.canonical(N, 3, 2, new double[] {0.9, 0.6}, 11);
    }

    /** Rows of y in another order from a row on. */
    private static SamplePairs withRowsOfY(SamplePairs pairs, int[] order) {
        float[] y = new float[pairs.y().length];
        for (int i = 0; i < order.length; i++) {
            System.arraycopy(pairs.y(), order[i] * pairs.dy(), y, i * pairs.dy(), pairs.dy());
        }
        return new SamplePairs(pairs.x(), pairs.dx(), y, pairs.dy());
    }

    private static float[] row(RatioFeatures.Side side, int row) {
        return Arrays.copyOfRange(side.values(), row * side.columns(), (row + 1) * side.columns());
    }

    private static double product(RatioFeatures features, int i, int j) {
        float[] left = row(features.left(), i);
        float[] right = row(features.right(), j);
        double sum = 0;
        for (int k = 0; k < left.length; k++) {
            sum += (double) left[k] * right[k];
        }
        return sum;
    }

    @Test
    void marginsOfYGoWithItsRowsWhoeverTheirPartnersAre() {
        int[] order = IntStream.range(0, N).map(i -> (7 * i + 3) % N).toArray();
        RatioFeatures.Margins margins = RatioFeatures.Margins.of(pairs());
        RatioFeatures.Margins permuted = RatioFeatures.Margins.of(withRowsOfY(pairs(), order));
        assertThat(permuted.scores().x()).isEqualTo(margins.scores().x());
        assertThat(permuted.lengthsX()).isEqualTo(margins.lengthsX());
        for (int i = 0; i < N; i++) {
            assertThat(permuted.scores().y()[2 * i]).isEqualTo(margins.scores().y()[2 * order[i]]);
            assertThat(permuted.scores().y()[2 * i + 1])
                    .isEqualTo(margins.scores().y()[2 * order[i] + 1]);
            // The mean over rows is summed in their order.
            assertThat(permuted.lengthsY()[i]).isCloseTo(margins.lengthsY()[order[i]], within(1e-5f));
        }
    }

    @Test
    void whoBelongsToWhomAmongRowsNotTrainedOnChangesNothingTheRatioIsFittedTo() {
        int[] order =
                IntStream.range(0, N).map(i -> i < 250 ? i : N - 1 - (i - 250)).toArray();
        RatioFeatures features = RatioFeatures.of(RatioFeatures.Margins.of(pairs()), TRAINING);
        RatioFeatures other = RatioFeatures.of(RatioFeatures.Margins.of(withRowsOfY(pairs(), order)), TRAINING);
        assertThat(other.left().values()).isEqualTo(features.left().values());
        for (int i = 0; i < N; i++) {
            assertThat(row(other.right(), i)).isEqualTo(row(features.right(), order[i]));
        }
        // It does depend on who belongs to whom among the others.
        int[] training = IntStream.range(0, N).map(i -> i < 250 ? 249 - i : i).toArray();
        RatioFeatures changed = RatioFeatures.of(RatioFeatures.Margins.of(withRowsOfY(pairs(), training)), TRAINING);
        assertThat(changed.left().values()).isNotEqualTo(features.left().values());
    }

    @Test
    void aProductOfTheFactorsIsTheLogRatio() {
        RatioFeatures.Margins margins = RatioFeatures.Margins.of(pairs());
        RatioFeatures features = RatioFeatures.of(margins, TRAINING);
        GaussianRatio ratio = GaussianRatio.fit(margins.scores(), TRAINING, GaussianRatio.Kept.ABOVE_NOISE);
        assertThat(ratio.components()).isEqualTo(2);
        float[] u = ratio.projectX(margins.scores().x());
        float[] v = ratio.projectY(margins.scores().y());
        for (int i = 0; i < 50; i++) {
            // Factors are float32, and reach 30.
            assertThat(product(features, i, 5 * i)).isCloseTo(ratio.score(u, i, v, 5 * i), within(2e-5));
        }
    }

    @Test
    void sidesShowScoresProjectionsAndTwoLengths() {
        RatioFeatures.Margins margins = RatioFeatures.Margins.of(pairs());
        RatioFeatures features = RatioFeatures.of(margins, TRAINING);
        assertThat(features.x().columns()).isEqualTo(3 + 2 + 2);
        assertThat(features.y().columns()).isEqualTo(2 + 2 + 2);
        float[] seen = row(features.y(), 17);
        float[] scores = Arrays.copyOfRange(margins.scores().y(), 34, 36);
        assertThat(Arrays.copyOf(seen, 2)).isEqualTo(scores);
        double squares = (double) scores[0] * scores[0] + (double) scores[1] * scores[1];
        assertThat((double) seen[4]).isCloseTo((squares - 2) / Math.sqrt(4), within(1e-6));
        assertThat(seen[5]).isEqualTo(margins.lengthsY()[17]);
    }

    @Test
    void lengthsAreStandardisedAndKnowNoUnits() {
        SamplePairs pairs = pairs();
        float[] scaled = pairs.x().clone();
        for (int i = 0; i < scaled.length; i += 3) {
            scaled[i] = 1024 * scaled[i];
        }
        float[] lengths = RatioFeatures.Margins.of(pairs).lengthsX();
        assertThat(RatioFeatures.Margins.of(new SamplePairs(scaled, 3, pairs.y(), 2))
                        .lengthsX())
                .isEqualTo(lengths);
        double mean = 0;
        double square = 0;
        for (float length : lengths) {
            mean += length / N;
            square += (double) length * length / N;
        }
        assertThat(mean).isCloseTo(0, within(1e-6));
        assertThat(square).isCloseTo(1, within(1e-5));
    }

    @Test
    void noRatioWhereColumnsAreTooManyForTheRows() {
        RatioFeatures.Margins margins = RatioFeatures.Margins.of(pairs());
        // Three columns and two: eight rows are the least.
        RatioFeatures none = RatioFeatures.of(margins, new int[] {0, 1, 2, 3, 4, 5, 6});
        assertThat(none.left().columns()).isEqualTo(2);
        assertThat(product(none, 3, 4)).isZero();
        assertThat(none.x().columns()).isEqualTo(3 + 2);
        assertThat(product(RatioFeatures.of(margins, new int[] {0, 1, 2, 3, 4, 5, 6, 7}), 3, 4))
                .isFinite();
    }

    @Test
    void equalSidesKeepScoresThatFloat32CanTell() {
        SamplePairs pairs = pairs();
        SamplePairs same = new SamplePairs(pairs.x(), 3, pairs.x(), 3);
        RatioFeatures features = RatioFeatures.of(RatioFeatures.Margins.of(same), TRAINING);
        double mean = 0;
        for (int i = 0; i < N; i++) {
            // Terms of the three components reach 1e7, whose last place is 1; projections of 3 add up to 4.5 each.
            double score = product(features, i, i);
            assertThat(score).as("row %d", i).isBetween(3 * 6.9 - 3, 3 * 6.9 + 12);
            mean += score / N;
        }
        // A component with 1 - rho^2 = 1e-6 has 6.9 nats, and u^2 / 2 for equal projections, 1/2 on average.
        assertThat(mean).isCloseTo(3 * (6.908 + 0.5), within(0.3));
    }

    @Test
    void constantColumnsAreSeenAsZeroAndConstantSidesAreSaid() {
        float[] x = pairs().x().clone();
        for (int i = 1; i < x.length; i += 3) {
            x[i] = 5;
        }
        SamplePairs pairs = new SamplePairs(x, 3, pairs().y(), 2);
        RatioFeatures features = RatioFeatures.of(RatioFeatures.Margins.of(pairs), TRAINING);
        for (int i = 0; i < N; i++) {
            assertThat(row(features.x(), i)[1]).isZero();
        }
        for (float value : features.x().values()) {
            assertThat(value).isFinite();
        }
        assertThat(RatioFeatures.Margins.of(pairs).constant()).isFalse();
        float[] constant = new float[N];
        Arrays.fill(constant, -3);
        assertThat(RatioFeatures.Margins.of(new SamplePairs(constant, 1, pairs.y(), 2))
                        .constant())
                .isTrue();
        assertThat(RatioFeatures.Margins.of(new SamplePairs(pairs.y(), 2, constant, 1))
                        .constant())
                .isTrue();
    }

    /** Donsker-Varadhan value in nats of the closed form alone on rows, each with every other. */
    private static double nats(RatioFeatures features, int[] rows) {
        double joint = 0;
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i : rows) {
            joint += product(features, i, i) / rows.length;
            for (int j : rows) {
                greatest = Math.max(greatest, i == j ? greatest : product(features, i, j));
            }
        }
        double sum = 0;
        for (int i : rows) {
            for (int j : rows) {
                sum += i == j ? 0 : Math.exp(product(features, i, j) - greatest);
            }
        }
        return joint - greatest - Math.log(sum / (rows.length * (rows.length - 1.0)));
    }

    @Test
    void aRatioThatValidationRowsBearOutStaysAsItIs() {
        RatioFeatures features = RatioFeatures.of(RatioFeatures.Margins.of(pairs()), TRAINING);
        assertThat(features.tempered(IntStream.range(250, N).toArray())).isSameAs(features);
    }

    @Test
    void aRatioThatClaimsTooMuchIsBroughtDownToWhatValidationRowsBearOut() {
        SamplePairs blurred = BlurredPoints.of(40, 6, 1200, 0.02, 5);
        int[] validation = IntStream.range(900, 1050).toArray();
        int[] others = IntStream.range(1050, 1200).toArray();
        RatioFeatures features = RatioFeatures.of(
                RatioFeatures.Margins.of(blurred), IntStream.range(0, 900).toArray());
        RatioFeatures tempered = features.tempered(validation);
        double factor = product(tempered, 900, 900) / product(features, 900, 900);
        assertThat(factor).isBetween(0.0, 0.7001);
        for (int i = 0; i < 1200; i += 97) {
            for (int j = 0; j < 1200; j += 89) {
                double whole = product(features, i, j);
                assertThat(product(tempered, i, j)).isCloseTo(factor * whole, within(1e-3 + 1e-4 * Math.abs(whole)));
            }
        }
        // 40 points: nothing above ln 40 is there, but for how many of 22,350 pairs of rows happen to be of one point
        // (560 or so).
        assertThat(nats(tempered, others)).isBetween(nats(features, others) + 1, Math.log(40) + 0.15);
    }
}
