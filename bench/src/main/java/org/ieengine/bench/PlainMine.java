package org.ieengine.bench;

import java.util.Arrays;
import java.util.List;
import org.ieengine.bench.MineCritic.Batch;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.TrainingListener.TrainingProgress;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousEstimator;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Philox;

/**
 * MINE without refinements (Belghazi et al. 2018, arXiv 1801.04062), the rival that tables compare with, of the size that Czyz et al.
 * 2023 use: concatenated critic of 16 and 8 ReLU units, Adam, the Donsker-Varadhan value of minibatches as loss with its biased
 * gradient, half the pairs for training. The result is the largest value on the other half at any check: it overshoots a little,
 * since the largest of many noisy values is picked.
 */
public final class PlainMine implements ContinuousEstimator {
    private static final int MINE = 0x6d696e65;
    /** Layers of the stream: each purpose has one of its own. */
    private static final int SPLIT = 0;

    private static final int WEIGHTS = 1;
    private static final int ROWS = 2;
    private static final int PARTNERS = 3;
    /** Product pairs for each held-out row. */
    private static final int HELD_OUT_PAIRINGS = 16;

    private static final int FEWEST = 8;
    private static final double BITS_PER_NAT = 1 / Math.log(2);

    private final Settings settings;

    /**
     * How it trains.
     *
     * @param steps optimiser steps
     * @param batch joint pairs of a step
     * @param rate Adam's learning rate
     * @param every steps between two checks of the held-out half
     */
    public record Settings(int steps, int batch, double rate, int every) {
        /** 10,000 steps of 256 pairs at 1e-3, checked every 250. */
        public static Settings published() {
            return new Settings(10_000, 256, 1e-3, 250);
        }
    }

    public PlainMine(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "mine";
    }

    @Override
    public ContinuousEstimate estimate(SamplePairs pairs, long seed, TrainingListener listener) {
        if (pairs.size() < FEWEST) {
            String warning = pairs.size() + " samples are too few to train on half of them; at least " + FEWEST;
            return estimate(Double.NaN, 0, 0, List.of(warning));
        }
        long started = System.nanoTime();
        int[] order = new int[pairs.size()];
        Arrays.setAll(order, i -> i);
        stream(seed, SPLIT, 0).shuffle(order);
        int[] training = Arrays.copyOf(order, pairs.size() / 2);
        Batch heldOut = shifted(Arrays.copyOfRange(order, pairs.size() / 2, pairs.size()));
        MineCritic critic = new MineCritic(pairs.dx(), pairs.dy(), stream(seed, WEIGHTS, 0));
        Adam adam = new Adam(critic.parameters(), settings.rate);
        double[] gradient = new double[critic.parameters().length];
        int size = Math.min(settings.batch, training.length);
        double best = Double.NEGATIVE_INFINITY;
        int next = training.length;
        for (int step = 1; step <= settings.steps; step++) {
            if (next + size > training.length) {
                stream(seed, ROWS, step).shuffle(training);
                next = 0;
            }
            int[] partner = new int[size];
            Arrays.setAll(partner, i -> i);
            stream(seed, PARTNERS, step).shuffle(partner);
            int[] rows = Arrays.copyOfRange(training, next, next + size);
            next += size;
            critic.value(pairs, new Batch(rows, new int[][] {partner}), gradient);
            adam.ascend(gradient);
            if (step % settings.every == 0 || step == settings.steps) {
                best = Math.max(best, critic.value(pairs, heldOut, new double[0]));
            }
            listener.step(new TrainingProgress(
                    step,
                    settings.steps,
                    2L * size * step,
                    best > Double.NEGATIVE_INFINITY ? best * BITS_PER_NAT : Double.NaN));
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        return estimate(best * BITS_PER_NAT, 2L * size * settings.steps, seconds, List.of());
    }

    private ContinuousEstimate estimate(double bits, long rowPasses, double seconds, List<String> warnings) {
        return new ContinuousEstimate(
                name(),
                bits,
                Double.NaN,
                ContinuousEstimate.Interval.NONE,
                Double.POSITIVE_INFINITY,
                bits,
                rowPasses,
                seconds,
                warnings);
    }

    private static Philox stream(long seed, int layer, int step) {
        return new Philox(seed, MINE, layer, 0, step);
    }

    /** Every held-out row with the next ones, in the order of the split: product pairs without a joint one. */
    private static Batch shifted(int[] rows) {
        int pairings = Math.min(HELD_OUT_PAIRINGS, rows.length - 1);
        int[][] partners = new int[pairings][rows.length];
        for (int k = 0; k < pairings; k++) {
            for (int i = 0; i < rows.length; i++) {
                partners[k][i] = (i + k + 1) % rows.length;
            }
        }
        return new Batch(rows, partners);
    }

    /** Adam (Kingma and Ba 2015), uphill. */
    private static final class Adam {
        private static final double FIRST_DECAY = 0.9;
        private static final double SECOND_DECAY = 0.999;
        private static final double SMALL = 1e-8;

        private final double[] parameters;
        private final double rate;
        private final double[] first;
        private final double[] second;
        private int steps;

        Adam(double[] parameters, double rate) {
            this.parameters = parameters;
            this.rate = rate;
            this.first = new double[parameters.length];
            this.second = new double[parameters.length];
        }

        void ascend(double[] gradient) {
            steps++;
            double ofFirst = 1 - Math.pow(FIRST_DECAY, steps);
            double ofSecond = 1 - Math.pow(SECOND_DECAY, steps);
            for (int i = 0; i < parameters.length; i++) {
                first[i] = FIRST_DECAY * first[i] + (1 - FIRST_DECAY) * gradient[i];
                second[i] = SECOND_DECAY * second[i] + (1 - SECOND_DECAY) * gradient[i] * gradient[i];
                parameters[i] += rate * (first[i] / ofFirst) / (Math.sqrt(second[i] / ofSecond) + SMALL);
            }
        }
    }
}
