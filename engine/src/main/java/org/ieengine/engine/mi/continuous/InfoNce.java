package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;

/**
 * InfoNCE (van den Oord, Li and Vinyals 2018, arXiv 1807.03748) with a separable critic, the product of an embedding of x and one of
 * y, which is scored on all pairs of a batch. It starts from the log ratio of a Gaussian copula fitted to the training samples, which is
 * separable too. Judged by pairs it has not seen, up to 2,048 of them against each other: a bound of little variance that never
 * reads above the logarithm of their number (Poole et al. 2019, arXiv 1905.06922).
 */
public final class InfoNce implements ContinuousEstimator {
    private static final double BITS = 1 / Math.log(2);

    private final Backend backend;
    private final HeldOutSettings settings;

    /** Where and how critics are trained; the last of the settings' widths is replaced by that of the embedding. */
    public InfoNce(Backend backend, HeldOutSettings settings) {
        this.backend = backend;
        this.settings = settings;
    }

    @Override
    public String name() {
        return "infonce";
    }

    @Override
    public ContinuousEstimate estimate(SamplePairs pairs, long seed, TrainingListener listener) {
        long started = System.nanoTime();
        int n = pairs.size();
        if (n < HeldOutCritics.LEAST_SAMPLES) {
            return known(
                    Double.NaN,
                    started,
                    n + " samples are too few to train and judge critics: at least " + HeldOutCritics.LEAST_SAMPLES
                            + " are needed");
        }
        RatioFeatures.Margins margins = RatioFeatures.Margins.of(pairs);
        if (margins.constant()) {
            return known(0, started, "x or y is constant: the information is exactly 0 bits");
        }
        Philox order = CriticDraw.SPLIT.stream(seed, 0, 0);
        List<double[]> terms = new ArrayList<>();
        double ceiling = Double.POSITIVE_INFINITY;
        long rowPasses = 0;
        for (int critic = 0; critic < settings.critics(); critic++) {
            SampleSplit split = SampleSplit.of(n, settings, order, critic);
            RatioFeatures features = RatioFeatures.of(margins, split.training()).tempered(split.validation());
            HeldOutTraining.Job job = new HeldOutTraining.Job(backend, settings, seed, critic);
            try (SeparableTraining training = new SeparableTraining(job, features, split)) {
                terms.add(training.run(listener));
                ceiling = Math.min(ceiling, Math.log(training.candidates()) * BITS);
                rowPasses += training.rowPasses();
            }
        }
        double[] bits = terms.stream().mapToDouble(t -> Spread.mean(t) * BITS).toArray();
        double value = Spread.mean(bits);
        return new ContinuousEstimate(
                name(),
                value,
                Spread.deviation(bits),
                interval(terms, seed),
                ceiling,
                value,
                rowPasses,
                (System.nanoTime() - started) / 1e9,
                value > 0.9 * ceiling
                        ? List.of(
                                "infonce reads close to its ceiling, the logarithm of the candidates: more may be there")
                        : List.of());
    }

    private ContinuousEstimate known(double bits, long started, String warning) {
        return new ContinuousEstimate(
                name(),
                bits,
                Double.NaN,
                new ContinuousEstimate.Interval(bits, bits),
                Double.POSITIVE_INFINITY,
                bits,
                0,
                (System.nanoTime() - started) / 1e9,
                List.of(warning));
    }

    private static ContinuousEstimate.Interval interval(List<double[]> terms, long seed) {
        return Spread.interval(terms.size(), CriticDraw.RESAMPLE.stream(seed, 0, 3), (critic, resample) -> {
            double[] rows = terms.get(critic);
            Philox stream = CriticDraw.RESAMPLE.stream(seed, critic, 4 + resample);
            double sum = 0;
            for (int i = 0; i < rows.length; i++) {
                sum += rows[stream.below(rows.length, i)];
            }
            return sum / rows.length * BITS;
        });
    }
}
