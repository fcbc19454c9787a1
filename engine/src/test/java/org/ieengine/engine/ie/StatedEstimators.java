package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    @Override
    public SeedEstimate critic(PairedStates pairs, EstimateContext context, int critic, TrainingListener listener) {
        calls.count();
        for (int step = 1; step <= 3; step++) {
            listener.step(new TrainingListener.TrainingProgress(step, 3, 100L * step, step));
        }
        double bits = criticBits(pairs.symbols().ceiling().bits(), critic, trace(pairs));
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
    public PooledEstimate pooledCritic(
            PairedStates pairs, List<double[]> weights, EstimateContext context, Critic critic) {
        SeedEstimate training = critic(pairs, context, critic.number(), critic.listener());
        double[] bits = new double[weights.size()];
        for (int position = 0; position < bits.length; position++) {
            double[] positive =
                    Arrays.stream(weights.get(position)).filter(w -> w > 0).toArray();
            double ceiling =
                    PairSymbols.oneToOne(new int[0], positive).ceiling().bits();
            bits[position] = criticBits(ceiling, critic.number(), trace(pairs));
        }
        return new PooledEstimate(training, bits);
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
