package org.ieengine.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;

/**
 * Operations that only move memory beside a plain copy [rows, width] in the same run: the device's own time, median over the
 * repetitions. One line of JSON each: the bytes that must be read and written, each once, over the time in GB/s, and the share of the
 * copy's rate. Next tokens are of {@code rows * width / 50,257} rows of logits.
 *
 * <pre>MemoryRate ROWS WIDTH THREADS REPEATS [--device cpu|cuda[:I]] [--precision f32|tf32|bf16]</pre>
 */
public final class MemoryRate {
    private static final int VOCABULARY = 50_257;

    private final Backend backend;
    private final int rows;
    private final int width;
    private final Map<String, Work> operations = new LinkedHashMap<>();

    /** An operation and the floats that it must read and write. */
    private record Work(double floats, Runnable run) {}

    private MemoryRate(Backend backend, int rows, int width) {
        this.backend = backend;
        this.rows = rows;
        this.width = width;
    }

    public static void main(String[] arguments) {
        int rows = Integer.parseInt(arguments[0]);
        int width = Integer.parseInt(arguments[1]);
        int threads = Integer.parseInt(arguments[2]);
        int repeats = Integer.parseInt(arguments[3]);
        try (BenchDevice device = BenchDevice.open(Arrays.asList(arguments).subList(4, arguments.length), threads)) {
            measure(device, rows, width, repeats).forEach(System.out::println);
        }
    }

    /** Lines of JSON; what they were measured on is freed when the device is closed. */
    static List<String> measure(BenchDevice device, int rows, int width, int repeats) {
        MemoryRate rate = new MemoryRate(device.backend(), rows, width);
        rate.prepare();
        return rate.lines(repeats);
    }

    private void prepare() {
        double all = (double) rows * width;
        Tensor x = NormalTensors.allocate(backend, rows, width, 0);
        Tensor y = NormalTensors.allocate(backend, rows, width, 1);
        Tensor out = backend.allocate(rows, width);
        Tensor row = NormalTensors.allocate(backend, 1, width, 2);
        Tensor sums = backend.allocate(1, width);
        Tensor column = backend.allocate(rows, 1);
        operations.put("copy", new Work(2 * all, () -> backend.copy(x, out)));
        operations.put("layerNorm", new Work(2 * all, () -> backend.layerNorm(x, row, row, 1e-5f, out)));
        operations.put("rmsNorm", new Work(2 * all, () -> backend.rmsNorm(x, row, 0, 1e-5f, out)));
        operations.put("activate", new Work(2 * all, () -> backend.activate(x, Activation.GELU_TANH, out)));
        operations.put("gate", new Work(3 * all, () -> backend.gate(x, Activation.SILU, y, out)));
        operations.put("add", new Work(3 * all, () -> backend.add(x, out)));
        operations.put("columnSums", new Work(all, () -> backend.columnSums(x, 0, sums)));
        operations.put("standardise", new Work(2 * all, () -> backend.standardise(x, row, row, out)));
        operations.put("squaredNorms", new Work(all, () -> backend.squaredNorms(x, column)));
        pairs(x, y, out);
        nextTokens();
    }

    private void pairs(Tensor x, Tensor y, Tensor out) {
        double all = (double) rows * width;
        OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {0}, new Philox(0, 3, 0, 0, 0)));
        backend.nextStep(steps);
        PairPiece piece = new PairPiece(new Pairing.Permuted(rows, steps, null), 0);
        // Positive, or gradients multiplied in place would soon be subnormal.
        Tensor positive = backend.allocate(rows, width);
        backend.fill(positive, 1);
        Tensor gradient = NormalTensors.allocate(backend, rows, width, 4);
        Tensor towardsX = backend.allocate(rows, width);
        Tensor towardsY = backend.allocate(rows, width);
        operations.put("pairRows", new Work(3 * all, () -> backend.pairRows(x, y, piece, out)));
        operations.put("leakyReluBackward", new Work(3 * all, () -> backend.leakyReluBackward(positive, gradient)));
        operations.put(
                "pairRowsBackward",
                new Work(5 * all, () -> backend.pairRowsBackward(gradient, piece, towardsX, towardsY)));
        int scored = (int) Math.min(Integer.MAX_VALUE / 4, (long) rows * width / 4);
        Tensor scores = NormalTensors.allocate(backend, scored, 1, 5);
        Tensor weights = backend.allocate(scored, 2);
        backend.fill(weights, 1f / scored);
        Tensor gradients = backend.allocate(scored, 1);
        Tensor value = backend.allocate(1, 1);
        operations.put(
                "donskerVaradhan",
                // The gradient needs the sum over all, so scores and weights are read twice.
                new Work(
                        7d * scored,
                        () -> backend.donskerVaradhan(scores, weights, Exponential.STABLE, 1, gradients, value, null)));
    }

    private void nextTokens() {
        int count = (int) Math.max(1, (long) rows * width / VOCABULARY);
        Tensor logits = NormalTensors.allocate(backend, count, VOCABULARY, 6);
        int[] places = new int[count];
        int[] tokens = new int[count];
        Arrays.setAll(places, i -> i);
        Arrays.setAll(tokens, i -> i * 31 % VOCABULARY);
        Indices of = backend.indices(places);
        Indices targets = backend.indices(tokens);
        Tensor losses = backend.allocate(count, 2);
        operations.put(
                "nextToken",
                new Work((double) count * VOCABULARY, () -> backend.nextToken(logits, of, targets, losses)));
    }

    private List<String> lines(int repeats) {
        List<String> lines = new ArrayList<>();
        double copy = 0;
        for (Map.Entry<String, Work> operation : operations.entrySet()) {
            Work work = operation.getValue();
            double seconds = StepTimes.medianOf(backend, repeats, work.run);
            double rate = Float.BYTES * work.floats / seconds / 1e9;
            if (operation.getKey().equals("copy")) {
                copy = rate;
            }
            lines.add(String.format(
                    Locale.ROOT,
                    "{\"name\": \"memory\", \"device\": \"%s\", \"kernel\": \"%s\", \"rows\": %d, \"width\": %d, \"repeats\": %d,"
                            + " \"seconds\": %.7f, \"gbps\": %.1f, \"share\": %.3f}",
                    backend.description(),
                    operation.getKey(),
                    rows,
                    width,
                    repeats,
                    seconds,
                    rate,
                    rate / copy));
        }
        return lines;
    }
}
