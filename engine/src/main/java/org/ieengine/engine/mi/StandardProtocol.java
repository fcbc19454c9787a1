package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Backend;

/**
 * Stratified Donsker-Varadhan: matched pairs enter the product of the marginals with their known weight, unmatched ones are
 * sampled, so that no critic reads above the plug-in value. The result is the value of the final weights over all distinct pairs
 * with fresh unmatched ones, never a maximum. States are standardised over the weighted distinct pairs.
 *
 * <p>Four things keep the number of row passes small; each leaves the bound valid. The known frequencies of the symbols are
 * added to the network's scores, so that the network tells pairs apart and does not learn frequencies by
 * heart. Where x predicts y (a block adds to its input) both are aligned, linearly and by what the cluster of x adds
 * ({@link LinearAlignment}): the linear part a first layer could absorb, the clusters' part it could not. The network
 * then starts as a falling function of the distance between aligned states, where and how steeply is chosen on some pairs
 * ({@link CriticStart}). Where no groups are given, clusters of x stand for them: unmatched pairs of one cluster are a stratum of their
 * own, known before any critic, with its exact weight in the product.
 */
public final class StandardProtocol implements CriticProtocol, AutoCloseable {
    private final CriticSettings settings;
    private final TrainedCritics critics;

    /** With {@link CriticSettings#standard()} or overrides of it. */
    public StandardProtocol(Backend backend, CriticSettings settings) {
        this.settings = settings;
        this.critics = new TrainedCritics(new CriticTraining.Protocol(backend, settings, new SharedMaps()));
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
     * Most bytes of the backend's memory that training takes beside the pairs, of one critic or of all that are trained side by side.
     *
     * @param backend where it would be trained
     * @param pairs distinct pairs S
     * @param dimensions width of a state, before and after
     */
    public static long workspaceBytes(Backend backend, CriticSettings settings, long pairs, int dimensions) {
        return TrainedCritics.together(backend, settings, pairs)
                * CriticTraining.bytes(backend, settings, pairs, dimensions);
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

    /** As {@link #trainPooled(List, PairedStates, List, EstimateContext, int, TrainingListener)} by {@code dv}: one estimate per weighting. */
    public List<SeedEstimate> trainPooled(
            PairedStates pairs,
            List<double[]> weightings,
            EstimateContext context,
            int critic,
            TrainingListener listener) {
        return trainPooled(List.of("dv"), pairs, weightings, context, critic, listener).stream()
                .map(estimates -> estimates.get(0))
                .toList();
    }

    /**
     * Trains one critic on the pairs with their own weights, and evaluates it under each of several other weightings of the same
     * pairs: the micro tokens of all positions together, then of each position. Any critic gives a valid bound for each.
     *
     * @param estimators of {@link #estimators()}
     * @param weightings each [S], not negative, not all 0: how often each pair occurs
     * @return for each weighting an estimate per estimator; the row passes, steps and curve are those of the shared training
     * @throws IllegalArgumentException for a name that is none of them, before anything is trained
     */
    public List<List<SeedEstimate>> trainPooled(
            List<String> estimators,
            PairedStates pairs,
            List<double[]> weightings,
            EstimateContext context,
            int critic,
            TrainingListener listener) {
        for (String estimator : estimators) {
            if (!estimators().contains(estimator)) {
                throw new IllegalArgumentException(estimator + " is none of " + String.join(", ", estimators()));
            }
        }
        List<List<SeedEstimate>> results = new ArrayList<>();
        try (TrainedCritics.Trained trained = critics.take(pairs, context, critic, listener)) {
            CriticTraining training = trained.training();
            long begin = System.nanoTime() - Math.round(trained.seconds() * 1e9);
            CriticTraining.Outcome outcome = training.outcome();
            for (double[] weighting : weightings) {
                List<CriticReadings.Reading> readings = readings(estimators, training, outcome, weighting);
                List<SeedEstimate> estimates = new ArrayList<>();
                for (int e = 0; e < estimators.size(); e++) {
                    estimates.add(
                            estimate(outcome, readings.get(e), estimators.get(e).equals("dv"), begin));
                }
                results.add(estimates);
            }
        }
        return results;
    }

    /** Names of the estimators that are read from one training: {@code dv}, {@code nwj}, {@code smile}. */
    public static List<String> estimators() {
        return CriticReadings.ESTIMATORS;
    }

    @Override
    public MiEstimate estimate(PairedStates pairs, EstimateContext context, TrainingListener listener) {
        return estimates(List.of("dv"), pairs, context, listener).get(0);
    }

    /** An estimate for each estimator, from the same critics. */
    public List<MiEstimate> estimates(
            List<String> estimators, PairedStates pairs, EstimateContext context, TrainingListener listener) {
        return estimatesPooled(estimators, pairs, List.of(pairs.symbols().weight()), context, listener)
                .get(0);
    }

    /** As {@link #estimatesPooled(List, PairedStates, List, EstimateContext, TrainingListener)} by {@code dv}: one estimate per weighting. */
    public List<MiEstimate> estimatePooled(
            PairedStates pairs, List<double[]> weightings, EstimateContext context, TrainingListener listener) {
        return estimatesPooled(List.of("dv"), pairs, weightings, context, listener).stream()
                .map(estimates -> estimates.get(0))
                .toList();
    }

    /** All critics of the settings: for each weighting an estimate per estimator. */
    public List<List<MiEstimate>> estimatesPooled(
            List<String> estimators,
            PairedStates pairs,
            List<double[]> weightings,
            EstimateContext context,
            TrainingListener listener) {
        List<List<List<SeedEstimate>>> critics = new ArrayList<>();
        for (int critic = 0; critic < settings.critics(); critic++) {
            critics.add(trainPooled(estimators, pairs, weightings, context, critic, listener));
        }
        List<List<MiEstimate>> results = new ArrayList<>();
        for (int w = 0; w < weightings.size(); w++) {
            Ceiling ceiling =
                    subset(pairs.symbols(), weightings.get(w)).symbols().ceiling();
            List<MiEstimate> estimates = new ArrayList<>();
            for (int e = 0; e < estimators.size(); e++) {
                List<SeedEstimate> seeds = new ArrayList<>();
                for (List<List<SeedEstimate>> ofCritic : critics) {
                    seeds.add(ofCritic.get(w).get(e));
                }
                estimates.add(new MiEstimate(estimators.get(e), label(), ceiling, seeds));
            }
            results.add(estimates);
        }
        return results;
    }

    /** Frees critics that were trained beside others and never asked for; the protocol can be used again. */
    @Override
    public void close() {
        critics.close();
    }

    private List<CriticReadings.Reading> readings(
            List<String> estimators, CriticTraining training, CriticTraining.Outcome outcome, double[] weighting) {
        Subset subset = subset(training.symbols(), weighting);
        if (subset.symbols().ceiling().bits() < CriticTraining.NOTHING) {
            return Collections.nCopies(estimators.size(), new CriticReadings.Reading(0, 0));
        }
        if (outcome.stoppedByNan()) {
            return Collections.nCopies(estimators.size(), new CriticReadings.Reading(Double.NaN, Double.NaN));
        }
        CriticReadings readings = training.readings(subset);
        return estimators.stream().map(readings::of).toList();
    }

    private static SeedEstimate estimate(
            CriticTraining.Outcome outcome, CriticReadings.Reading reading, boolean heldOut, long started) {
        return new SeedEstimate(
                outcome.critic(),
                reading.bits(),
                heldOut ? outcome.heldOutBits() : Double.NaN,
                outcome.steps(),
                outcome.rowPasses(),
                outcome.curve(),
                (System.nanoTime() - started) / 1e9,
                outcome.stoppedByNan(),
                outcome.warnings(),
                reading.resamplingSd());
    }

    /** Rows of positive weight with their symbols. */
    record Subset(int[] rows, PairSymbols symbols) {
        /** Rows of all pairs that rows of this are. */
        int[] global(int[] some) {
            return pick(rows, some);
        }
    }

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
