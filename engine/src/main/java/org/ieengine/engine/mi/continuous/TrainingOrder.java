package org.ieengine.engine.mi.continuous;

import java.util.Arrays;

/** Training rows batch by batch, in a new order each time through; a rest smaller than a batch is left for the next order. */
final class TrainingOrder {
    private final int[] training;
    private final int batch;
    private final long seed;
    private final int critic;
    private int[] rows = new int[0];
    private int at;
    private int epoch;

    TrainingOrder(int[] training, int batch, long seed, int critic) {
        this.training = training;
        this.batch = batch;
        this.seed = seed;
        this.critic = critic;
    }

    int[] next() {
        if (at + batch > rows.length) {
            rows = training.clone();
            CriticDraw.ORDER.stream(seed, critic, epoch++).shuffle(rows);
            at = 0;
        }
        at += batch;
        return Arrays.copyOfRange(rows, at - batch, at);
    }
}
