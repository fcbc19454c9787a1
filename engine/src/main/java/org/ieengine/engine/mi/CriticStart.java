package org.ieengine.engine.mi;

import java.util.Arrays;

/**
 * Where the training of a critic of aligned states starts: as a function that falls with the distance between them, from a threshold
 * on and at a slope that give the largest stratified value on some pairs of the training set, hard ones included. The threshold is
 * sought among multiples of the distances of pairs that belong together, the slope on a geometric grid. Aligned states are then
 * scaled so that the slope is {@value #SLOPE}: weights of ordinary size tell the hard pairs apart, however close these are, and a
 * step of the optimiser changes scores by little.
 */
final class CriticStart {
    /** Scores fall by so many nats where the mean absolute difference of the projections grows by 1. */
    static final double SLOPE = 32;

    /** Unmatched pairs for each row that the start is chosen on. */
    static final int PAIRINGS = 4;

    private static final int ROWS = 2048;
    private static final double STEEPEST = 1e6;
    private static final double STEEPER = 1.2;

    /** Differences of values, in bits, that may be nothing but rounding. */
    private static final double ROUNDING = 1e-9;

    private final Critic critic;
    private final CriticInput input;
    private final FullSetReader reader;
    private double threshold;
    private double slope = 1;
    private double bits = Double.NEGATIVE_INFINITY;

    private CriticStart(Critic critic, CriticInput input, FullSetReader reader) {
        this.critic = critic;
        this.input = input;
        this.reader = reader;
    }

    /** Puts the best start in place. */
    static void choose(Critic critic, CriticInput input, FullSetReader reader, FullSetReader.Wanted wanted) {
        CriticStart start = new CriticStart(critic, input, reader);
        critic.fallFrom(0, 1);
        int most = Math.min(input.capacity(), ROWS);
        reader.read(
                new FullSetReader.Wanted(wanted.subset(), wanted.law(), PAIRINGS, most),
                scored -> start.search(scored, wanted.law()));
        double gain = start.slope / SLOPE;
        input.scale(gain);
        critic.fallFrom(gain * start.threshold, SLOPE);
    }

    private void search(FullSetReader.Scored scored, PairLaw law) {
        float[] own = Arrays.copyOf(scored.network(), scored.rows().length);
        for (int i = 0; i < own.length; i++) {
            own[i] = -own[i];
        }
        Arrays.sort(own);
        double median = own[own.length / 2];
        double rare = own[own.length - 1 - own.length / 20];
        double most = own[own.length - 1];
        double[] thresholds = {0.7 * median, median, rare, 1.3 * rare, most, 1.5 * most, 2 * most, 3 * most};
        float[][] networks = reader.again(scored, thresholds.length, i -> critic.fallFrom(thresholds[i], 1));
        searchSlope(scored, scored.network(), 0, law);
        for (int i = 0; i < thresholds.length; i++) {
            searchSlope(scored, networks[i], thresholds[i], law);
        }
    }

    /**
     * The value is concave in the slope, being a mean of scores less a logarithm of a sum of their exponentials: where it has begun to
     * fall it falls on.
     */
    private void searchSlope(FullSetReader.Scored scored, float[] network, double tried, PairLaw law) {
        double[] scores = new double[network.length];
        double most = Double.NEGATIVE_INFINITY;
        for (double s = 1; s < STEEPEST; s *= STEEPER) {
            for (int i = 0; i < scores.length; i++) {
                scores[i] = s * network[i] + scored.known()[i];
            }
            StratifiedValue value = new StratifiedValue(law);
            value.add(scored.rows(), scored.pairs(), scores);
            double found = value.bits();
            if (found > bits) {
                bits = found;
                threshold = tried;
                slope = s;
            }
            if (found < most - ROUNDING) {
                return;
            }
            most = Math.max(most, found);
        }
    }
}
