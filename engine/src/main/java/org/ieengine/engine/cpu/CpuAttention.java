package org.ieengine.engine.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.Sgemm.Operand;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;

/**
 * Causal attention over the paths of a prefix batch (Vaswani et al. 2017, eq. 1; grouped queries as Ainslie et al. 2023). Short
 * sequences: scores key by key, the keys and values of a path gathered once and kept while the next sequence shares them. Long
 * ones: tiles of 64 queries against all keys they see, as matrix products.
 */
final class CpuAttention {
    /** From this many tokens on products of matrices are quicker than products of vectors. */
    private static final int LONG = 64;

    private static final int QUERY_TILE = 64;

    /** Sequences per task. */
    private static final int GROUP = 16;

    private final Workers workers;
    private final Sgemm sgemm;

    CpuAttention(Workers workers, Sgemm sgemm) {
        this.workers = workers;
        this.sgemm = sgemm;
    }

    private record Job(
            CpuTensor queries, CpuTensor keys, CpuTensor values, CpuTensor out, AttentionShape shape, Paths paths) {}

    /** The geometry of the batch as plain arrays. */
    private record Paths(int sequences, int tokens, int[] firstPosition, int[] firstRow, int[] path) {}

    void attention(Tensor queries, Tensor keys, Tensor values, PrefixBatch batch, AttentionShape shape, Tensor out) {
        Paths paths = new Paths(
                batch.sequences(),
                batch.tokens(),
                CpuIndices.open(batch.firstPosition()),
                CpuIndices.open(batch.firstRow()),
                CpuIndices.open(batch.path()));
        Job job = new Job(
                CpuTensor.open(queries),
                CpuTensor.open(keys),
                CpuTensor.open(values),
                CpuTensor.open(out),
                shape,
                paths);
        require(job, batch);
        if (batch.tokens() < LONG) {
            int groups = (batch.sequences() + GROUP - 1) / GROUP;
            workers.run(groups, (group, scratch) -> shortGroup(job, group, scratch));
        } else {
            workers.run(batch.sequences() * shape.kvHeads(), (index, scratch) -> {
                int sequence = index / shape.kvHeads();
                if (paths.firstPosition[sequence] < paths.tokens) {
                    longSequence(job, sequence, index % shape.kvHeads(), scratch);
                }
            });
        }
    }

    private static void require(Job job, PrefixBatch batch) {
        AttentionShape shape = job.shape;
        if (shape.heads() < 1 || shape.kvHeads() < 1 || shape.headDim() < 1 || shape.heads() % shape.kvHeads() != 0) {
            throw new IllegalArgumentException("attention: " + shape.heads() + " query heads of " + shape.headDim()
                    + " columns over " + shape.kvHeads() + " key/value heads");
        }
        int width = Math.multiplyExact(shape.heads(), shape.headDim());
        int kvWidth = shape.kvHeads() * shape.headDim();
        Shapes.require("attention: queries", job.queries, batch.rows(), width, "the batch and " + shape);
        Shapes.require("attention: output", job.out, batch.rows(), width, "queries " + job.queries);
        Shapes.same("attention: keys and values", job.keys, job.values);
        Shapes.require(
                "attention: keys", job.keys, (long) batch.tokens() + batch.rows(), kvWidth, "queries " + job.queries);
        Shapes.requireApart("attention", job.keys, job.out);
        Shapes.requireApart("attention", job.values, job.out);
        Shapes.requireApartOrSame("attention", job.queries, job.out);
        Shapes.requireRows("attention: path", job.paths.path, job.keys);
        if (job.paths.path.length != (long) batch.sequences() * batch.tokens()) {
            throw new IllegalArgumentException("attention: a path [" + job.paths.path.length + "] for "
                    + batch.sequences() + " sequences of " + batch.tokens() + " tokens");
        }
    }

    private static int firstVisible(AttentionShape shape, int position) {
        return shape.window() > 0 ? Math.max(0, position - shape.window() + 1) : 0;
    }

    private static void shortGroup(Job job, int group, Scratch scratch) {
        Paths paths = job.paths;
        int tokens = paths.tokens;
        int kvWidth = job.keys.columns();
        int width = job.queries.columns();
        float[] keys = scratch.floats(0, tokens * kvWidth);
        float[] values = scratch.floats(1, tokens * kvWidth);
        float[] queries = scratch.floats(2, tokens * width);
        float[] out = scratch.floats(3, tokens * width);
        float[] scores = scratch.floats(4, tokens);
        int[] loaded = new int[tokens];
        Arrays.fill(loaded, -1);
        int last = Math.min(paths.sequences, (group + 1) * GROUP);
        for (int sequence = group * GROUP; sequence < last; sequence++) {
            int from = paths.firstPosition[sequence];
            int rows = tokens - from;
            if (rows == 0) {
                continue;
            }
            for (int position = 0; position < tokens; position++) {
                int row = paths.path[sequence * tokens + position];
                if (row != loaded[position]) {
                    job.keys.readRows(row, 1, keys, position * kvWidth);
                    job.values.readRows(row, 1, values, position * kvWidth);
                    loaded[position] = row;
                }
            }
            job.queries.readRows(paths.firstRow[sequence], rows, queries, 0);
            for (int r = 0; r < rows; r++) {
                shortRow(job.shape, from + r, queries, out, r * width, keys, values, scores);
            }
            job.out.writeRows(paths.firstRow[sequence], rows, out, 0);
        }
    }

    /** All heads of one query. */
    private static void shortRow(
            AttentionShape shape,
            int position,
            float[] queries,
            float[] out,
            int at,
            float[] keys,
            float[] values,
            float[] scores) {
        int headDim = shape.headDim();
        int kvWidth = shape.kvHeads() * headDim;
        int perGroup = shape.heads() / shape.kvHeads();
        int first = firstVisible(shape, position);
        for (int head = 0; head < shape.heads(); head++) {
            int query = at + head * headDim;
            int column = head / perGroup * headDim;
            for (int j = first; j <= position; j++) {
                scores[j] = shape.scale() * dot(queries, query, keys, j * kvWidth + column, headDim);
            }
            softmax(scores, first, position + 1, shape.scoreCap());
            Arrays.fill(out, query, query + headDim, 0f);
            for (int j = first; j <= position; j++) {
                addScaled(scores[j], values, j * kvWidth + column, out, query, headDim);
            }
        }
    }

    private static float dot(float[] a, int atA, float[] b, int atB, int count) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            s0 = Math.fma(a[atA + i], b[atB + i], s0);
            s1 = Math.fma(a[atA + i + 1], b[atB + i + 1], s1);
            s2 = Math.fma(a[atA + i + 2], b[atB + i + 2], s2);
            s3 = Math.fma(a[atA + i + 3], b[atB + i + 3], s3);
        }
        for (; i < count; i++) {
            s0 = Math.fma(a[atA + i], b[atB + i], s0);
        }
        return (s0 + s1) + (s2 + s3);
    }

    private static void addScaled(float factor, float[] x, int from, float[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = Math.fma(factor, x[from + i], into[at + i]);
        }
    }

    /** Scores {@code from} to {@code to} (exclusive) become weights that sum to one; NaN if any is NaN or plus infinity. */
    private static void softmax(float[] scores, int from, int to, float cap) {
        if (cap > 0) {
            CpuElementwise.softCap(scores, from, to, cap);
        }
        float largest = ExponentialLoops.greatest(scores, from, to);
        // Four sums side by side: one alone would wait for each addition.
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = from;
        for (; j + 3 < to; j += 4) {
            float e0 = ActivationLoops.expNonPositive(scores[j] - largest);
            float e1 = ActivationLoops.expNonPositive(scores[j + 1] - largest);
            float e2 = ActivationLoops.expNonPositive(scores[j + 2] - largest);
            float e3 = ActivationLoops.expNonPositive(scores[j + 3] - largest);
            scores[j] = e0;
            scores[j + 1] = e1;
            scores[j + 2] = e2;
            scores[j + 3] = e3;
            s0 += e0;
            s1 += e1;
            s2 += e2;
            s3 += e3;
        }
        for (; j < to; j++) {
            scores[j] = ActivationLoops.expNonPositive(scores[j] - largest);
            s0 += scores[j];
        }
        double sum = (s0 + s1) + (s2 + s3);
        float inverse = (float) (1 / sum);
        for (int i = from; i < to; i++) {
            scores[i] *= inverse;
        }
    }

    /** All queries of one sequence that read one key/value head. */
    private void longSequence(Job job, int sequence, int kvHead, Scratch scratch) {
        Paths paths = job.paths;
        AttentionShape shape = job.shape;
        int tokens = paths.tokens;
        int headDim = shape.headDim();
        int column = kvHead * headDim;
        int from = paths.firstPosition[sequence];
        int seen = firstVisible(shape, from);
        CpuTensor keys = gather(job.keys, paths, sequence, seen, column, headDim, scratch, 1);
        CpuTensor values = gather(job.values, paths, sequence, seen, column, headDim, scratch, 2);
        List<LooseValue> loose = takeOutNonFinite(values, seen, scratch);
        int perGroup = shape.heads() / shape.kvHeads();
        for (int first = from; first < tokens; first += QUERY_TILE) {
            int end = Math.min(tokens, first + QUERY_TILE);
            int row = paths.firstRow[sequence] + first - from;
            for (int head = kvHead * perGroup; head < (kvHead + 1) * perGroup; head++) {
                CpuTensor queries =
                        job.queries.rowRange(row, row + end - first).columnRange(head * headDim, (head + 1) * headDim);
                CpuTensor out =
                        job.out.rowRange(row, row + end - first).columnRange(head * headDim, (head + 1) * headDim);
                int start = firstVisible(shape, first);
                tile(
                        shape,
                        first,
                        start,
                        queries,
                        keys.rowRange(start - seen, end - seen),
                        values.rowRange(start - seen, end - seen),
                        out,
                        loose,
                        scratch);
            }
        }
    }

    /** A value that is not finite, at its position and column of a head. */
    private record LooseValue(int position, int column, float value) {}

    /**
     * Puts zeros in place of values that are not finite. A product over a tile adds what a query does not see with weight 0: nothing,
     * unless it is not finite.
     *
     * @param values [count, headDim] of positions {@code start} and on, whose copy {@link #gather} left in the array of slot 2
     * @return what was taken out, by position
     */
    private static List<LooseValue> takeOutNonFinite(CpuTensor values, int start, Scratch scratch) {
        int columns = values.columns();
        int length = (int) values.rows() * columns;
        float[] copy = scratch.floats(2, length);
        List<LooseValue> loose = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            if (!Float.isFinite(copy[i])) {
                loose.add(new LooseValue(start + i / columns, i % columns, copy[i]));
                copy[i] = 0;
            }
        }
        if (!loose.isEmpty()) {
            values.writeRows(0, (int) values.rows(), copy, 0);
        }
        return loose;
    }

    /** Queries at positions {@code first} and on against keys at positions {@code start} and on. */
    private void tile(
            AttentionShape shape,
            int first,
            int start,
            CpuTensor queries,
            CpuTensor keys,
            CpuTensor values,
            CpuTensor out,
            List<LooseValue> loose,
            Scratch scratch) {
        int rows = (int) queries.rows();
        int count = (int) keys.rows();
        CpuTensor weights = scratch.matrix(3, rows * count, 1).reshape(rows, count);
        sgemm.multiply(new Operand(queries, false), new Operand(keys, true), 0f, weights, scratch);
        float[] scores = scratch.floats(0, count);
        for (int r = 0; r < rows; r++) {
            int position = first + r;
            int visible = firstVisible(shape, position) - start;
            int end = position + 1 - start;
            weights.readRows(r, 1, scores, 0);
            for (int j = visible; j < end; j++) {
                scores[j] *= shape.scale();
            }
            softmax(scores, visible, end, shape.scoreCap());
            Arrays.fill(scores, 0, visible, 0f);
            Arrays.fill(scores, end, count, 0f);
            weights.writeRows(r, 1, scores, 0);
        }
        sgemm.multiply(new Operand(weights, false), new Operand(values, false), 0f, out, scratch);
        if (!loose.isEmpty()) {
            addLoose(shape, first, start, weights, loose, out, scratch);
        }
    }

    /** Adds to each query of a tile the values that were taken out, of the positions that it sees. */
    private static void addLoose(
            AttentionShape shape,
            int first,
            int start,
            CpuTensor weights,
            List<LooseValue> loose,
            CpuTensor out,
            Scratch scratch) {
        float[] row = scratch.floats(0, weights.columns());
        float[] sums = new float[out.columns()];
        for (int r = 0; r < out.rows(); r++) {
            int position = first + r;
            int from = firstVisible(shape, position);
            weights.readRows(r, 1, row, 0);
            out.readRows(r, 1, sums, 0);
            for (LooseValue value : loose) {
                if (value.position >= from && value.position <= position) {
                    sums[value.column] = Math.fma(row[value.position - start], value.value, sums[value.column]);
                }
            }
            out.writeRows(r, 1, sums, 0);
        }
    }

    private static CpuTensor gather(
            CpuTensor source,
            Paths paths,
            int sequence,
            int start,
            int column,
            int headDim,
            Scratch scratch,
            int slot) {
        int count = paths.tokens - start;
        CpuTensor head = source.columnRange(column, column + headDim);
        float[] values = scratch.floats(slot, count * headDim);
        for (int j = 0; j < count; j++) {
            head.readRows(paths.path[sequence * paths.tokens + start + j], 1, values, j * headDim);
        }
        CpuTensor gathered = scratch.matrix(slot, count, headDim);
        gathered.writeRows(0, count, values, 0);
        return gathered;
    }
}
