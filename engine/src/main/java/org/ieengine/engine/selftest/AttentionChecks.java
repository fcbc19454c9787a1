package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;

/** Causal attention over sequences that share prefixes, with each other and with the batch before. */
final class AttentionChecks {
    /** Float32 scores of unit size, exponentials and weighted sums. */
    private static final double TOLERANCE = 5e-6;

    private final SelftestScale scale;

    AttentionChecks(SelftestScale scale) {
        this.scale = scale;
    }

    /** A geometry and the sequences that are read. */
    private record Case(int sequences, int tokens, AttentionShape shape) {
        @Override
        public String toString() {
            return sequences + " x " + tokens + " tokens, " + shape.heads() + "/" + shape.kvHeads() + " heads of "
                    + shape.headDim() + (shape.window() > 0 ? ", window " + shape.window() : "")
                    + (shape.scoreCap() > 0 ? ", cap " + shape.scoreCap() : "");
        }
    }

    private static Case of(int sequences, int tokens, int heads, int kvHeads, int headDim, float cap, int window) {
        AttentionShape shape =
                new AttentionShape(heads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), cap, window);
        return new Case(sequences, tokens, shape);
    }

    List<Check> checks() {
        return checks("attention", TOLERANCE, false);
    }

    /** Attention over queries, keys and values that are operands. */
    List<Check> ofOperands() {
        return checks("attention of operands", OperandBlockChecks.TOLERANCE, true);
    }

    private List<Check> checks(String operation, double tolerance, boolean operands) {
        List<Case> cases = new ArrayList<>(List.of(
                of(3, 1, 4, 4, 16, 0, 0),
                of(7, 8, 4, 2, 20, 0, 0),
                of(5, 17, 8, 1, 64, 0, 5),
                of(4, 13, 3, 3, 7, 5, 0),
                of(2, 9, 2, 1, 128, 30, 4),
                of(2, 6, 1, 1, 256, 0, 0),
                of(2, 5, 1, 1, 512, 0, 0),
                of(2, 70, 2, 1, 32, 0, 0),
                of(1, 65, 2, 1, 128, 0, 0),
                of(1, 66, 1, 1, 200, 0, 0),
                of(2, 67, 2, 2, 33, 4, 9)));
        if (scale == SelftestScale.FULL) {
            cases.addAll(List.of(
                    of(1009, 8, 12, 12, 64, 0, 0),
                    of(31, 300, 8, 2, 64, 0, 0),
                    of(5, 513, 4, 1, 128, 50, 100),
                    of(2, 1500, 2, 2, 64, 0, 0)));
        }
        List<Check> checks = new ArrayList<>();
        for (Case one : cases) {
            checks.add(new Check(operation, one.toString(), tolerance, trial -> attention(trial, one, operands)));
        }
        return checks;
    }

    private static double attention(Trial trial, Case one, boolean operands) {
        Paths paths = Paths.draw(trial, one.sequences, one.tokens);
        AttentionShape shape = one.shape;
        int width = shape.heads() * shape.headDim();
        int kvWidth = shape.kvHeads() * shape.headDim();
        float[] queries = drawn(trial, (long) paths.rows * width, operands);
        float[] keys = drawn(trial, (long) (one.tokens + paths.rows) * kvWidth, operands);
        float[] values = drawn(trial, (long) (one.tokens + paths.rows) * kvWidth, operands);
        float[] found;
        if (operands) {
            Tensor q = OperandChecks.operand(trial, queries, width);
            Tensor k = OperandChecks.operand(trial, keys, kvWidth);
            Tensor v = OperandChecks.operand(trial, values, kvWidth);
            Tensor out = OperandChecks.operand(trial, OperandChecks.poison(queries.length), width);
            trial.backend().attention(q, k, v, paths.batch(trial), shape, out);
            found = trial.read(out);
        } else {
            Trial.Placed out = trial.output(paths.rows, width);
            Tensor q = trial.input(queries, width);
            Tensor k = trial.input(keys, kvWidth);
            Tensor v = trial.input(values, kvWidth);
            trial.backend().attention(q, k, v, paths.batch(trial), shape, out.view());
            found = trial.result(out);
        }
        int mostRows = Math.max(8, Math.min(96, 40_000_000 / (one.tokens * width)));
        return Trial.error(found, width, mostRows, (row, expected, scales) -> {
            int sequence = paths.sequenceOfRow[row];
            int position = paths.firstPosition[sequence] + row - paths.firstRow[sequence];
            int first = shape.window() > 0 ? Math.max(0, position - shape.window() + 1) : 0;
            double[] weights = new double[position + 1];
            for (int head = 0; head < shape.heads(); head++) {
                int at = head * shape.headDim();
                int kvAt = head / (shape.heads() / shape.kvHeads()) * shape.headDim();
                double greatest = Double.NEGATIVE_INFINITY;
                for (int j = first; j <= position; j++) {
                    int key = paths.path[sequence * one.tokens + j];
                    double score = 0;
                    for (int i = 0; i < shape.headDim(); i++) {
                        score += (double) queries[row * width + at + i] * keys[key * kvWidth + kvAt + i];
                    }
                    score *= shape.scale();
                    weights[j] = shape.scoreCap() > 0 ? shape.scoreCap() * Math.tanh(score / shape.scoreCap()) : score;
                    greatest = Math.max(greatest, weights[j]);
                }
                double sum = 0;
                for (int j = first; j <= position; j++) {
                    weights[j] = Math.exp(weights[j] - greatest);
                    sum += weights[j];
                }
                for (int j = first; j <= position; j++) {
                    int value = paths.path[sequence * one.tokens + j];
                    for (int i = 0; i < shape.headDim(); i++) {
                        expected[at + i] += weights[j] / sum * values[value * kvWidth + kvAt + i];
                    }
                }
            }
            for (int c = 0; c < width; c++) {
                scales[c] = 1 + Math.abs(expected[c]);
            }
        });
    }

    private static float[] drawn(Trial trial, long count, boolean rounded) {
        float[] values = trial.values(count);
        return rounded ? OperandChecks.rounded(values) : values;
    }

    /**
     * Sequences of which each shares a prefix of random length with the one before, the first with a batch before; some share all.
     * Arrays as in {@link PrefixBatch}.
     */
    private static final class Paths {
        private final int sequences;
        private final int tokens;
        private final int[] firstPosition;
        private final int[] firstRow;
        private final int[] path;
        private int[] sequenceOfRow;
        private int rows;

        private Paths(int sequences, int tokens) {
            this.sequences = sequences;
            this.tokens = tokens;
            this.firstPosition = new int[sequences];
            this.firstRow = new int[sequences];
            this.path = new int[sequences * tokens];
        }

        static Paths draw(Trial trial, int sequences, int tokens) {
            Paths paths = new Paths(sequences, tokens);
            List<Integer> owners = new ArrayList<>();
            for (int b = 0; b < sequences; b++) {
                int shared = b == 0 ? Math.min(2, tokens - 1) : trial.below(tokens + 1);
                paths.firstPosition[b] = shared;
                paths.firstRow[b] = paths.rows;
                for (int p = 0; p < tokens; p++) {
                    if (p < shared) {
                        paths.path[b * tokens + p] = b == 0 ? p : paths.path[(b - 1) * tokens + p];
                    } else {
                        paths.path[b * tokens + p] = tokens + paths.rows++;
                        owners.add(b);
                    }
                }
            }
            paths.sequenceOfRow = owners.stream().mapToInt(Integer::intValue).toArray();
            return paths;
        }

        PrefixBatch batch(Trial trial) {
            int[] positions = new int[rows];
            for (int row = 0; row < rows; row++) {
                positions[row] = firstPosition[sequenceOfRow[row]] + row - firstRow[sequenceOfRow[row]];
            }
            int[] last = java.util.Arrays.copyOfRange(path, (sequences - 1) * tokens, sequences * tokens);
            return new PrefixBatch(
                    sequences,
                    tokens,
                    rows,
                    trial.indices(new int[rows]),
                    trial.indices(positions),
                    trial.indices(firstPosition),
                    trial.indices(firstRow),
                    trial.indices(path),
                    trial.indices(last));
        }
    }
}
