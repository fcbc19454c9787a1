package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.Subject.Grid;
import org.ieengine.engine.ie.Subject.Segment;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.loaders.model.ModelDirectory;
import org.junit.jupiter.api.Test;

class WorkEstimateTest {
    private static final EstimateKey MACRO = new EstimateKey("", 1, 7, "macro", "dv", Double.NaN, 0, -1);

    private static double work(MeasureSettings.Builder settings, int sequences) {
        return work(settings, sequences, MACRO, false);
    }

    private static double work(MeasureSettings.Builder settings, int sequences, EstimateKey key, boolean device) {
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            PrefixTree tree = new PrefixTree(TestRuns.repeating(sequences, 8, 3));
            Grid grid = new Grid(List.of(1), List.of(7), new double[0], List.of(new Segment(0, 128, true)));
            Subject subject =
                    new Subject("", tree, new PairSource(tree, false, 7), new ExactInformation(tree), grid, null);
            return new WorkEstimate(settings.build(), model, device).of(subject, key);
        }
    }

    /** 110 steps of 128 rows, three pairs each, through some 400,000 weights: six operations a weight and pair. */
    @Test
    void aCriticOfTheStandardProtocolCostsItsStepsAndTheLooksAtItsValue() {
        double operations = work(MeasureSettings.builder(), 1500);

        assertThat(operations).isBetween(110 * 128 * 3 * 6 * 400e3, 2 * 110 * 128 * 3 * 6 * 400e3);
    }

    @Test
    void fewerStepsThanUsualCostLess() {
        assertThat(work(MeasureSettings.builder().training(new MeasureSettings.Training(20, 0, 0, 0)), 1500))
                .isLessThan(0.6 * work(MeasureSettings.builder(), 1500));
    }

    /** Every one of 10,000 steps takes all rows, each with its own and one unmatched partner. */
    @Test
    void thePublishedProtocolTakesAllItsSteps() {
        double operations = work(MeasureSettings.builder().protocol(Protocol.PAPER), 1500);

        assertThat(operations).isBetween(10_000 * 1500 * 2 * 6 * 390e3, 1.3 * 10_000 * 1500 * 2 * 6 * 390e3);
    }

    private static double rows(String estimator, int sequences, boolean device) {
        EstimateKey key = new EstimateKey("", 1, 7, "macro", estimator, Double.NaN, -1, -1);
        return work(MeasureSettings.builder(), sequences, key, device);
    }

    /** Every row meets every other in 256 columns; from 5,000 rows on no more are taken. */
    @Test
    void neighboursCostTheSquareOfTheRowsThatAreTaken() {
        assertThat(rows("ksg", 3000, false)).isEqualTo(9 * rows("ksg", 1000, false));
        assertThat(rows("ksg", 8000, false)).isEqualTo(25 * rows("ksg", 1000, false));
    }

    /** A covariance of so few rows is dear because of its columns. */
    @Test
    void covariancesCostTheirRowsAndTheirFactors() {
        double one = rows("gaussian", 1000, false);

        assertThat(rows("gaussian", 10_000, false)).isBetween(2 * one, 10 * one);
        assertThat(rows("copula", 1000, false)).isEqualTo(one);
    }

    /** Every distinct state once through a head of 2,048 tokens, however many tokens follow it. */
    @Test
    void nextTokensCostTheDistinctStatesAndTheVocabulary() {
        try (ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            PrefixTree tree = new PrefixTree(TestRuns.repeating(500, 4, 3));
            Grid grid = new Grid(List.of(1), List.of(3), new double[0], List.of(new Segment(0, 128, true)));
            PairSource pairs = new PairSource(tree, false, 3);
            NextTokens tokens = new NextTokens(pairs, NextTokens.draw(500, tree, 0), 3, 3);
            Subject subject = new Subject("", tree, pairs, new ExactInformation(tree), grid, tokens);
            MeasureSettings settings = MeasureSettings.builder().build();
            long prefixes = tree.level(0).size()
                    + tree.level(1).size()
                    + (long) tree.level(2).size();
            double states = prefixes + (double) pairs.microTokens();

            double operations = new WorkEstimate(settings, model, false)
                    .of(subject, new EstimateKeys(settings, subject).prediction(1));

            assertThat(subject.layers()).containsExactly(1, 3);
            assertThat(operations).isBetween(states * 2048 * 2 * 128, 2 * states * 2048 * 2 * 128);
        }
    }

    /** Covariances stay on the host, so beside the products of a device they weigh more; a trained critic moves with the products. */
    @Test
    void whatTheHostComputesWeighsMoreBesideADevice() {
        assertThat(rows("gaussian", 1000, true)).isGreaterThan(100 * rows("gaussian", 1000, false));
        assertThat(rows("infonce", 10_000, true)).isLessThan(10 * rows("infonce", 10_000, false));
    }
}
