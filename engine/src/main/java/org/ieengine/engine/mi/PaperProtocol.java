package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;

/**
 * The published protocol to the letter, for comparison: all N rows with their repeats, full batch, one new permutation an epoch,
 * loss -log2(e) (mean f_joint - log mean exp f_permuted) with the plain float32 exponential, no standardisation, the first 768
 * dimensions of wider states, Adam with 5 warm-up steps from rate 0 and cubic decay to 1e-8, result = the largest training value of
 * any epoch. It overshoots the ceiling where states are easy to separate. States are projected once per distinct row, which changes
 * nothing.
 */
public final class PaperProtocol implements CriticProtocol {
    /** Dimensions that the published implementation reads. */
    public static final int DIMENSIONS = 768;

    private static final int WARM_UP = 5;
    private static final double LAST_RATE = 1e-8;
    private static final double BITS_PER_NAT = 1 / Math.log(2);
    private static final int VALUES = 64;

    private final Backend backend;
    private final CriticSettings settings;

    /** With {@link CriticSettings#paper()} or overrides of it. */
    public PaperProtocol(Backend backend, CriticSettings settings) {
        this.backend = backend;
        this.settings = settings;
    }

    @Override
    public String label() {
        return "paper";
    }

    @Override
    public CriticSettings settings() {
        return settings;
    }

    /** Learning rate of the published schedule at step s from 0: 5 warm-up steps from 0, then cubic decay to 1e-8. */
    static double rate(int step, int steps, double first) {
        if (step < WARM_UP) {
            return first * step / WARM_UP;
        }
        double left = 1 - (step - WARM_UP) / (double) Math.max(1, steps - WARM_UP);
        return (first - LAST_RATE) * left * left * left + LAST_RATE;
    }

    /**
     * Most bytes of the backend's memory that training one critic takes beside the pairs.
     *
     * @param backend where it would be trained
     * @param pairs distinct pairs S
     * @param samples N, what their multiplicities sum to
     * @param dimensions width of a state, before and after
     */
    public static long workspaceBytes(
            Backend backend, CriticSettings settings, long pairs, long samples, int dimensions) {
        long batch = settings.batch() == 0 ? samples : Math.min(samples, settings.batch());
        int capacity = CriticPass.capacity(backend, settings.widths(), 2 * batch);
        return Float.BYTES * (8 * batch + VALUES)
                + Critic.bytes(backend, settings.widths(), Math.min(DIMENSIONS, dimensions))
                + (rounded(backend) ? 2 * backend.operandBytes(pairs, Math.min(DIMENSIONS, dimensions)) : 0)
                + CriticPass.bytes(backend, settings.widths(), Math.toIntExact(pairs), capacity)
                + StepPlan.bytes(settings.steps())
                + (batch == pairs ? 0 : PairList.bytes(batch, pairs, pairs));
    }

    /** Whether states are kept as operands besides. */
    private static boolean rounded(Backend backend) {
        return backend.operandBytes() < Float.BYTES;
    }

    @Override
    public SeedEstimate train(PairedStates pairs, EstimateContext context, int critic, TrainingListener listener) {
        try (Run run = new Run(pairs, context, critic)) {
            return run.train(listener);
        }
    }

    /** N rows by the counts of the distinct ones. */
    private static int[] repeated(double[] weight) {
        long total = 0;
        for (int i = 0; i < weight.length; i++) {
            if (weight[i] != Math.rint(weight[i])) {
                throw new IllegalArgumentException("the published protocol repeats rows, but the weight of pair " + i
                        + " is " + weight[i] + ", not a whole number");
            }
            total += (long) weight[i];
        }
        int[] rows = new int[Math.toIntExact(total)];
        int at = 0;
        for (int i = 0; i < weight.length; i++) {
            Arrays.fill(rows, at, at + (int) weight[i], i);
            at += (int) weight[i];
        }
        return rows;
    }

    private final class Run implements AutoCloseable {
        private final long started = System.nanoTime();
        private final List<AutoCloseable> owned = new ArrayList<>();
        private final EstimateContext context;
        private final int number;
        private final Tensor x;
        private final Tensor y;
        private final int samples;
        private final int batch;
        private final int[] rows;
        private final List<CurvePoint> curve = new ArrayList<>();
        private double best = Double.NaN;
        private double last = Double.NaN;
        private boolean broken;

        Run(PairedStates pairs, EstimateContext context, int number) {
            this.context = context;
            this.number = number;
            this.x = first(pairs.x());
            this.y = first(pairs.y());
            this.rows = repeated(pairs.symbols().weight());
            this.samples = rows.length;
            this.batch = settings.batch() == 0 ? samples : Math.min(samples, settings.batch());
        }

        private Tensor first(Tensor states) {
            return states.columns() > DIMENSIONS ? states.columnRange(0, DIMENSIONS) : states;
        }

        private <T extends AutoCloseable> T own(T resource) {
            owned.add(resource);
            return resource;
        }

        /** States as every epoch's products take them, rounded once. */
        private Tensor operand(Tensor states) {
            if (!rounded(backend)) {
                return states;
            }
            Tensor operand = own(backend.allocateOperand(states.rows(), states.columns()));
            backend.copy(states, operand);
            return operand;
        }

        SeedEstimate train(TrainingListener listener) {
            Critic critic = own(new Critic(backend, settings.widths(), x.columns(), y.columns()));
            critic.initialise(RandomPurpose.WEIGHTS.stream(context, number, 0));
            int capacity = CriticPass.capacity(backend, settings.widths(), 2L * batch);
            CriticPass pass = own(new CriticPass(backend, critic, Math.toIntExact(x.rows()), capacity));
            Tensor scores = own(backend.allocate(2L * batch, 1));
            Tensor gradients = own(backend.allocate(2L * batch, 1));
            Tensor weights = own(backend.allocate(2L * batch, 2));
            writeWeights(weights);
            Tensor values = own(backend.allocate(VALUES, 1));
            OptimiserSteps optimiser = own(backend.steps(plan()));
            CriticPass.Head head = new CriticPass.Head(Exponential.PLAIN, (float) -BITS_PER_NAT, values, optimiser);
            PairList taken = batch == samples && samples == x.rows() ? null : own(pairList(0));
            Pairing joint = taken == null ? new Pairing.Identity(samples) : new Pairing.Listed(taken);
            List<Pairing> pairings = List.of(joint, new Pairing.Permuted(batch, optimiser, taken));
            pass.prepareBackward(pairings);
            Tensor before = operand(x);
            Tensor after = operand(y);
            Recording epoch = own(backend.record(() -> {
                backend.nextStep(optimiser);
                pass.project(before, after);
                pass.gradients(pairings, weights, head, scores, gradients);
                critic.update(optimiser);
            }));
            int step = 0;
            int read = 0;
            while (step < settings.steps() && !broken) {
                if (step > 0 && batch < samples) {
                    write(step, taken);
                }
                epoch.replay();
                step++;
                if (step % VALUES == 0 || step == settings.steps() || step == 1) {
                    take(values, read, step);
                    read = step;
                }
                listener.step(new TrainingListener.TrainingProgress(step, settings.steps(), 2L * batch * step, last));
            }
            return result();
        }

        private void writeWeights(Tensor weights) {
            float[] both = new float[4 * batch];
            for (int i = 0; i < batch; i++) {
                both[2 * i] = 1f / batch;
                both[2 * (batch + i) + 1] = 1;
            }
            backend.write(both, weights, 0);
        }

        /** All rates, and the streams of the permutations. */
        private StepPlan plan() {
            double[] rates = new double[settings.steps()];
            Arrays.setAll(rates, step -> rate(step, rates.length, settings.learningRate()));
            return StepPlan.of(rates, RandomPurpose.PAIRING.stream(context, number, 0));
        }

        private PairList pairList(int step) {
            int distinct = Math.toIntExact(x.rows());
            PairList list = backend.pairList(batch, distinct, distinct);
            try {
                write(step, list);
                return list;
            } catch (RuntimeException e) {
                list.close();
                throw e;
            }
        }

        /** All rows, or a batch smaller than that: the first of a keyed order. */
        private void write(int step, PairList list) {
            int[] chosen = rows;
            if (batch < samples) {
                Philox order = RandomPurpose.ORDER.stream(context, number, step);
                FeistelPermutation shuffle = FeistelPermutation.of(samples, order);
                chosen = new int[batch];
                Arrays.setAll(chosen, i -> rows[shuffle.apply(i)]);
            }
            backend.write(chosen, chosen, list);
        }

        /**
         * Values of steps {@code from} to {@code to} (exclusive) in bits, which do not go round the ring. The first infinite one or
         * NaN ends training: after an infinite value all are NaN.
         */
        private void take(Tensor values, int from, int to) {
            float[] nats = new float[to - from];
            backend.read(values, from % VALUES, nats.length, nats);
            for (int i = 0; i < nats.length && !broken; i++) {
                double bits = BITS_PER_NAT * (nats[i] + Math.log(batch));
                broken = !Double.isFinite(bits);
                if (!broken) {
                    last = bits;
                    best = Double.isNaN(best) ? bits : Math.max(best, bits);
                    curve.add(new CurvePoint(from + i + 1, bits));
                }
            }
        }

        private SeedEstimate result() {
            List<String> warnings = new ArrayList<>();
            if (broken) {
                warnings.add("critic " + number + ": training overflowed at epoch " + (curve.size() + 1)
                        + ", as the published protocol does where exponentials overflow; "
                        + (curve.isEmpty() ? "no value was read" : "the result is its maximum so far"));
            }
            int taken = curve.size() + (broken ? 1 : 0);
            return new SeedEstimate(
                    number,
                    best,
                    Double.NaN,
                    taken,
                    2L * batch * taken,
                    curve,
                    (System.nanoTime() - started) / 1e9,
                    broken,
                    warnings);
        }

        @Override
        public void close() {
            Owned.closeAll(owned);
        }
    }
}
