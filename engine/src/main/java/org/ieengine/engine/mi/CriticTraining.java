package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;

/** Trains one critic by the standard protocol and reads full-set values from it. */
final class CriticTraining implements AutoCloseable {
    /** A ceiling below this many bits is nothing to train for. */
    static final double NOTHING = 1e-12;

    private static final int LEAST_BATCH = 128;
    private static final int MOST_BATCH = 2048;
    private static final int BATCHES_OF_ALL = 32;
    private static final int RUN_LENGTH = 16;
    private static final int EVALUATION_ROWS = 2048;
    private static final int CHECK_EVERY = 20;

    /** Rows that the value is watched on while training; the final one is over all. */
    private static final int WATCHED_ROWS = 4096;

    private static final int PLATEAU_STEPS = 100;
    private static final double PLATEAU_BITS = 0.01;
    private static final int WARM_UP = 5;
    private static final double BITS_PER_NAT = 1 / Math.log(2);

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
    private Tensor scores;
    private PairList drawnPairs;
    private int evaluations;

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
                StratifiedPairs.most(rows, Math.max(settings.evaluationPairings(), 2)));
        scores = own(backend.allocate(most, 1));
        drawnPairs = own(backend.pairList(most, rows, rows));
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
        long most = Math.max(stepPairs, StratifiedPairs.most(rows, Math.max(settings.evaluationPairings(), 2)));
        long training = pass + Float.BYTES * 3 * stepPairs + Integer.BYTES * batch + StepPlan.bytes(settings.steps());
        long fitting = pass / 2 + CriticInput.fittingBytes(pairs, dimensions);
        return Float.BYTES * most
                + PairList.bytes(most, rows, rows)
                + CriticInput.bytes(rows, dimensions)
                + Critic.bytes(settings.widths(), dimensions)
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

    Outcome run(TrainingListener listener) {
        if (ceiling < NOTHING) {
            return new Outcome(number, 0, 0, Double.NaN, List.of(), false, List.of());
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
        initialise(training);
        Steps steps = new Steps(part(training));
        steps.run(listener);
        double heldOut = Double.NaN;
        if (held > 1 && !steps.broken) {
            int[] rows = Arrays.copyOfRange(all, all.length - held, all.length);
            Arrays.sort(rows);
            heldOut = fullSetBits(part(rows));
        }
        List<String> warnings = new ArrayList<>();
        if (steps.broken) {
            warnings.add("critic " + number + ": training became NaN at step " + steps.step + ", no value is given");
        }
        return new Outcome(number, steps.step, steps.rowPasses, heldOut, steps.curve, steps.broken, warnings);
    }

    private void initialise(int[] training) {
        // With pairs held out, each critic trains on others, and may not know of those that it is judged by.
        SharedMaps.Fitted fitted =
                settings.holdout() == 0 ? shared.of(pairs, context, () -> fit(training, 0)) : fit(training, number);
        double leftOver = input.align(fitted.maps(), fitted.clusters().label());
        if (symbols.group().length == 0 && fitted.clusters().count() > 1 && System.getProperty("nostrata") == null) {
            symbols =
                    new PairSymbols(symbols.x(), symbols.y(), fitted.clusters().label(), symbols.weight());
        }
        int dx = pairs.x().columns();
        int dy = pairs.y().columns();
        critic = own(
                input.aligned()
                        ? Critic.shared(backend, settings.widths(), 2 * dx)
                        : new Critic(backend, settings.widths(), dx, dy));
        pass = own(new CriticPass(backend, critic, input.capacity(), capacity));
        Philox stream = RandomPurpose.WEIGHTS.stream(context, number, 0);
        if (Double.isNaN(leftOver)) {
            critic.initialiseTied(stream);
        } else {
            critic.initialiseAligned(stream, leftOver);
            if (System.getProperty("nostart") == null) {
                start(part(training));
            }
        }
    }

    private void start(StandardProtocol.Subset subset) {
        PairLaw law = new PairLaw(subset.symbols());
        int n = Math.min(subset.rows().length, Math.min(2048, input.capacity()));
        int[] every = IntStream.range(0, subset.rows().length).toArray();
        int[] rows = Arrays.copyOf(
                RunOrder.of(every, law, 4 * RUN_LENGTH, RandomPurpose.START.stream(context, number, 0)), n);
        StratifiedPairs drawn = StratifiedPairs.draw(rows, law, 4, RandomPurpose.START.stream(context, number, 1));
        int[] global = global(subset, rows);
        try (Indices loaded = backend.indices(global);
                Indices labels = indices(input.labels(global))) {
            input.load(loaded, labels);
        }
        pass.project(input.x().rowRange(0, n), input.y().rowRange(0, n));
        backend.write(drawn.x(), drawn.y(), drawnPairs);
        double[] known = drawn.known(rows, law);
        float[] raw = new float[drawn.size()];
        double[] thresholds = {0};
        double best = Double.NEGATIVE_INFINITY;
        double bestThreshold = 0;
        double bestSlope = 1;
        for (int at = 0; at < thresholds.length; at++) {
            critic.start(thresholds[at], 1);
            pass.scores(List.of(new Pairing.Listed(drawnPairs)), scores.rowRange(0, raw.length));
            backend.read(scores, 0, raw.length, raw);
            if (at == 0) {
                float[] own = Arrays.copyOf(raw, n);
                Arrays.sort(own);
                double median = -own[n / 2];
                double rare = -own[n / 20];
                double far = -own[0];
                thresholds = new double[] {0, 0.7 * median, median, rare, 1.3 * rare, far, 1.5 * far, 2 * far};
            }
            float[] scaled = new float[raw.length];
            for (double slope = 1; slope < 1e6; slope *= 1.2) {
                for (int i = 0; i < raw.length; i++) {
                    scaled[i] = (float) (slope * raw[i] + known[i]);
                }
                StratifiedValue value = new StratifiedValue(law);
                value.add(rows, drawn, scaled);
                if (value.bits() > best) {
                    best = value.bits();
                    bestThreshold = thresholds[at];
                    bestSlope = slope;
                }
            }
        }
        if (System.getProperty("trace") != null) {
            System.err.printf(
                    "start %.3f threshold %.4f of %s slope %.1f%n",
                    best, bestThreshold, Arrays.toString(thresholds), bestSlope);
        }
        double natural = Double.parseDouble(System.getProperty("slope", "32"));
        double gain = bestSlope / natural;
        input.scale(gain);
        critic.start(bestThreshold * gain, natural);
    }

    private Indices indices(int[] values) {
        return values.length == 0 ? null : backend.indices(values);
    }

    private SharedMaps.Fitted fit(int[] training, int critic) {
        int[] drawn = IntStream.range(0, training.length).toArray();
        RandomPurpose.ALIGNMENT.stream(context, critic, 0).shuffle(drawn);
        int most = Math.min(Integer.getInteger("most", 1024), training.length / Integer.getInteger("per", 4));
        StateClusters clusters = training.length < 512 || Integer.getInteger("most", 1024) == 0
                ? new StateClusters(new int[0], 0)
                : input.clusters(training, drawn, most, RandomPurpose.CLUSTERS.stream(context, critic, 0));
        StateClusters used = System.getProperty("nolocal") != null ? new StateClusters(new int[0], 0) : clusters;
        return new SharedMaps.Fitted(clusters, input.fit(training, drawn, used));
    }

    private StandardProtocol.Subset part(int[] rows) {
        double[] weighting = new double[symbols.size()];
        for (int row : rows) {
            weighting[row] = symbols.weight()[row];
        }
        return StandardProtocol.subset(symbols, weighting);
    }

    /** The steps of training over a subset of the distinct pairs. */
    private final class Steps {
        private final StandardProtocol.Subset subset;
        private final PairLaw law;
        private final double target;
        private final int size;
        private int[] order = new int[0];
        private int at;
        private int epoch;
        private int step;
        private long rowPasses;
        private boolean broken;
        private double last = Double.NaN;
        private final List<CurvePoint> curve = new ArrayList<>();

        Steps(StandardProtocol.Subset subset) {
            this.subset = subset;
            this.law = new PairLaw(subset.symbols());
            this.size = StratifiedPairs.exact(law) ? subset.rows().length : Math.min(batch, subset.rows().length);
            this.target = settings.stopShare() * subset.symbols().ceiling().bits();
        }

        void run(TrainingListener listener) {
            int pairsOfStep = StratifiedPairs.most(size, settings.pairings());
            try (Tensor gradients = backend.allocate(pairsOfStep, 1);
                    Tensor weights = backend.allocate(pairsOfStep, 2);
                    Tensor value = backend.allocate(1, 1);
                    Indices rows = backend.indices(new int[size]);
                    Indices labels = indices(input.labels(new int[size]));
                    OptimiserSteps optimiser = backend.steps(plan())) {
                boolean done = check() && broken;
                pass.prepareBackward();
                CriticPass.Head head = new CriticPass.Head(Exponential.STABLE, -1f, value, optimiser);
                StepMemory memory = new StepMemory(rows, labels, weights, gradients, head);
                int n = draw(memory);
                // What a step computes, recorded once: meanwhile the next one is drawn here.
                try (Recording computation = backend.record(() -> compute(memory, n))) {
                    while (step < settings.steps() && !done) {
                        computation.replay();
                        rowPasses += n;
                        step++;
                        if (step % CHECK_EVERY == 0 || step == settings.steps()) {
                            done = check();
                        }
                        if (step < settings.steps() && !done) {
                            draw(memory);
                        }
                        listener.step(new TrainingListener.TrainingProgress(step, settings.steps(), rowPasses, last));
                    }
                }
            }
        }

        /** Draws the pairs of the coming step, as many in every step, and writes them. */
        private int draw(StepMemory memory) {
            int[] rows = nextBatch();
            Philox stream = RandomPurpose.PAIRING.stream(context, number, step);
            StratifiedPairs drawn = StratifiedPairs.draw(rows, law, settings.pairings(), stream);
            int[] global = global(subset, rows);
            backend.write(global, memory.rows);
            if (memory.labels != null) {
                backend.write(input.labels(global), memory.labels);
            }
            backend.write(drawn.x(), drawn.y(), drawnPairs);
            backend.write(drawn.weights(rows, law), memory.weights, 0);
            return drawn.size();
        }

        /** A step on the n pairs that were written. */
        private void compute(StepMemory memory, int n) {
            backend.nextStep(memory.head.steps());
            input.load(memory.rows, memory.labels);
            pass.project(input.x().rowRange(0, size), input.y().rowRange(0, size));
            pass.gradients(
                    List.of(new Pairing.Listed(drawnPairs)),
                    memory.weights.rowRange(0, n),
                    memory.head,
                    scores.rowRange(0, n),
                    memory.gradients.rowRange(0, n));
            critic.update(memory.head.steps());
        }

        private StepPlan plan() {
            double[] rates =
                    IntStream.range(0, settings.steps()).mapToDouble(this::rate).toArray();
            return StepPlan.of(rates, RandomPurpose.PAIRING.stream(context, number, 0));
        }

        private double rate(int s) {
            double warm = Math.min(1, (s + 1) / (double) WARM_UP);
            double left = 1 - s / (double) settings.steps();
            return settings.learningRate() * warm * left * left * left;
        }

        /** The next rows of the running order; a rest smaller than a batch is left for the next order. */
        private int[] nextBatch() {
            if (at + size > order.length) {
                int[] rows = IntStream.range(0, subset.rows().length).toArray();
                order = RunOrder.of(rows, law, RUN_LENGTH, RandomPurpose.ORDER.stream(context, number, epoch++));
                at = 0;
            }
            int[] rows = Arrays.copyOfRange(order, at, at + size);
            at += size;
            return rows;
        }

        /** Reads the value over the subset; whether training is to end. */
        private boolean check() {
            last = value(subset, law, 2, WATCHED_ROWS);
            if (last >= target) {
                // a few pairings may miss the worst pairs: what ends training is read as the result will be
                last = value(subset, law, settings.evaluationPairings(), WATCHED_ROWS);
            }
            if (Double.isNaN(last)) {
                broken = true;
                return true;
            }
            curve.add(new CurvePoint(step, last));
            return last >= target || settings.stopShare() < 1e9 && plateau();
        }

        private boolean plateau() {
            CurvePoint now = curve.get(curve.size() - 1);
            double most = Double.NEGATIVE_INFINITY;
            double least = Double.POSITIVE_INFINITY;
            for (CurvePoint point : curve) {
                if (point.step() >= now.step() - PLATEAU_STEPS) {
                    most = Math.max(most, point.bits());
                    least = Math.min(least, point.bits());
                }
            }
            return now.step() > 2 * PLATEAU_STEPS && most - least < PLATEAU_BITS;
        }
    }

    /**
     * What a step reads and works with, overwritten by the next.
     *
     * @param rows [batch] rows of the pairs
     * @param weights [most pairs, 2]
     * @param gradients [most pairs, 1] of the scores
     */
    private record StepMemory(Indices rows, Indices labels, Tensor weights, Tensor gradients, CriticPass.Head head) {}

    private static int[] global(StandardProtocol.Subset subset, int[] rows) {
        return Arrays.stream(rows).map(i -> subset.rows()[i]).toArray();
    }

    /** The symbols, with the clusters as groups where none were given. */
    PairSymbols symbols() {
        return symbols;
    }

    /** The stratified value over all pairs of the subset with the final number of fresh pairings. */
    double fullSetBits(StandardProtocol.Subset subset) {
        return value(subset, new PairLaw(subset.symbols()), settings.evaluationPairings(), Integer.MAX_VALUE);
    }

    /** Batches of a fresh order, so that unmatched partners come from a random part of all rows. */
    private double value(StandardProtocol.Subset subset, PairLaw law, int pairings, int most) {
        int all = subset.rows().length;
        int count = Math.min(all, most);
        int rowsAtOnce = input.capacity();
        StratifiedValue value = new StratifiedValue(law);
        int evaluation = evaluations++;
        int[] rows = IntStream.range(0, all).toArray();
        int[] order = RunOrder.of(
                rows, law, 4 * RUN_LENGTH, RandomPurpose.EVALUATION.stream(context, number, 2 * evaluation));
        int chunk = 0;
        for (int from = 0; from < count; from += rowsAtOnce) {
            int[] part = Arrays.copyOfRange(order, from, Math.min(count, from + rowsAtOnce));
            Philox stream = RandomPurpose.EVALUATION.stream(context, number, (chunk++ << 16) | (2 * evaluation + 1));
            StratifiedPairs drawn = StratifiedPairs.draw(part, law, pairings, stream);
            int[] global = global(subset, part);
            try (Indices loaded = backend.indices(global);
                    Indices labels = indices(input.labels(global))) {
                input.load(loaded, labels);
            }
            pass.project(input.x().rowRange(0, part.length), input.y().rowRange(0, part.length));
            float[] read = new float[drawn.size()];
            backend.write(drawn.x(), drawn.y(), drawnPairs);
            pass.scores(List.of(new Pairing.Listed(drawnPairs)), scores.rowRange(0, read.length));
            backend.read(scores, 0, read.length, read);
            double[] known = drawn.known(part, law);
            for (int i = 0; i < read.length; i++) {
                read[i] += (float) known[i];
            }
            value.add(part, drawn, read);
        }
        return value.bits();
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
