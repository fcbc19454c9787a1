package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;

/**
 * Critics of continuous pairs: each is trained on some samples by the logistic loss (Nowozin, Cseke and Tomioka 2016, arXiv 1606.00709), stops
 * by others, and is judged by a third part, which differs between critics. The score is the log ratio of a Gaussian copula fitted to
 * the training samples plus a network of what {@link RatioFeatures} shows. Several bounds are read from one training.
 *
 * <p>An honest value: no pair that judges was seen in training, and nothing is claimed above the logarithm of the number of product
 * pairs it was judged by. With product pairs enough it is a lower bound on the mean; what is missing is what the critic has not learned. They
 * are enough while their logarithm is twice the value; beyond that their mean is mostly too low, the value too high, and a warning says so.
 */
public final class HeldOutCritics {
    /** Samples below which no critic is trained. */
    public static final int LEAST_SAMPLES = 50;

    private static final double BITS = 1 / Math.log(2);

    private final Backend backend;
    private final HeldOutSettings settings;

    /** Where and how critics are trained. */
    public HeldOutCritics(Backend backend, HeldOutSettings settings) {
        this.backend = backend;
        this.settings = settings;
    }

    /** One of the bounds as an estimator of its own. */
    public ContinuousEstimator reading(Bound bound) {
        return new ContinuousEstimator() {
            @Override
            public String name() {
                return bound.label();
            }

            @Override
            public ContinuousEstimate estimate(SamplePairs pairs, long seed, TrainingListener listener) {
                return train(pairs, seed, listener).estimate(bound);
            }
        };
    }

    /**
     * Trains all critics.
     *
     * @param seed keys splits, first weights, pairings and resamples
     * @throws RuntimeException whatever the listener throws to stop
     */
    public Readings train(SamplePairs pairs, long seed, TrainingListener listener) {
        long started = System.nanoTime();
        int n = pairs.size();
        if (n < LEAST_SAMPLES) {
            return new Readings(
                    Double.NaN,
                    List.of(),
                    seed,
                    (System.nanoTime() - started) / 1e9,
                    List.of(n + " samples are too few to train and judge critics: at least " + LEAST_SAMPLES
                            + " are needed"));
        }
        RatioFeatures.Margins margins = RatioFeatures.Margins.of(pairs);
        if (margins.constant()) {
            return new Readings(
                    0,
                    List.of(),
                    seed,
                    (System.nanoTime() - started) / 1e9,
                    List.of("x or y is constant: the information is exactly 0 bits"));
        }
        List<HeldOutScores> scores = new ArrayList<>();
        Philox order = CriticDraw.SPLIT.stream(seed, 0, 0);
        for (int critic = 0; critic < settings.critics(); critic++) {
            SampleSplit split = SampleSplit.of(n, settings, order, critic);
            RatioFeatures features = RatioFeatures.of(margins, split.training()).tempered(split.validation());
            HeldOutTraining.Job job = new HeldOutTraining.Job(backend, settings, seed, critic);
            try (HeldOutTraining training = new HeldOutTraining(job, features, split)) {
                scores.add(training.run(listener));
            }
        }
        return new Readings(Double.NaN, scores, seed, (System.nanoTime() - started) / 1e9, List.of());
    }

    /** What the critics of one estimate read. */
    public static final class Readings {
        private final double known;
        private final List<HeldOutScores> scores;
        private final long seed;
        private final double seconds;
        private final List<String> warnings;

        private Readings(double known, List<HeldOutScores> scores, long seed, double seconds, List<String> warnings) {
            this.known = known;
            this.scores = scores;
            this.seed = seed;
            this.seconds = seconds;
            this.warnings = warnings;
        }

        /** The estimate by a bound: mean over the critics, cut off at what the product pairs can tell. */
        public ContinuousEstimate estimate(Bound bound) {
            if (scores.isEmpty()) {
                return new ContinuousEstimate(
                        bound.label(),
                        known,
                        Double.NaN,
                        new ContinuousEstimate.Interval(known, known),
                        Double.POSITIVE_INFINITY,
                        known,
                        0,
                        seconds,
                        warnings);
            }
            double ceiling = ceilingBits();
            double[] bits =
                    scores.stream().mapToDouble(s -> s.nats(bound) * BITS).toArray();
            List<String> told = new ArrayList<>(warnings);
            double limit = bound == Bound.SMILE ? Double.POSITIVE_INFINITY : ceiling;
            if (Arrays.stream(bits).anyMatch(b -> b > limit)) {
                told.add(String.format(
                        Locale.ROOT,
                        "%s reads more than its %.1f bits of held-out product pairs can tell: at least that much",
                        bound.label(),
                        ceiling));
            }
            if (bound == Bound.DV && scores.stream().anyMatch(HeldOutScores::shortOfPairs)) {
                told.add(String.format(
                        Locale.ROOT,
                        "%.1f bits of held-out product pairs are fewer than twice what dv reads: their mean is mostly too low, and dv"
                                + " too high; nwj errs to the other side",
                        ceiling));
            }
            double[] cut = Arrays.stream(bits).map(b -> Math.min(b, limit)).toArray();
            double mean = Spread.mean(cut);
            return new ContinuousEstimate(
                    bound.label(),
                    mean,
                    Spread.deviation(cut),
                    interval(bound, limit),
                    limit,
                    mean,
                    scores.stream().mapToLong(HeldOutScores::rowPasses).sum(),
                    seconds,
                    told);
        }

        /** Logarithm of the product pairs that the critics were judged by, the fewest of them, in bits; NaN without critics. */
        public double ceilingBits() {
            return scores.stream()
                    .mapToDouble(s -> Math.log(s.pairs()) * BITS)
                    .min()
                    .orElse(Double.NaN);
        }

        /**
         * What the closed form alone reads on the same pairs, in bits, cut off as dv is: the Gaussian copula as far as training samples
         * tell; NaN without critics.
         */
        public double closedFormBits() {
            double ceiling = ceilingBits();
            return Spread.mean(scores.stream()
                    .mapToDouble(s -> Math.min(ceiling, s.closedFormNats() * BITS))
                    .toArray());
        }

        /** How much more dv reads than its closed form; {@link Recommendation.Gain#NONE} without critics. */
        Recommendation.Gain gain() {
            if (scores.isEmpty()) {
                return Recommendation.Gain.NONE;
            }
            double[] means = new double[Spread.RESAMPLES];
            for (int critic = 0; critic < scores.size(); critic++) {
                double[] one =
                        scores.get(critic).resampledGain(Spread.RESAMPLES, CriticDraw.RESAMPLE.stream(seed, critic, 1));
                for (int r = 0; r < Spread.RESAMPLES; r++) {
                    means[r] += one[r] * BITS / scores.size();
                }
            }
            return new Recommendation.Gain(estimate(Bound.DV).bits() - closedFormBits(), Spread.deviation(means));
        }

        private ContinuousEstimate.Interval interval(Bound bound, double limit) {
            double[][] values = IntStream.range(0, scores.size())
                    .mapToObj(critic -> scores.get(critic)
                            .resampled(bound, Spread.RESAMPLES, CriticDraw.RESAMPLE.stream(seed, critic, 0)))
                    .toArray(double[][]::new);
            return Spread.interval(
                    values.length,
                    CriticDraw.RESAMPLE.stream(seed, 0, 2),
                    (critic, resample) -> Math.min(limit, values[critic][resample] * BITS));
        }
    }
}
