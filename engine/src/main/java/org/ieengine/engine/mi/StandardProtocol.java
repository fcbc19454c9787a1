package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Backend;

/**
 * Stratified Donsker-Varadhan: matched pairs enter the product of the marginals with their known weight, unmatched ones are
 * sampled, so that no critic reads above the plug-in value. The result is the value of the final weights over all distinct pairs
 * with fresh unmatched ones, never a maximum. States are standardised over the weighted distinct pairs.
 *
 * <p>Three things keep the number of row passes small; each leaves the bound valid. The known frequencies of the symbols are
 * added to the network's scores, so that the network tells pairs apart and does not learn frequencies by
 * heart. Where x predicts y (a block adds to its input) both are aligned linearly, which a first layer could absorb. The network
 * then starts as a falling function of the distance between aligned states.
 */
public final class StandardProtocol implements CriticProtocol {
    private final Backend backend;
    private final CriticSettings settings;
    private final CriticTraining.Protocol common;

    /** With {@link CriticSettings#standard()} or overrides of it. */
    public StandardProtocol(Backend backend, CriticSettings settings) {
        this.backend = backend;
        this.settings = settings;
        this.common = new CriticTraining.Protocol(backend, settings, new SharedMaps());
    }

    @Override
    public String label() {
        return "standard";
    }

    @Override
    public CriticSettings settings() {
        return settings;
    }

    /**
     * Most bytes of the backend's memory that training one critic takes beside the pairs.
     *
     * @param backend where it would be trained
     * @param pairs distinct pairs S
     * @param dimensions width of a state, before and after
     */
    public static long workspaceBytes(Backend backend, CriticSettings settings, long pairs, int dimensions) {
        return CriticTraining.bytes(backend, settings, pairs, dimensions);
    }

    /** Bytes of the Java heap that training a critic on states of d dimensions takes at most, once for all critics of an estimate. */
    public static long heapBytes(int dimensions) {
        return LinearAlignment.heapBytes(dimensions);
    }

    /** Joint rows of a training step on S distinct pairs. */
    public static int batch(CriticSettings settings, long pairs) {
        return CriticTraining.batch(settings, pairs);
    }

    @Override
    public SeedEstimate train(PairedStates pairs, EstimateContext context, int critic, TrainingListener listener) {
        return trainPooled(pairs, List.of(pairs.symbols().weight()), context, critic, listener)
                .get(0);
    }

    /**
     * Trains one critic on the pairs with their own weights, and evaluates it under each of several other weightings of the same
     * pairs: the micro tokens of all positions together, then of each position. Any critic gives a valid bound for each.
     *
     * @param weightings each [S], not negative, not all 0: how often each pair occurs
     * @return one estimate per weighting; the row passes, steps and curve are those of the shared training
     */
    public List<SeedEstimate> trainPooled(
            PairedStates pairs,
            List<double[]> weightings,
            EstimateContext context,
            int critic,
            TrainingListener listener) {
        long started = System.nanoTime();
        CriticTraining.Outcome outcome = null;
        List<SeedEstimate> results = new ArrayList<>();
        try (CriticTraining training = new CriticTraining(common, pairs, context, critic)) {
            outcome = training.run(listener);
            for (double[] weighting : weightings) {
                results.add(estimate(training, outcome, pairs, weighting, started));
            }
        }
        return results;
    }

    /** As {@link #trainPooled} with all critics of the settings: one estimate per weighting. */
    public List<MiEstimate> estimatePooled(
            PairedStates pairs, List<double[]> weightings, EstimateContext context, TrainingListener listener) {
        List<List<SeedEstimate>> critics = new ArrayList<>();
        for (int critic = 0; critic < settings.critics(); critic++) {
            critics.add(trainPooled(pairs, weightings, context, critic, listener));
        }
        List<MiEstimate> results = new ArrayList<>();
        for (int w = 0; w < weightings.size(); w++) {
            int weighting = w;
            Ceiling ceiling =
                    subset(pairs.symbols(), weightings.get(w)).symbols().ceiling();
            results.add(new MiEstimate(
                    "dv",
                    label(),
                    ceiling,
                    critics.stream().map(c -> c.get(weighting)).toList()));
        }
        return results;
    }

    private SeedEstimate estimate(
            CriticTraining training,
            CriticTraining.Outcome outcome,
            PairedStates pairs,
            double[] weighting,
            long started) {
        Subset subset = subset(training.symbols(), weighting);
        double bits = Double.NaN;
        List<String> warnings = new ArrayList<>(outcome.warnings());
        if (subset.symbols().ceiling().bits() < CriticTraining.NOTHING) {
            bits = 0;
        } else if (!outcome.stoppedByNan()) {
            bits = training.fullSetBits(subset);
        }
        return new SeedEstimate(
                outcome.critic(),
                bits,
                outcome.heldOutBits(),
                outcome.steps(),
                outcome.rowPasses(),
                outcome.curve(),
                (System.nanoTime() - started) / 1e9,
                outcome.stoppedByNan(),
                warnings);
    }

    /** Rows of positive weight with their symbols. */
    record Subset(int[] rows, PairSymbols symbols) {}

    static Subset subset(PairSymbols symbols, double[] weighting) {
        if (weighting.length != symbols.size()) {
            throw new IllegalArgumentException(
                    weighting.length + " weights for " + symbols.size() + " pairs of symbols");
        }
        int[] rows = IntStream.range(0, weighting.length)
                .filter(i -> weighting[i] != 0)
                .toArray();
        return new Subset(
                rows,
                new PairSymbols(
                        pick(symbols.x(), rows),
                        pick(symbols.y(), rows),
                        symbols.group().length == 0 ? symbols.group() : pick(symbols.group(), rows),
                        Arrays.stream(rows).mapToDouble(i -> weighting[i]).toArray()));
    }

    private static int[] pick(int[] values, int[] rows) {
        return Arrays.stream(rows).map(i -> values[i]).toArray();
    }
}
