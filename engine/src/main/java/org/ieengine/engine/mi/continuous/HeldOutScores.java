package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Philox;

/**
 * What a trained critic scores pairs that it has not seen: joint ones, and for each of their x some y of others. Bounds on mutual
 * information are means over these rows, so resampling rows gives their spread.
 */
final class HeldOutScores {
    /**
     * Product pairs wanted, in bits: so many above twice the bits that are read. The mean of e^f over product pairs has a relative variance
     * of E_q e^2f over their number, and for a Gaussian pair ln E_q e^2f = - sum ln(1 - rho^2) is twice the information.
     */
    private static final double BITS_TO_SPARE = 4;

    /** Product pairs scored at most. */
    private static final long MOST_PAIRS = 1L << 22;

    private static final double[] CAP_QUANTILES = {1, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0};
    private static final double CAP_SLACK = 0.02;

    private static final double BITS = 1 / Math.log(2);

    private final long rowPasses;
    private final List<Chunk> chunks = new ArrayList<>();
    private Cap cap = new Cap(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    private double normaliser;

    HeldOutScores(long rowPasses) {
        this.rowPasses = rowPasses;
    }

    /** Gives scores of joint and product pairs of some rows, further product pairs with each call. */
    interface Source {
        /** Rows, at least 2. */
        int rows();

        /** Pairings, of each row with one other, that were not given yet. */
        int left();

        /**
         * Scores in nats of the next pairings: of the whole critic, then of its closed form alone, each [1 + pairings][rows], joint
         * pairs first.
         */
        float[][][] next();
    }

    /** Scores of rows so far: of the whole critic and of its closed form alone. */
    private static final class Chunk {
        private final Source source;
        private final List<float[]> whole = new ArrayList<>();
        private final List<float[]> closed = new ArrayList<>();
        private float[] jointWhole;
        private float[] jointClosed;

        Chunk(Source source) {
            this.source = source;
        }

        void more() {
            float[][][] scores = source.next();
            jointWhole = scores[0][0];
            jointClosed = scores[1][0];
            whole.addAll(Arrays.asList(scores[0]).subList(1, scores[0].length));
            closed.addAll(Arrays.asList(scores[1]).subList(1, scores[1].length));
        }

        long pairs() {
            return (long) whole.size() * source.rows();
        }
    }

    /**
     * The greatest scores that count. What lies above is cut off, for joint and product pairs alike, so that a wild score of one product
     * pair in millions, where the critic has seen nothing, does not decide; a critic that is cut off is a critic, and the bound stays one.
     */
    private record Cap(double whole, double closed) {
        double of(boolean closedForm) {
            return closedForm ? closed : whole;
        }
    }

    /**
     * Where scores are cut off: at the greatest of a joint validation pair, or at a lower quantile of theirs, down to the smallest, where
     * the Donsker-Varadhan value of the validation rows is greater by more than 0.02 nats.
     */
    private static double cap(float[] joint, List<float[]> product) {
        float[] sorted = joint.clone();
        Arrays.sort(sorted);
        double[] caps = Arrays.stream(CAP_QUANTILES)
                .map(q -> sorted[(int) Math.round(q * (sorted.length - 1))])
                .toArray();
        double[] values =
                Arrays.stream(caps).map(c -> cutOffValue(joint, product, c)).toArray();
        double best = Arrays.stream(values).max().orElseThrow();
        for (int i = 0; i < caps.length; i++) {
            if (values[i] >= best - CAP_SLACK) {
                return caps[i];
            }
        }
        return caps[0];
    }

    private static double cutOffValue(float[] joint, List<float[]> product, double cap) {
        double told = 0;
        for (float score : joint) {
            told += Math.min(cap, score) / joint.length;
        }
        double sum = 0;
        long count = 0;
        for (float[] pairing : product) {
            for (float score : pairing) {
                sum += Math.exp(Math.min(cap, score) - cap);
            }
            count += pairing.length;
        }
        return told - cap - Math.log(sum / count);
    }

    /** Takes test rows. */
    void add(Source rows) {
        chunks.add(new Chunk(rows));
    }

    /**
     * Scores product pairs until there are enough for what they tell.
     *
     * @param watchers rows that are not judged by: they give the normaliser of {@link Bound#NWJ}, and where scores are cut off
     */
    void score(Source watchers) {
        Chunk apart = new Chunk(watchers);
        apart.more();
        cap = new Cap(cap(apart.jointWhole, apart.whole), cap(apart.jointClosed, apart.closed));
        normaliser = normaliser(apart.jointWhole, apart.whole, cap.whole);
        chunks.forEach(Chunk::more);
        while (shortOfPairs(BITS_TO_SPARE)
                && pairs() < MOST_PAIRS
                && chunks.stream().anyMatch(c -> c.source.left() > 0)) {
            chunks.stream().filter(c -> c.source.left() > 0).forEach(Chunk::more);
        }
    }

    /** Whether product pairs are so few for what they tell that their mean is mostly too low, and dv too high. */
    boolean shortOfPairs() {
        return shortOfPairs(0);
    }

    private boolean shortOfPairs(double spare) {
        return 2 * BITS * terms(Bound.DV, false).value() + spare > Math.log(pairs()) * BITS;
    }

    /**
     * Logarithm of the mean of e^score of product pairs, but no lower than lets these rows tell the logarithm of the number of their
     * product pairs: where the scores of product pairs lie orders of magnitude apart, a few pairs say nothing of their mean.
     *
     * @param joint scores of joint pairs
     */
    private static double normaliser(float[] joint, List<float[]> scores, double cap) {
        double greatest = Math.min(cap, greatest(scores));
        double sum = 0;
        long count = 0;
        for (float[] pairing : scores) {
            for (float score : pairing) {
                sum += Math.exp(Math.min(cap, score) - greatest);
            }
            count += pairing.length;
        }
        double told = 0;
        for (float score : joint) {
            told += Math.min(cap, score) / joint.length;
        }
        return Math.max(greatest + Math.log(sum / count), told - Math.log(count));
    }

    private static double greatest(List<float[]> scores) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (float[] pairing : scores) {
            for (float score : pairing) {
                greatest = Math.max(greatest, score);
            }
        }
        return greatest;
    }

    /** Product pairs scored. */
    long pairs() {
        return chunks.stream().mapToLong(Chunk::pairs).sum();
    }

    /** Pairs that went forward and backward in training. */
    long rowPasses() {
        return rowPasses;
    }

    /** A bound in nats. */
    double nats(Bound bound) {
        return terms(bound, false).value();
    }

    /** What the closed form alone reads by the Donsker-Varadhan bound, in nats. */
    double closedFormNats() {
        return terms(Bound.DV, true).value();
    }

    /** The bound in nats on resampled rows. */
    double[] resampled(Bound bound, int count, Philox stream) {
        Terms terms = terms(bound, false);
        double[] values = new double[count];
        for (int r = 0; r < count; r++) {
            values[r] = terms.value(resample(terms.joint.length, r, stream));
        }
        return values;
    }

    /** How much more the whole critic reads than its closed form on resampled rows, in nats. */
    double[] resampledGain(int count, Philox stream) {
        Terms whole = terms(Bound.DV, false);
        Terms closed = terms(Bound.DV, true);
        double[] values = new double[count];
        for (int r = 0; r < count; r++) {
            int[] rows = resample(whole.joint.length, r, stream);
            values[r] = whole.value(rows) - closed.value(rows);
        }
        return values;
    }

    private static int[] resample(int rows, int replicate, Philox stream) {
        int[] drawn = new int[rows];
        for (int i = 0; i < rows; i++) {
            drawn[i] = stream.below(rows, (long) replicate * rows + i);
        }
        return drawn;
    }

    /**
     * Row by row what a bound is made of.
     *
     * @param joint [rows] score of the joint pair
     * @param product [rows] mean over the row's product pairs of the bound's function of the score, times e^-shift
     * @param shift what was taken off the scores of product pairs
     */
    private record Terms(Bound bound, double[] joint, double[] product, double shift) {
        double value() {
            return of(
                    Arrays.stream(joint).average().orElse(Double.NaN),
                    Arrays.stream(product).average().orElse(Double.NaN));
        }

        double value(int[] rows) {
            double joints = 0;
            double products = 0;
            for (int row : rows) {
                joints += joint[row];
                products += product[row];
            }
            return of(joints / rows.length, products / rows.length);
        }

        private double of(double jointMean, double productMean) {
            return bound == Bound.NWJ ? jointMean - shift + 1 - productMean : jointMean - shift - Math.log(productMean);
        }
    }

    private Terms terms(Bound bound, boolean closedForm) {
        double most = cap.of(closedForm);
        double shift = bound == Bound.DV ? Double.NEGATIVE_INFINITY : 0;
        if (bound == Bound.DV) {
            for (Chunk chunk : chunks) {
                shift = Math.max(shift, Math.min(most, greatest(closedForm ? chunk.closed : chunk.whole)));
            }
        } else if (bound == Bound.NWJ) {
            shift = normaliser;
        }
        int rows = chunks.stream().mapToInt(c -> c.source.rows()).sum();
        double[] joint = new double[rows];
        double[] product = new double[rows];
        int at = 0;
        for (Chunk chunk : chunks) {
            List<float[]> scores = closedForm ? chunk.closed : chunk.whole;
            float[] own = closedForm ? chunk.jointClosed : chunk.jointWhole;
            for (int i = 0; i < own.length; i++) {
                joint[at + i] = Math.min(most, own[i]);
                double sum = 0;
                for (float[] pairing : scores) {
                    double score = Math.min(most, pairing[i]);
                    sum += Math.exp(
                            bound == Bound.SMILE ? Math.max(-Bound.CLIP, Math.min(Bound.CLIP, score)) : score - shift);
                }
                product[at + i] = sum / scores.size();
            }
            at += own.length;
        }
        return new Terms(bound, joint, product, shift);
    }
}
