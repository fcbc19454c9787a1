package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;

/** Causal attention of each model over short and long sequences that share nothing. */
final class AttentionCases {
    /** Float32 scores of unit size, exponentials and weighted sums. */
    private static final double TOLERANCE = 5e-6;

    private static final int SHORT_TOKENS = 8;

    private final Extents extents;

    AttentionCases(Extents extents) {
        this.extents = extents;
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        for (int tokens : new int[] {SHORT_TOKENS, extents.longTokens()}) {
            int rows = tokens == SHORT_TOKENS ? extents.shortRows() : extents.longRows();
            for (ModelShape model : extents.models()) {
                Layout layout = new Layout(model, tokens);
                Extent extent = new Extent(
                        rows / tokens * tokens,
                        tokens,
                        (long) Float.BYTES * (layout.width() + 2 * model.queryWidth() + 4),
                        (long) Float.BYTES * tokens * layout.width(),
                        layout::shape);
                String place = model.name() + ", T = " + String.format(Locale.ROOT, "%,d", tokens);
                cases.add(new BenchmarkCase(
                        "attention", place, extent, Traits.OPERANDS, (bench, some) -> new Attention(bench, layout, some)
                                .prepared()));
            }
        }
        return cases;
    }

    /** How queries, keys and values of a model lie: those of GPT-2 in one matrix, else queries apart. */
    private record Layout(ModelShape model, int tokens) {
        /** Columns of the matrix with the keys. */
        int width() {
            return (model.gated() ? 0 : model.queryWidth()) + 2 * model.keyWidth();
        }

        String shape(long rows) {
            AttentionShape shape = model.attention();
            return String.format(
                    Locale.ROOT,
                    "%,d x %,d tokens, %d/%d heads of %d",
                    rows / tokens,
                    tokens,
                    shape.heads(),
                    shape.kvHeads(),
                    shape.headDim());
        }
    }

    /** One call of it. */
    private static final class Attention {
        private final Workbench bench;
        private final Layout layout;
        private final AttentionShape shape;
        private final int tokens;
        private final int rows;
        private final Matrix keysValues;
        private final Matrix queries;
        private final Tensor out;
        private final int queryWidth;
        private final int keyWidth;
        private final int keyAt;
        private final double[] weights;

        Attention(Workbench bench, Layout layout, int rows) {
            this.bench = bench;
            this.layout = layout;
            this.shape = layout.model.attention();
            this.tokens = layout.tokens;
            this.rows = rows;
            this.queryWidth = layout.model.queryWidth();
            this.keyWidth = layout.model.keyWidth();
            this.keyAt = layout.model.gated() ? 0 : queryWidth;
            this.keysValues = bench.operand(tokens + rows, layout.width(), 1);
            this.queries = layout.model.gated() ? bench.operand(rows, queryWidth, 1) : null;
            this.out = bench.operandOutput(rows, queryWidth);
            this.weights = new double[tokens];
        }

        Prepared prepared() {
            PrefixBatch batch = batch();
            Tensor all = keysValues.tensor();
            Tensor q = queries == null
                    ? all.rowRange(tokens, tokens + (long) rows).columnRange(0, queryWidth)
                    : queries.tensor();
            Tensor k = all.columnRange(keyAt, keyAt + keyWidth);
            Tensor v = all.columnRange(keyAt + keyWidth, keyAt + 2 * keyWidth);
            double seen = (double) rows / tokens * tokens * (tokens + 1) / 2;
            Cost cost = new Cost(
                    2.0 * bench.operandBytes() * rows * ((double) queryWidth + keyWidth), 4 * seen * queryWidth);
            int[] columns = bench.sampledColumns(queryWidth, (long) tokens * shape.headDim());
            return Prepared.of(
                    cost,
                    () -> bench.backend().attention(q, k, v, batch, shape, out),
                    new Check(
                            TOLERANCE + bench.operandRoundingError(),
                            () -> bench.error(out, columns, (row, c, at) -> at.set(exact(row, c)))));
        }

        private float query(int row, int column) {
            return queries == null ? keysValues.at(tokens + (long) row, column) : queries.at(row, column);
        }

        private double exact(int row, int column) {
            int head = column / shape.headDim();
            int at = head * shape.headDim();
            int keyHead = head / (shape.heads() / shape.kvHeads()) * shape.headDim();
            int first = tokens + row / tokens * tokens;
            double greatest = Double.NEGATIVE_INFINITY;
            for (int j = 0; j <= row % tokens; j++) {
                double score = 0;
                for (int i = 0; i < shape.headDim(); i++) {
                    score += (double) query(row, at + i) * keysValues.at(first + j, keyAt + keyHead + i);
                }
                weights[j] = score * shape.scale();
                greatest = Math.max(greatest, weights[j]);
            }
            double sum = 0;
            double value = 0;
            for (int j = 0; j <= row % tokens; j++) {
                double weight = Math.exp(weights[j] - greatest);
                sum += weight;
                value += weight * keysValues.at(first + j, keyAt + keyWidth + keyHead + column - at);
            }
            return value / sum;
        }

        private PrefixBatch batch() {
            int sequences = rows / tokens;
            int[] positions = new int[rows];
            int[] firstRow = new int[sequences];
            int[] path = new int[rows];
            Arrays.setAll(positions, row -> row % tokens);
            Arrays.setAll(firstRow, sequence -> sequence * tokens);
            Arrays.setAll(path, row -> tokens + row);
            return bench.keep(new PrefixBatch(
                    sequences,
                    tokens,
                    rows,
                    bench.backend().indices(new int[rows]),
                    bench.backend().indices(positions),
                    bench.backend().indices(new int[sequences]),
                    bench.backend().indices(firstRow),
                    bench.backend().indices(path),
                    bench.backend().indices(Arrays.copyOfRange(path, rows - tokens, rows))));
        }
    }
}
