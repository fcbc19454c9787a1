package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.mi.Critic;
import org.ieengine.engine.mi.CriticPass;
import org.ieengine.engine.mi.Owned;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;

/**
 * Trains one critic by the logistic loss and reads its scores of pairs that it has not seen. The score is the closed-form log ratio
 * of a Gaussian copula plus a network that starts at 0, so a pair that is Gaussian needs no training and any other starts from
 * what correlations tell. Training keeps the weights that are best on validation pairs.
 */
final class HeldOutTraining implements AutoCloseable {
    /** Product pairs for each joint pair of a step, where the batch has so many others. */
    private static final int STEP_PAIRINGS = 4;

    private static final int VALIDATION_PAIRINGS = 16;

    /** Rows that are scored together: product pairs are drawn among them. */
    private static final int ROWS_AT_ONCE = 2048;

    /** Pairings that are scored together. */
    private static final int PAIRINGS_AT_ONCE = 64;

    private final Backend backend;
    private final HeldOutSettings settings;
    private final long seed;
    private final int critic;
    private final SampleSplit split;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private Tensor x;
    private Tensor y;
    private Tensor left;
    private Tensor right;
    private Tensor batchX;
    private Tensor batchY;
    private Tensor batchLeft;
    private Tensor batchRight;
    private Tensor scores;
    private Tensor offsets;
    private PairList pairs;
    private Critic network;
    private CriticPass pass;
    private long rowPasses;

    /**
     * What is trained.
     *
     * @param critic number of the critic, from 0
     */
    record Job(Backend backend, HeldOutSettings settings, long seed, int critic) {}

    HeldOutTraining(Job job, RatioFeatures features, SampleSplit split) {
        this.backend = job.backend;
        this.settings = job.settings;
        this.seed = job.seed;
        this.critic = job.critic;
        this.split = split;
        try {
            prepare(features);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void prepare(RatioFeatures features) {
        x = load(features.x());
        y = load(features.y());
        left = load(features.left());
        right = load(features.right());
        int rows = Math.max(batch(), Math.min(ROWS_AT_ONCE, Math.max(split.test().length, split.validation().length)));
        batchX = own(backend.allocateOperand(rows, x.columns()));
        batchY = own(backend.allocateOperand(rows, y.columns()));
        batchLeft = own(backend.allocate(rows, left.columns()));
        batchRight = own(backend.allocate(rows, right.columns()));
        int most = Math.max(batch() * (1 + stepPairings()), rows * (1 + PAIRINGS_AT_ONCE));
        scores = own(backend.allocate(most, 1));
        offsets = own(backend.allocate(most, 1));
        pairs = own(backend.pairList(most, rows, rows));
        network = own(new Critic(backend, settings.widths(), x.columns(), y.columns()));
        network.initialise(CriticDraw.WEIGHTS.stream(seed, critic, 0));
        network.startAtZero();
        pass = own(new CriticPass(backend, network, rows, CriticPass.capacity(backend, settings.widths(), most)));
    }

    private int stepPairings() {
        return Math.min(STEP_PAIRINGS, batch() - 1);
    }

    private int batch() {
        return Math.min(settings.batch(), split.training().length);
    }

    private Tensor load(RatioFeatures.Side side) {
        Tensor tensor = own(backend.allocate(side.values().length / side.columns(), side.columns()));
        backend.write(side.values(), tensor, 0);
        return tensor;
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    /** Trains and reads the test pairs. */
    HeldOutScores run(TrainingListener listener) {
        train(listener);
        return test();
    }

    private void train(TrainingListener listener) {
        int batch = batch();
        int steps = settings.stepsFor(split.training().length);
        int count = batch * (1 + stepPairings());
        try (Tensor gradients = backend.allocate(count, 1);
                Tensor weights = weights(batch, stepPairings());
                Tensor value = backend.allocate(1, 1);
                Indices rows = backend.indices(new int[batch]);
                PairList stepPairs = backend.pairList(count, batch, batch);
                OptimiserSteps optimiser =
                        backend.steps(settings.plan(steps, CriticDraw.PAIRING.stream(seed, critic, 0)));
                Validation validation = new Validation();
                BestParameters best = new BestParameters(backend, network.parameters())) {
            writePairs(shifts(stepPairings()), batch, stepPairs);
            List<Pairing> pairing = List.of(new Pairing.Listed(stepPairs));
            Tensor stepScores = scores.rowRange(0, count);
            CriticPass.Loss loss =
                    (on, of, by, to) -> on.logistic(of, offsets.rowRange(0, count), by, -1f, to, value, optimiser);
            pass.prepareBackward(pairing);
            TrainingOrder order = new TrainingOrder(split.training(), batch, seed, critic);
            backend.write(order.next(), rows);
            best.offer(0, validation.value());
            try (Recording computation = backend.record(() -> {
                backend.nextStep(optimiser);
                gather(rows, batch, pairing, count);
                pass.gradients(pairing, weights, loss, stepScores, gradients);
                network.update(optimiser);
            })) {
                int step = 0;
                while (step < steps && step - best.step() < HeldOutSettings.PATIENCE) {
                    computation.replay();
                    step++;
                    rowPasses += count;
                    if (step % HeldOutSettings.CHECK_EVERY == 0 || step == steps) {
                        best.offer(step, validation.value());
                    }
                    backend.write(order.next(), rows);
                    listener.step(new TrainingListener.TrainingProgress(step, steps, rowPasses, Double.NaN));
                }
            }
            best.restore();
        }
    }

    /** Loads the rows, asks for the closed-form scores of their pairs and projects them for the network's. */
    private void gather(Indices rows, int count, List<Pairing> pairing, int pairCount) {
        backend.gatherRows(x, rows, batchX.rowRange(0, count));
        backend.gatherRows(y, rows, batchY.rowRange(0, count));
        backend.gatherRows(left, rows, batchLeft.rowRange(0, count));
        backend.gatherRows(right, rows, batchRight.rowRange(0, count));
        backend.pairProducts(
                batchLeft.rowRange(0, count),
                batchRight.rowRange(0, count),
                new PairPiece(pairing.get(0), 0),
                offsets.rowRange(0, pairCount));
        pass.project(batchX.rowRange(0, count), batchY.rowRange(0, count));
    }

    private static int[] shifts(int count) {
        return IntStream.rangeClosed(1, count).toArray();
    }

    /** Row i with row i, then with row i + shift for each shift, modulo the rows. */
    private void writePairs(int[] shifts, int rows, PairList list) {
        int[] ofX = new int[rows * (1 + shifts.length)];
        int[] ofY = new int[ofX.length];
        for (int i = 0; i < ofX.length; i++) {
            int row = i % rows;
            ofX[i] = row;
            ofY[i] = i < rows ? row : (row + shifts[i / rows - 1]) % rows;
        }
        backend.write(ofX, ofY, list);
    }

    /** Joint pairs together weigh 1, and so do product pairs; [rows (1 + pairings), 2]. */
    private Tensor weights(int rows, int pairings) {
        float[] both = new float[2 * rows * (1 + pairings)];
        for (int i = 0; i < both.length / 2; i++) {
            both[2 * i + (i < rows ? 0 : 1)] = i < rows ? 1f / rows : 1f / (rows * pairings);
        }
        Tensor tensor = backend.allocate(both.length / 2, 2);
        backend.write(both, tensor, 0);
        return tensor;
    }

    /** The logistic value on validation pairs that stay the same. */
    private final class Validation implements AutoCloseable {
        private final int rows = Math.min(split.validation().length, ROWS_AT_ONCE);
        private final int pairings = Math.min(VALIDATION_PAIRINGS, rows - 1);
        private final List<AutoCloseable> parts = new ArrayList<>();
        private final Tensor weights;
        private final Tensor value;
        private final Indices indices;
        private final PairList list;

        Validation() {
            try {
                weights = add(weights(rows, pairings));
                value = add(backend.allocate(1, 1));
                indices = add(backend.indices(Arrays.copyOf(split.validation(), rows)));
                list = add(backend.pairList(rows * (1 + pairings), rows, rows));
                writePairs(shifts(pairings), rows, list);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        private <T extends AutoCloseable> T add(T part) {
            parts.add(part);
            return part;
        }

        double value() {
            int count = rows * (1 + pairings);
            List<Pairing> pairing = List.of(new Pairing.Listed(list));
            gather(indices, rows, pairing, count);
            pass.scores(pairing, scores.rowRange(0, count));
            backend.logistic(scores.rowRange(0, count), offsets.rowRange(0, count), weights, 1f, null, value, null);
            float[] read = new float[1];
            backend.read(value, 0, 1, read);
            return read[0];
        }

        @Override
        public void close() {
            Owned.closeAll(parts);
        }
    }

    /** Scores of all test pairs, with as many product pairs as the value that they tell needs. */
    private HeldOutScores test() {
        HeldOutScores read = new HeldOutScores(rowPasses);
        for (int from = 0; from < split.test().length; from += ROWS_AT_ONCE) {
            int to = Math.min(split.test().length, from + ROWS_AT_ONCE);
            // A single row left over has no partner.
            if (to - from >= 2) {
                read.add(new ScoredRows(Arrays.copyOfRange(split.test(), from, to), 1 + from / ROWS_AT_ONCE));
            }
        }
        int watchers = Math.min(split.validation().length, ROWS_AT_ONCE);
        read.score(new ScoredRows(Arrays.copyOf(split.validation(), watchers), 0));
        return read;
    }

    /** Scores joint and product pairs of some test rows, further product pairs with each call. */
    private final class ScoredRows implements HeldOutScores.Source {
        private final int[] rows;
        private final int[] shifts;
        private int used;

        ScoredRows(int[] rows, int chunk) {
            this.rows = rows;
            this.shifts = shifts(rows.length - 1);
            // Step 0 is the plan's.
            Philox stream = CriticDraw.PAIRING.stream(seed, critic, 1 + chunk);
            stream.shuffle(shifts);
        }

        @Override
        public int rows() {
            return rows.length;
        }

        @Override
        public int left() {
            return shifts.length - used;
        }

        /** At most 64 pairings. */
        @Override
        public float[][][] next() {
            int taken = Math.min(PAIRINGS_AT_ONCE, left());
            int count = rows.length * (1 + taken);
            writePairs(Arrays.copyOfRange(shifts, used, used + taken), rows.length, pairs);
            used += taken;
            List<Pairing> pairing = List.of(new Pairing.Listed(pairs));
            try (Indices indices = backend.indices(rows)) {
                gather(indices, rows.length, pairing, count);
            }
            pass.scores(pairing, scores.rowRange(0, count));
            float[] network = new float[count];
            float[] closed = new float[count];
            backend.read(scores, 0, count, network);
            backend.read(offsets, 0, count, closed);
            float[][] whole = new float[1 + taken][];
            float[][] alone = new float[1 + taken][];
            for (int p = 0; p <= taken; p++) {
                alone[p] = Arrays.copyOfRange(closed, p * rows.length, (p + 1) * rows.length);
                whole[p] = Arrays.copyOfRange(network, p * rows.length, (p + 1) * rows.length);
                for (int i = 0; i < rows.length; i++) {
                    whole[p][i] += alone[p][i];
                }
            }
            return new float[][][] {whole, alone};
        }
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
