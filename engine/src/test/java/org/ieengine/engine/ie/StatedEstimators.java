package org.ieengine.engine.ie;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.engine.mi.CurvePoint;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.ResolutionEstimate.Level;
import org.ieengine.engine.mi.ResolutionEstimate.Quantity;
import org.ieengine.engine.mi.ResolutionEstimate.StateInformation;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Estimators whose values are stated functions of symbols and states, so that what a run does around them can be followed to the
 * last bit: a critic reads the ceiling less 0.1 bit for its number plus one, less a trace of the states it was given.
 */
final class StatedEstimators implements Estimators {
    private final Backend backend;
    private final List<Double> sigmas;
    private final ListenerCalls calls;

    StatedEstimators(Backend backend, List<Double> sigmas, ListenerCalls calls) {
        this.backend = backend;
        this.sigmas = sigmas;
        this.calls = calls;
    }

    static double criticBits(double ceiling, int critic, double trace) {
        return ceiling - 0.1 * (critic + 1) - trace;
    }

    /** A number below 1e-3 that depends on every element. */
    double trace(PairedStates pairs) {
        return 1e-4 * (1 + Math.sin(sum(pairs.x()) + 3 * sum(pairs.y())));
    }

    private double sum(Tensor states) {
        float[] values = new float[(int) states.rows() * states.columns()];
        backend.read(states, 0, (int) states.rows(), values);
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    /** nwj reads a hundredth below dv, smile two hundredths above it. */
    private static double reading(Estimator estimator, double bits) {
        return switch (estimator) {
            case NWJ -> bits - 0.01;
            case SMILE -> bits + 0.02;
            default -> bits;
        };
    }

    @Override
    public List<SeedEstimate> critic(PairedStates pairs, EstimateContext context, Critic critic) {
        return pooledCritic(pairs, List.of(pairs.symbols().weight()), context, critic)
                .get(0);
    }

    private SeedEstimate estimate(double bits, EstimateContext context, int critic) {
        return new SeedEstimate(
                critic,
                bits,
                Double.NaN,
                3,
                300,
                List.of(new CurvePoint(1, bits - 1), new CurvePoint(3, bits)),
                0.25,
                false,
                context.layer() == 1 ? List.of("a stated warning") : List.of());
    }

    @Override
    public List<List<SeedEstimate>> pooledCritic(
            PairedStates pairs, List<double[]> weights, EstimateContext context, Critic critic) {
        calls.count();
        for (int step = 1; step <= 3; step++) {
            critic.listener().step(new TrainingListener.TrainingProgress(step, 3, 100L * step, step));
        }
        List<List<SeedEstimate>> estimates = new ArrayList<>();
        for (double[] of : weights) {
            // A single weighting is that of the pairs themselves, which need not be one to one.
            double ceiling = weights.size() == 1
                    ? pairs.symbols().ceiling().bits()
                    : PairSymbols.oneToOne(
                                    new int[0],
                                    Arrays.stream(of).filter(w -> w > 0).toArray())
                            .ceiling()
                            .bits();
            double bits = criticBits(ceiling, critic.number(), trace(pairs));
            estimates.add(critic.readings().stream()
                    .map(estimator -> estimate(reading(estimator, bits), context, critic.number()))
                    .toList());
        }
        return estimates;
    }

    /** Reads the entropy of the rows, less a tenth where it is random, and always warns of their number. */
    @Override
    public ContinuousEstimate rows(Estimator estimator, SamplePairs rows, long seed, TrainingListener listener) {
        calls.count();
        listener.step(new TrainingListener.TrainingProgress(1, 1, rows.size(), Double.NaN));
        Map<FloatBuffer, Integer> counts = new HashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            counts.merge(FloatBuffer.wrap(rows.y(), i * rows.dy(), rows.dy()), 1, Integer::sum);
        }
        double entropy = 0;
        for (int count : counts.values()) {
            double p = (double) count / rows.size();
            entropy -= p * Math.log(p) / Math.log(2);
        }
        return new ContinuousEstimate(
                estimator.label(),
                estimator == Estimator.GAUSSIAN ? 100 + entropy : entropy - (estimator == Estimator.INFONCE ? 0.1 : 0),
                Double.NaN,
                ContinuousEstimate.Interval.NONE,
                Double.POSITIVE_INFINITY,
                Double.NaN,
                estimator == Estimator.INFONCE ? 500 : 0,
                0.5,
                List.of(rows.size() + " rows and the seed " + (seed & 1)));
    }

    @Override
    public long rowsBytes(Estimator estimator, int rows, int dimensions) {
        return 0;
    }

    @Override
    public ResolutionEstimate resolution(PairedStates pairs, TrainingListener listener) {
        calls.count();
        listener.step(new TrainingListener.TrainingProgress(1, 1, 10, Double.NaN));
        double ceiling = pairs.symbols().ceiling().bits();
        List<Level> levels = new ArrayList<>();
        for (double sigma : sigmas) {
            double bits = ceiling / (1 + sigma);
            levels.add(new Level(
                    sigma,
                    new Quantity(bits, 0.01),
                    new StateInformation(new Quantity(bits + 0.1, 0.02), bits, 0.1),
                    new StateInformation(new Quantity(bits + 0.2, 0.03), bits, 0.2)));
        }
        return new ResolutionEstimate(pairs.symbols().ceiling(), levels, 0.5);
    }

    @Override
    public long criticBytes(long pairs, int dimensions, long samples) {
        return 0;
    }

    @Override
    public long resolutionBytes(long pairs, int dimensions) {
        return 0;
    }

    @Override
    public long heldBytes(int dimensions) {
        return 0;
    }

    @Override
    public void close() {}
}
