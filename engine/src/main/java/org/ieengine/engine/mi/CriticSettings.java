package org.ieengine.engine.mi;

import java.util.List;

/**
 * How critics are trained. {@link #standard()} and {@link #paper()} are the two protocols; the {@code with} methods override.
 *
 * @param widths widths of the critic's layers after the input, the last one 1
 * @param critics independent critics of an estimate
 * @param steps most optimiser steps
 * @param batch joint rows of a step; 0 for all
 * @param learningRate first learning rate of Adam
 * @param holdout share of the distinct pairs that takes no part in training, below 1; 0 for none
 * @param pairings unmatched pairs for each joint row of a step
 * @param evaluationPairings unmatched pairs for each row of the final value
 * @param stopShare share of the ceiling at which training ends; infinite for never
 */
public record CriticSettings(
        List<Integer> widths,
        int critics,
        int steps,
        int batch,
        double learningRate,
        double holdout,
        int pairings,
        int evaluationPairings,
        double stopShare) {
    /** Widths of the published critic: 768-384-192-96-48-24-12-6-3-1. */
    public static final List<Integer> PUBLISHED_WIDTHS = List.of(768, 384, 192, 96, 48, 24, 12, 6, 3, 1);

    /** Checks the ranges. */
    public CriticSettings {
        widths = List.copyOf(widths);
        require(!widths.isEmpty() && widths.get(widths.size() - 1) == 1, "the last width of a critic is 1");
        require(widths.stream().allMatch(w -> w > 0), "widths of a critic are positive");
        require(critics >= 1, "at least one critic is needed");
        require(steps >= 1, "at least one step is needed");
        require(batch == 0 || batch >= 2, "a batch has at least 2 rows");
        require(learningRate > 0, "the learning rate is positive");
        require(holdout >= 0 && holdout < 1, "the share held out lies between 0 and 1");
        require(pairings >= 1 && evaluationPairings >= 1, "at least one pairing is needed");
    }

    private static void require(boolean condition, String sentence) {
        if (!condition) {
            throw new IllegalArgumentException(sentence);
        }
    }

    /** The stratified protocol. */
    public static CriticSettings standard() {
        return new CriticSettings(PUBLISHED_WIDTHS, 3, 600, 0, 5e-4, 0, 2, 16, 0.995);
    }

    /** The published protocol. */
    public static CriticSettings paper() {
        return new CriticSettings(PUBLISHED_WIDTHS, 1, 10_000, 0, 1e-4, 0, 1, 1, Double.POSITIVE_INFINITY);
    }

    /** This, with other widths. */
    public CriticSettings withWidths(List<Integer> value) {
        return new CriticSettings(
                value, critics, steps, batch, learningRate, holdout, pairings, evaluationPairings, stopShare);
    }

    /** This, with another number of critics. */
    public CriticSettings withCritics(int value) {
        return new CriticSettings(
                widths, value, steps, batch, learningRate, holdout, pairings, evaluationPairings, stopShare);
    }

    /** This, with at most so many steps (epochs of the published protocol). */
    public CriticSettings withSteps(int value) {
        return new CriticSettings(
                widths, critics, value, batch, learningRate, holdout, pairings, evaluationPairings, stopShare);
    }

    /** This, with so many joint rows a step; 0 for what the protocol finds right. */
    public CriticSettings withBatch(int value) {
        return new CriticSettings(
                widths, critics, steps, value, learningRate, holdout, pairings, evaluationPairings, stopShare);
    }

    /** This, with another first learning rate. */
    public CriticSettings withLearningRate(double value) {
        return new CriticSettings(
                widths, critics, steps, batch, value, holdout, pairings, evaluationPairings, stopShare);
    }

    /** This, with a share of the distinct pairs held out. */
    public CriticSettings withHoldout(double value) {
        return new CriticSettings(
                widths, critics, steps, batch, learningRate, value, pairings, evaluationPairings, stopShare);
    }

    /** This, with another end of training; infinite to train all steps. */
    public CriticSettings withStopShare(double value) {
        return new CriticSettings(
                widths, critics, steps, batch, learningRate, holdout, pairings, evaluationPairings, value);
    }
}
