package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.mi.Owned;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;

/**
 * Trains one separable critic by InfoNCE. An embedding is what a network gives beside the factors of the closed-form log ratio, so one
 * product of two embeddings is the whole score.
 */
final class SeparableTraining implements AutoCloseable {
    private static final int EMBEDDING = 64;

    /** Test rows that are scored against each other. */
    private static final int CANDIDATES = 2048;

    /** Sets first weights of separable critics apart from those of others. */
    private static final int SEPARABLE = 1 << 16;

    private final HeldOutTraining.Job job;
    private final SampleSplit split;
    private final Backend backend;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final int batch;
    private Part left;
    private Part right;
    private Tensor scores;
    private ParameterTable parameters;
    private long rowPasses;

    SeparableTraining(HeldOutTraining.Job job, RatioFeatures features, SampleSplit split) {
        this.job = job;
        this.split = split;
        this.backend = job.backend();
        this.batch = Math.min(job.settings().batch(), split.training().length);
        try {
            int rows = Math.max(batch, Math.min(CANDIDATES, Math.max(split.test().length, split.validation().length)));
            left = own(new Part(features.x(), features.left(), rows, 0));
            right = own(new Part(features.y(), features.right(), rows, 1));
            // A product that starts at 0 leaves the closed form alone.
            left.encoder.startAtZero();
            scores = own(backend.allocate(rows, rows));
            parameters = own(backend.parameters(trained()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    private List<Parameter> trained() {
        List<Parameter> all = new ArrayList<>(left.encoder.parameters());
        all.addAll(right.encoder.parameters());
        return all;
    }

    /** What is seen of one side, its network and its embeddings: network's columns, then those of the closed form. */
    private final class Part implements AutoCloseable {
        private final List<AutoCloseable> parts = new ArrayList<>();
        private final Tensor seen;
        private final Tensor factors;
        private final Tensor batchSeen;
        private final Tensor embeddings;
        private final Tensor gradients;
        private final Encoder encoder;

        Part(RatioFeatures.Side ofSeen, RatioFeatures.Side ofFactors, int rows, int side) {
            try {
                seen = load(ofSeen);
                factors = load(ofFactors);
                batchSeen = add(backend.allocateOperand(rows, ofSeen.columns()));
                embeddings = add(backend.allocateOperand(rows, EMBEDDING + ofFactors.columns()));
                gradients = add(backend.allocateOperand(rows, EMBEDDING));
                List<Integer> hidden = job.settings().widths();
                int[] widths = new int[hidden.size() + 1];
                widths[0] = ofSeen.columns();
                for (int layer = 1; layer < widths.length; layer++) {
                    widths[layer] = layer < widths.length - 1 ? hidden.get(layer - 1) : EMBEDDING;
                }
                encoder = add(new Encoder(
                        backend, widths, rows, CriticDraw.WEIGHTS.stream(job.seed(), SEPARABLE | job.critic(), side)));
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        private <T extends AutoCloseable> T add(T part) {
            parts.add(part);
            return part;
        }

        private Tensor load(RatioFeatures.Side side) {
            Tensor tensor = add(backend.allocate(side.values().length / side.columns(), side.columns()));
            backend.write(side.values(), tensor, 0);
            return tensor;
        }

        /** Embeddings of the rows, at the start of {@link #embeddings}. */
        Tensor embed(Indices rows, int count) {
            Tensor in = batchSeen.rowRange(0, count);
            backend.gatherRows(seen, rows, in);
            Tensor all = embeddings.rowRange(0, count);
            encoder.forward(in, all.columnRange(0, EMBEDDING));
            backend.gatherRows(factors, rows, all.columnRange(EMBEDDING, embeddings.columns()));
            return all;
        }

        /** Gradients of the parameters, from those of the scores and the other side's embeddings. */
        void backward(Tensor scoreGradients, boolean transposed, Tensor others, int count) {
            Tensor gradient = gradients.rowRange(0, count);
            backend.product(scoreGradients, transposed, others.columnRange(0, EMBEDDING), false, 0, gradient);
            encoder.backward(batchSeen.rowRange(0, count), gradient);
        }

        @Override
        public void close() {
            Owned.closeAll(parts);
        }
    }

    /** Test rows scored against each other; their logarithm is the most that can be read. */
    int candidates() {
        return Math.min(CANDIDATES, split.test().length);
    }

    /** Joint pairs that went forward and backward, each against a batch. */
    long rowPasses() {
        return rowPasses;
    }

    /** Trains; gives the terms of the test rows in nats, whose mean is the bound. */
    double[] run(TrainingListener listener) {
        train(listener);
        return terms(Arrays.copyOf(split.test(), candidates()));
    }

    private void train(TrainingListener listener) {
        int steps = job.settings().stepsFor(split.training().length);
        int watchers = Math.min(CANDIDATES, split.validation().length);
        try (Indices rows = backend.indices(new int[batch]);
                Indices watched = backend.indices(Arrays.copyOf(split.validation(), watchers));
                Tensor gradients = backend.allocate(batch, batch);
                Tensor value = backend.allocate(1, 1);
                OptimiserSteps optimiser = backend.steps(
                        job.settings().plan(steps, CriticDraw.PAIRING.stream(job.seed(), job.critic(), 0)));
                BestParameters best = new BestParameters(backend, trained())) {
            TrainingOrder order = new TrainingOrder(split.training(), batch, job.seed(), job.critic());
            backend.write(order.next(), rows);
            best.offer(0, validation(watched, watchers, value));
            try (Recording computation = backend.record(() -> {
                backend.nextStep(optimiser);
                Tensor x = left.embed(rows, batch);
                Tensor y = right.embed(rows, batch);
                Tensor square = square(batch);
                backend.product(x, false, y, true, 0, square);
                backend.contrast(square, -1f, gradients, value, optimiser);
                left.backward(gradients, false, y, batch);
                right.backward(gradients, true, x, batch);
                backend.adam(parameters, optimiser);
            })) {
                int step = 0;
                while (step < steps && step - best.step() < HeldOutSettings.PATIENCE) {
                    computation.replay();
                    step++;
                    rowPasses += batch;
                    if (step % HeldOutSettings.CHECK_EVERY == 0 || step == steps) {
                        best.offer(step, validation(watched, watchers, value));
                    }
                    backend.write(order.next(), rows);
                    listener.step(new TrainingListener.TrainingProgress(step, steps, rowPasses, Double.NaN));
                }
            }
            best.restore();
        }
    }

    private Tensor square(int count) {
        return scores.rowRange(0, count).columnRange(0, count);
    }

    private double validation(Indices rows, int count, Tensor value) {
        Tensor square = square(count);
        backend.product(left.embed(rows, count), false, right.embed(rows, count), true, 0, square);
        backend.contrast(square, 1f, null, value, null);
        float[] read = new float[1];
        backend.read(value, 0, 1, read);
        return read[0];
    }

    private double[] terms(int[] rows) {
        int count = rows.length;
        float[] all = new float[count * count];
        try (Indices indices = backend.indices(rows);
                Tensor dense = backend.allocate(count, count)) {
            backend.product(left.embed(indices, count), false, right.embed(indices, count), true, 0, dense);
            backend.read(dense, 0, count, all);
        }
        double[] terms = new double[count];
        for (int i = 0; i < count; i++) {
            terms[i] = all[i * count + i] - logMean(all, i * count, 1, count) / 2 - logMean(all, i, count, count) / 2;
        }
        return terms;
    }

    private static double logMean(float[] values, int from, int stride, int count) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < count; j++) {
            greatest = Math.max(greatest, values[from + j * stride]);
        }
        double sum = 0;
        for (int j = 0; j < count; j++) {
            sum += Math.exp(values[from + j * stride] - greatest);
        }
        return greatest + Math.log(sum / count);
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
