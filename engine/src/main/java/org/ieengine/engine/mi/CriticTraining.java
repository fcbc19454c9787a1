package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;

/** One critic of the standard protocol: its training, alone or beside others, and full-set values read from it. */
final class CriticTraining implements AutoCloseable {
    /** A ceiling below this many bits is nothing to train for. */
    static final double NOTHING = 1e-12;

    private static final int LEAST_BATCH = 128;
    private static final int MOST_BATCH = 2048;
    private static final int BATCHES_OF_ALL = 32;
    private static final int EVALUATION_ROWS = 2048;

    private final Backend backend;
    private final CriticSettings settings;
    private final SharedMaps shared;
    private final PairedStates pairs;
    private final EstimateContext context;
    private final int number;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private PairSymbols symbols;
    private final double ceiling;
    private final int batch;
    private final int capacity;
    private CriticInput input;
    private Critic critic;
    private CriticPass pass;
    private FullSetReader reader;
    private TrainingSteps steps;
    private int[] heldOut = new int[0];
    private int readings;

    /**
     * Prepares.
     *
     * @param protocol where and how critics are trained
     * @param number of the critic, from 0
     */
    CriticTraining(Protocol protocol, PairedStates pairs, EstimateContext context, int number) {
        this.backend = protocol.backend;
        this.settings = protocol.settings;
        this.shared = protocol.shared;
        this.pairs = pairs;
        this.context = context;
        this.number = number;
        this.symbols = pairs.symbols();
        this.ceiling = symbols.ceiling().bits();
        this.batch = batch(settings, symbols.size());
        int rows = Math.max(batch, Math.min(symbols.size(), EVALUATION_ROWS));
        this.capacity =
                CriticPass.capacity(backend, settings.widths(), StratifiedPairs.most(batch, settings.pairings()));
        if (ceiling >= NOTHING) {
            try {
                prepare(rows);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }
    }

    /**
     * What all critics have in common.
     *
     * @param shared maps that the critics of one estimate share
     */
    record Protocol(Backend backend, CriticSettings settings, SharedMaps shared) {}

    private void prepare(int rows) {
        input = own(new CriticInput(backend, pairs, rows));
        int most = Math.max(
                StratifiedPairs.most(batch, settings.pairings()),
                StratifiedPairs.most(rows, Math.max(settings.evaluationPairings(), CriticStart.PAIRINGS)));
        reader = own(new FullSetReader(backend, input, most, new FullSetReader.Keys(context, number)));
    }

    /** Joint rows of a step: as set, otherwise a 32nd of the pairs, between 128 and 2,048. */
    static int batch(CriticSettings settings, long pairs) {
        long own = Math.max(LEAST_BATCH, Math.min(MOST_BATCH, pairs / BATCHES_OF_ALL));
        return (int) Math.min(pairs, settings.batch() == 0 ? own : settings.batch());
    }

    /** Bytes that training on S pairs of states of so many dimensions holds, backward passes included. */
    static long bytes(Backend backend, CriticSettings settings, long pairs, int dimensions) {
        int batch = batch(settings, pairs);
        int rows = (int) Math.max(batch, Math.min(pairs, EVALUATION_ROWS));
        long stepPairs = StratifiedPairs.most(batch, settings.pairings());
        int capacity = CriticPass.capacity(backend, settings.widths(), stepPairs);
        long pass = CriticPass.bytes(backend, settings.widths(), rows, capacity);
        long most = Math.max(
                stepPairs, StratifiedPairs.most(rows, Math.max(settings.evaluationPairings(), CriticStart.PAIRINGS)));
        long training = pass
                + Float.BYTES * 3 * stepPairs
                + Integer.BYTES * 2L * (batch + rows)
                + StepPlan.bytes(settings.steps());
        long fitting = CriticInput.fittingBytes(backend, pairs, dimensions);
        return Float.BYTES * most
                + PairList.bytes(most, rows, rows)
                + CriticInput.bytes(backend, rows, dimensions)
                + Critic.bytes(backend, settings.widths(), dimensions)
                + Math.max(training, fitting);
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    /** What training came to. */
    record Outcome(
            int critic,
            int steps,
            long rowPasses,
            double heldOutBits,
            List<CurvePoint> curve,
            boolean stoppedByNan,
            List<String> warnings) {}

    /** Trains critics, each as it would be alone, side by side. */
    static void run(Backend backend, List<CriticTraining> critics, TrainingListener listener) {
        TrainingSteps.run(
                backend,
                critics.stream().flatMap(critic -> critic.begin().stream()).toList(),
                listener);
    }

    /** Ready for its first step; empty when there is nothing to train for. */
    private Optional<TrainingSteps> begin() {
        if (ceiling < NOTHING) {
            return Optional.empty();
        }
        int[] all = IntStream.range(0, symbols.size()).toArray();
        RandomPurpose.HOLDOUT.stream(context, number, 0).shuffle(all);
        int held = settings.holdout() == 0 ? 0 : (int) Math.round(settings.holdout() * all.length);
        if (all.length - held < 2) {
            throw new IllegalArgumentException(
                    "holding out " + held + " of " + all.length + " distinct pairs leaves none");
        }
        int[] training = Arrays.copyOf(all, all.length - held);
        Arrays.sort(training);
        heldOut = Arrays.copyOfRange(all, all.length - held, all.length);
        Arrays.sort(heldOut);
        initialise(training);
        steps = new TrainingSteps(
                new TrainingSteps.Training(backend, settings, new FullSetReader.Keys(context, number), batch),
                new TrainingSteps.Network(input, critic, pass),
                reader,
                part(training));
        return Optional.of(steps);
    }

    /** What training came to. */
    Outcome outcome() {
        if (steps == null) {
            return new Outcome(number, 0, 0, Double.NaN, List.of(), false, List.of());
        }
        double bits = heldOut.length > 1 && !steps.broken() ? reader.bits(fullSet(part(heldOut))) : Double.NaN;
        List<String> warnings = new ArrayList<>();
        if (steps.broken()) {
            warnings.add("critic " + number + ": training became NaN at step " + steps.steps() + ", no value is given");
        }
        return new Outcome(number, steps.steps(), steps.rowPasses(), bits, steps.curve(), steps.broken(), warnings);
    }

    private void initialise(int[] training) {
        // With pairs held out, each critic trains on others, and may not know of those that it is judged by.
        SharedMaps.Fitted fitted =
                settings.holdout() == 0 ? shared.of(pairs, context, () -> fit(training, 0)) : fit(training, number);
        boolean aligned = input.align(fitted.maps(), fitted.clusters());
        symbols = withGroups(symbols, fitted.clusters());
        int d = pairs.x().columns();
        critic = own(
                aligned
                        ? Critic.ofAligned(backend, settings.widths(), d)
                        : new Critic(backend, settings.widths(), d, pairs.y().columns()));
        pass = own(new CriticPass(backend, critic, input.capacity(), capacity));
        reader.use(pass);
        Philox stream = RandomPurpose.WEIGHTS.stream(context, number, 0);
        if (aligned) {
            critic.initialiseAligned(stream);
            CriticStart.choose(critic, input, reader, wanted(part(training), 1));
        } else {
            critic.initialiseTied(stream);
        }
    }

    private SharedMaps.Fitted fit(int[] training, int critic) {
        int[] drawn = training.clone();
        RandomPurpose.ALIGNMENT.stream(context, critic, 0).shuffle(drawn);
        StateClusters clusters = input.clusters(drawn, RandomPurpose.CLUSTERS.stream(context, critic, 0));
        return new SharedMaps.Fitted(clusters, input.fit(drawn, clusters));
    }

    /** Where no groups were given, states of one cluster are the ones that are hard to tell apart. */
    private static PairSymbols withGroups(PairSymbols symbols, StateClusters clusters) {
        return symbols.group().length > 0 || clusters.count() < 2
                ? symbols
                : new PairSymbols(symbols.x(), symbols.y(), clusters.label(), symbols.weight());
    }

    private FullSetReader.Wanted wanted(StandardProtocol.Subset subset, int pairings) {
        return new FullSetReader.Wanted(subset, new PairLaw(subset.symbols()), pairings, Integer.MAX_VALUE);
    }

    private StandardProtocol.Subset part(int[] rows) {
        double[] weighting = new double[symbols.size()];
        for (int row : rows) {
            weighting[row] = symbols.weight()[row];
        }
        return StandardProtocol.subset(symbols, weighting);
    }

    private FullSetReader.Wanted fullSet(StandardProtocol.Subset subset) {
        return wanted(subset, settings.evaluationPairings());
    }

    /** The symbols, with clusters as groups where none were given. */
    PairSymbols symbols() {
        return symbols;
    }

    /** Reads a subset by the critic as it is after it was trained. */
    CriticReadings readings(StandardProtocol.Subset subset) {
        return new CriticReadings(
                reader, fullSet(subset), RandomPurpose.RESAMPLING.stream(context, number, readings++));
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
