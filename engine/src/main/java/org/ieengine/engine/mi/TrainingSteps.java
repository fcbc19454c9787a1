package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;

/** The steps of training a critic over a subset of the distinct pairs, by the standard protocol. */
final class TrainingSteps {
    private static final int RUN_LENGTH = 16;
    private static final int CHECK_EVERY = 20;

    /** Rows that the value is watched on while training; the final one is over all. */
    private static final int WATCHED_ROWS = 4096;

    private static final int PLATEAU_STEPS = 100;
    private static final double PLATEAU_BITS = 0.01;
    private static final int WARM_UP = 5;

    private final Backend backend;
    private final CriticSettings settings;
    private final FullSetReader.Keys keys;
    private final Network network;
    private final FullSetReader reader;
    private final StandardProtocol.Subset subset;
    private final PairLaw law;
    private final double ceiling;
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
    private final List<AutoCloseable> owned = new ArrayList<>();
    private StepMemory memory;
    private int pairs;

    /**
     * Before the first step.
     *
     * @param reader shows the critic pairs, and lends its memory for those of a step
     */
    TrainingSteps(Training training, Network network, FullSetReader reader, StandardProtocol.Subset subset) {
        this.backend = training.backend;
        this.settings = training.settings;
        this.keys = training.keys;
        this.network = network;
        this.reader = reader;
        this.subset = subset;
        this.law = new PairLaw(subset.symbols());
        this.size = StratifiedPairs.exact(law) ? subset.rows().length : Math.min(training.batch, subset.rows().length);
        this.ceiling = subset.symbols().ceiling().bits();
        this.target = settings.stopShare() * ceiling;
    }

    /**
     * How and where a critic is trained.
     *
     * @param keys of everything random
     * @param batch joint rows of a step, where there are as many
     */
    record Training(Backend backend, CriticSettings settings, FullSetReader.Keys keys, int batch) {}

    /** A critic with what feeds it and takes pairs through it. */
    record Network(CriticInput input, Critic critic, CriticPass pass) {}

    /** Steps taken so far. */
    int steps() {
        return step;
    }

    /** Pairs that went through the critic forward and backward. */
    long rowPasses() {
        return rowPasses;
    }

    /** Whether a value became NaN. */
    boolean broken() {
        return broken;
    }

    /** Values on the way. */
    List<CurvePoint> curve() {
        return curve;
    }

    /**
     * Trains critics until their values are near enough to their ceilings, stand still, or all steps are taken. What a step computes is
     * recorded, for all critics side by side; each is trained as it would be alone.
     */
    static void run(Backend backend, List<TrainingSteps> critics, TrainingListener listener) {
        try {
            List<TrainingSteps> active = new ArrayList<>();
            for (TrainingSteps critic : critics) {
                if (critic.begin()) {
                    active.add(critic);
                }
            }
            while (!active.isEmpty()) {
                active = takeSteps(backend, active, listener);
            }
        } finally {
            critics.forEach(critic -> Owned.closeAll(critic.owned));
        }
    }

    /** Takes steps until a critic has ended. Those that go on. */
    private static List<TrainingSteps> takeSteps(
            Backend backend, List<TrainingSteps> critics, TrainingListener listener) {
        List<Runnable> series = new ArrayList<>();
        critics.forEach(critic -> series.add(critic::compute));
        try (Recording computation = backend.record(series)) {
            List<TrainingSteps> active = critics;
            while (active.size() == critics.size()) {
                computation.replay();
                critics.forEach(TrainingSteps::taken);
                // Meanwhile the next step is drawn here.
                active = critics.stream().filter(TrainingSteps::goOn).toList();
                tell(critics, listener);
            }
            return active;
        }
    }

    /** Says how far the first critic has come, and what all of them have been shown. */
    private static void tell(List<TrainingSteps> critics, TrainingListener listener) {
        TrainingSteps first = critics.get(0);
        long passes = critics.stream().mapToLong(critic -> critic.rowPasses).sum();
        listener.step(new TrainingListener.TrainingProgress(first.step, first.settings.steps(), passes, first.last));
    }

    /** Makes ready for the first step; false when there is nothing to train for. */
    private boolean begin() {
        int pairsOfStep = StratifiedPairs.most(size, settings.pairings());
        Tensor gradients = own(backend.allocate(pairsOfStep, 1));
        Tensor weights = own(backend.allocate(pairsOfStep, 2));
        Tensor value = own(backend.allocate(1, 1));
        Indices rows = own(backend.indices(new int[size]));
        Indices clusters = network.input().clustered() ? own(backend.indices(new int[size])) : null;
        OptimiserSteps optimiser = own(backend.steps(plan()));
        if (check()) {
            return false;
        }
        network.pass().prepareBackward(List.of(new Pairing.Listed(reader.drawnPairs())));
        CriticPass.Head head = new CriticPass.Head(Exponential.STABLE, -1f, value, optimiser);
        memory = new StepMemory(rows, clusters, weights, gradients, head);
        pairs = draw();
        return settings.steps() > 0;
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    /** A step was asked for. */
    private void taken() {
        rowPasses += pairs;
        step++;
    }

    /** Looks at the value where it is time to, and draws the next step; false when there is none. */
    private boolean goOn() {
        boolean done = step == settings.steps();
        if (step % CHECK_EVERY == 0 || done) {
            done |= check();
        }
        if (!done) {
            draw();
        }
        return !done;
    }

    /** Draws the pairs of the coming step, as many in every step, and writes them. */
    private int draw() {
        int[] rows = nextBatch();
        Philox stream = RandomPurpose.PAIRING.stream(keys.context(), keys.critic(), step);
        StratifiedPairs drawn = StratifiedPairs.draw(rows, law, settings.pairings(), stream);
        int[] global = subset.global(rows);
        backend.write(global, memory.rows);
        if (memory.clusters != null) {
            backend.write(network.input().clusters(global), memory.clusters);
        }
        backend.write(drawn.x(), drawn.y(), reader.drawnPairs());
        backend.write(drawn.weights(rows, law), memory.weights, 0);
        return drawn.size();
    }

    /** A step on the pairs that were written. */
    private void compute() {
        int n = pairs;
        backend.nextStep(memory.head.steps());
        network.input().load(memory.rows, memory.clusters);
        network.pass()
                .project(
                        network.input().x().rowRange(0, size),
                        network.input().y().rowRange(0, size));
        network.pass()
                .gradients(
                        List.of(new Pairing.Listed(reader.drawnPairs())),
                        memory.weights.rowRange(0, n),
                        memory.head,
                        reader.scores().rowRange(0, n),
                        memory.gradients.rowRange(0, n));
        network.critic().update(memory.head.steps());
    }

    private StepPlan plan() {
        double[] rates =
                IntStream.range(0, settings.steps()).mapToDouble(this::rate).toArray();
        return StepPlan.of(rates, RandomPurpose.PAIRING.stream(keys.context(), keys.critic(), 0));
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
            order = RunOrder.of(
                    rows, law, RUN_LENGTH, RandomPurpose.ORDER.stream(keys.context(), keys.critic(), epoch++));
            at = 0;
        }
        int[] rows = Arrays.copyOfRange(order, at, at + size);
        at += size;
        return rows;
    }

    /** Reads the value over the subset; whether training is to end, which takes a step at least. */
    private boolean check() {
        last = watched(2);
        if (last >= target && step > 0) {
            // a few pairings may miss the worst pairs: what ends training is read as the result will be
            last = watched(settings.evaluationPairings());
        }
        if (Double.isNaN(last)) {
            broken = true;
            return true;
        }
        curve.add(new CurvePoint(step, last));
        return step > 0 && (last >= target || settings.stopShare() < 1e9 && plateau());
    }

    private double watched(int pairings) {
        return ceiling - reader.missingBits(new FullSetReader.Wanted(subset, law, pairings, WATCHED_ROWS));
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

    /**
     * What a step reads and works with, overwritten by the next.
     *
     * @param rows [batch] rows of the pairs
     * @param clusters [batch] clusters of their states; null when states are in none
     * @param weights [most pairs, 2]
     * @param gradients [most pairs, 1] of the scores
     */
    private record StepMemory(Indices rows, Indices clusters, Tensor weights, Tensor gradients, CriticPass.Head head) {}
}
