package org.ieengine.engine.mi.continuous;

import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;

/**
 * How critics of continuous pairs are trained and judged. {@link #standard()} is what the tables of {@code docs/estimators.md} use;
 * the {@code with} methods override.
 *
 * @param widths widths of the critic's layers after the input, the last one 1
 * @param critics independent critics, each judged by other pairs
 * @param steps most optimiser steps; 0 for what the number of samples asks for
 * @param batch joint pairs of a step
 * @param learningRate first learning rate of Adam
 * @param holdout share of the pairs that judges a critic, 0.01 to 0.5; half as many say when training ends
 */
public record HeldOutSettings(
        List<Integer> widths, int critics, int steps, int batch, double learningRate, double holdout) {
    private static final int LEAST_STEPS = 1200;
    private static final int MOST_STEPS = 6000;
    private static final int EPOCHS = 10;
    private static final int WARM_UP = 20;

    /** Steps between two looks at the validation pairs. */
    static final int CHECK_EVERY = 50;

    /** Steps without a better validation value after which training ends. */
    static final int PATIENCE = 400;

    /** Checks the ranges. */
    public HeldOutSettings {
        widths = List.copyOf(widths);
        require(
                widths.size() >= 2 && widths.get(widths.size() - 1) == 1,
                "the last width of a critic is 1, after others");
        require(widths.stream().allMatch(w -> w > 0), "widths of a critic are positive");
        require(critics >= 1, "at least one critic is needed");
        require(steps >= 0, "steps are not negative");
        require(batch >= 2, "a batch has at least 2 pairs");
        require(learningRate > 0, "the learning rate is positive");
        require(holdout >= 0.01 && holdout <= 0.5, "the share held out lies between 0.01 and 0.5");
    }

    private static void require(boolean condition, String sentence) {
        if (!condition) {
            throw new IllegalArgumentException(sentence);
        }
    }

    /** Widths 128-128-1, three critics, batches of 512, rate 1e-3, a fifth held out. */
    public static HeldOutSettings standard() {
        return new HeldOutSettings(List.of(128, 128, 1), 3, 0, 512, 1e-3, 0.2);
    }

    /** Steps for so many training pairs: as set, otherwise ten times through them, between 1,200 and 6,000. */
    int stepsFor(int training) {
        long own = Math.max(LEAST_STEPS, Math.min(MOST_STEPS, (long) EPOCHS * training / batch));
        return steps == 0 ? (int) own : steps;
    }

    /** Rates of all steps: a short warm-up, then half a cosine down to 0 (Loshchilov and Hutter 2017, arXiv 1608.03983). */
    StepPlan plan(int all, Philox permutations) {
        double[] rates = IntStream.range(0, all)
                .mapToDouble(s ->
                        learningRate * Math.min(1, (s + 1) / (double) WARM_UP) * (1 + Math.cos(Math.PI * s / all)) / 2)
                .toArray();
        return StepPlan.of(rates, permutations);
    }

    /** This, with other widths. */
    public HeldOutSettings withWidths(List<Integer> value) {
        return new HeldOutSettings(value, critics, steps, batch, learningRate, holdout);
    }

    /** This, with another number of critics. */
    public HeldOutSettings withCritics(int value) {
        return new HeldOutSettings(widths, value, steps, batch, learningRate, holdout);
    }

    /** This, with at most so many steps. */
    public HeldOutSettings withSteps(int value) {
        return new HeldOutSettings(widths, critics, value, batch, learningRate, holdout);
    }

    /** This, with so many joint pairs a step. */
    public HeldOutSettings withBatch(int value) {
        return new HeldOutSettings(widths, critics, steps, value, learningRate, holdout);
    }

    /** This, with another first learning rate. */
    public HeldOutSettings withLearningRate(double value) {
        return new HeldOutSettings(widths, critics, steps, batch, value, holdout);
    }

    /** This, with another share held out. */
    public HeldOutSettings withHoldout(double value) {
        return new HeldOutSettings(widths, critics, steps, batch, learningRate, value);
    }
}
