package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuAttentionTest {
    /** A batch as plain numbers: which row of the key/value memory holds each position of each sequence. */
    private record Layout(int sequences, int tokens, int rows, int[] firstPosition, int[] firstRow, int[] path) {
        /** Sequences that own a random tail and share the rest with their predecessor (the first: with the batch before). */
        static Layout random(long seed, int sequences, int tokens, boolean carried) {
            Random random = new Random(seed);
            int[] firstPosition = new int[sequences];
            int[] firstRow = new int[sequences];
            int[] path = new int[sequences * tokens];
            int rows = 0;
            for (int b = 0; b < sequences; b++) {
                firstPosition[b] = b == 0 && !carried ? 0 : random.nextInt(tokens + 1);
                firstRow[b] = rows;
                for (int p = 0; p < tokens; p++) {
                    if (p >= firstPosition[b]) {
                        path[b * tokens + p] = tokens + rows++;
                    } else {
                        path[b * tokens + p] = b == 0 ? p : path[(b - 1) * tokens + p];
                    }
                }
            }
            return new Layout(sequences, tokens, rows, firstPosition, firstRow, path);
        }

        PrefixBatch on(CpuBackend backend) {
            int[] last = new int[tokens];
            System.arraycopy(path, (sequences - 1) * tokens, last, 0, tokens);
            return new PrefixBatch(
                    sequences,
                    tokens,
                    rows,
                    backend.indices(new int[rows]),
                    backend.indices(new int[rows]),
                    backend.indices(firstPosition),
                    backend.indices(firstRow),
                    backend.indices(path),
                    backend.indices(last));
        }
    }

    private static double[] reference(Layout layout, AttentionShape shape, float[] q, float[] k, float[] v) {
        int d = shape.headDim();
        int width = shape.heads() * d;
        int kvWidth = shape.kvHeads() * d;
        double[] out = new double[layout.rows * width];
        for (int b = 0; b < layout.sequences; b++) {
            for (int i = layout.firstPosition[b]; i < layout.tokens; i++) {
                int row = layout.firstRow[b] + i - layout.firstPosition[b];
                for (int head = 0; head < shape.heads(); head++) {
                    int kv = head / (shape.heads() / shape.kvHeads()) * d;
                    int query = row * width + head * d;
                    double sum = 0;
                    for (int j = 0; j <= i; j++) {
                        if (shape.window() > 0 && i - j >= shape.window()) {
                            continue;
                        }
                        int key = layout.path[b * layout.tokens + j] * kvWidth + kv;
                        double score = 0;
                        for (int c = 0; c < d; c++) {
                            score += (double) q[query + c] * k[key + c];
                        }
                        score *= shape.scale();
                        if (shape.scoreCap() > 0) {
                            score = shape.scoreCap() * Math.tanh(score / shape.scoreCap());
                        }
                        double weight = Math.exp(score);
                        sum += weight;
                        for (int c = 0; c < d; c++) {
                            out[query + c] += weight * v[key + c];
                        }
                    }
                    for (int c = 0; c < d; c++) {
                        out[query + c] /= sum;
                    }
                }
            }
        }
        return out;
    }

    private static float[] check(CpuBackend backend, Layout layout, AttentionShape shape) {
        int width = shape.heads() * shape.headDim();
        int kvWidth = shape.kvHeads() * shape.headDim();
        int memory = layout.tokens + layout.rows;
        float[] q = CpuFixtures.normal(1, layout.rows * width);
        float[] k = CpuFixtures.normal(2, memory * kvWidth);
        float[] v = CpuFixtures.normal(3, memory * kvWidth);
        Tensor out = CpuFixtures.view(backend, layout.rows, width, new float[layout.rows * width]);
        try (PrefixBatch batch = layout.on(backend)) {
            backend.attention(
                    CpuFixtures.view(backend, layout.rows, width, q),
                    CpuFixtures.view(backend, memory, kvWidth, k),
                    CpuFixtures.view(backend, memory, kvWidth, v),
                    batch,
                    shape,
                    out);
        }
        float[] found = CpuFixtures.read(backend, out);
        CpuFixtures.assertClose(
                backend.description() + " T=" + layout.tokens + " " + shape,
                found,
                reference(layout, shape, q, k, v),
                1e-5);
        return found;
    }

    @Test
    void everyLengthFromOneToEightyMatchesTheFormula() {
        try (CpuBackend backend = new CpuBackend(2)) {
            for (int tokens = 1; tokens <= 80; tokens++) {
                AttentionShape shape = new AttentionShape(
                        4, tokens % 3 == 0 ? 2 : 4, 5 + tokens % 4, 0.4f, 0, tokens % 2 == 0 ? 1 + tokens / 3 : 0);
                check(backend, Layout.random(tokens, 4, tokens, tokens % 2 == 0), shape);
            }
        }
    }

    @Test
    void groupsWindowsAndCapsMatchTheFormulaOnEveryKindOfBackend() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int tokens : new int[] {1, 7, 63, 64, 65, 131}) {
                    Layout layout = Layout.random(tokens, 3, tokens, true);
                    for (int kvHeads : new int[] {1, 2, 6}) {
                        for (int window : new int[] {0, 1, 5, 70}) {
                            check(
                                    backend,
                                    layout,
                                    new AttentionShape(6, kvHeads, 9, 0.3f, window == 5 ? 1.5f : 0, window));
                        }
                    }
                }
            }
        }
    }

    @Test
    void manySequencesGiveTheSameBitsForAnyNumberOfThreads() {
        for (int tokens : new int[] {8, 70}) {
            Layout layout = Layout.random(5, 45, tokens, true);
            float[] expected = null;
            for (int threads : new int[] {1, 2, 5}) {
                try (CpuBackend backend = new CpuBackend(threads)) {
                    float[] found = check(backend, layout, new AttentionShape(2, 2, 16, 0.25f, 0, 0));
                    assertThat(expected == null || java.util.Arrays.equals(found, expected))
                            .as("%d threads", threads)
                            .isTrue();
                    expected = found;
                }
            }
        }
    }

    @Test
    void largeScoresDoNotOverflowAndNaNsAreSeen() {
        for (int tokens : new int[] {3, 66}) {
            try (CpuBackend backend = new CpuBackend(1)) {
                Layout layout = Layout.random(5, 1, tokens, false);
                float[] ones = new float[2 * tokens];
                java.util.Arrays.fill(ones, 1000f);
                Tensor q = CpuFixtures.tensor(backend, tokens, 1, java.util.Arrays.copyOf(ones, tokens));
                Tensor kv = CpuFixtures.tensor(backend, 2 * tokens, 1, ones);
                Tensor out = backend.allocate(tokens, 1);
                AttentionShape shape = new AttentionShape(1, 1, 1, 1f, 0, 0);
                try (PrefixBatch batch = layout.on(backend)) {
                    backend.attention(q, kv, kv, batch, shape, out);
                    for (float value : CpuFixtures.read(backend, out)) {
                        assertThat(value).isBetween(999.99f, 1000.01f);
                    }
                    backend.fill(q.rowRange(1, 2), Float.NaN);
                    backend.attention(q, kv, kv, batch, shape, out);
                    assertThat(backend.firstNonFiniteRow(out)).isEqualTo(1);
                }
            }
        }
    }

    /** Output of one sequence whose values of rows {@code rows} and column 3 are {@code value}. */
    private static float[] withValues(CpuBackend backend, AttentionShape shape, int tokens, float value, int... rows) {
        Layout layout = Layout.random(5, 1, tokens, false);
        int width = shape.heads() * shape.headDim();
        int kvWidth = shape.kvHeads() * shape.headDim();
        float[] v = CpuFixtures.normal(3, 2 * tokens * kvWidth);
        for (int row : rows) {
            v[(tokens + row) * kvWidth + 3] = value;
        }
        Tensor out = CpuFixtures.view(backend, tokens, width, new float[tokens * width]);
        try (PrefixBatch batch = layout.on(backend)) {
            backend.attention(
                    CpuFixtures.view(backend, tokens, width, CpuFixtures.normal(1, tokens * width)),
                    CpuFixtures.view(backend, 2 * tokens, kvWidth, CpuFixtures.normal(2, 2 * tokens * kvWidth)),
                    CpuFixtures.view(backend, 2 * tokens, kvWidth, v),
                    batch,
                    shape,
                    out);
        }
        assertThat(backend.firstNonFiniteRow(out)).isEqualTo(rows.length == 0 ? -1 : rows[0]);
        return CpuFixtures.read(backend, out);
    }

    @Test
    void aValueThatIsNotFiniteReachesOnlyTheRowsAndColumnsThatSeeIt() {
        try (CpuBackend backend = new CpuBackend(2)) {
            for (int tokens : new int[] {40, 64, 150}) {
                for (int window : new int[] {0, 9}) {
                    AttentionShape shape = new AttentionShape(4, 2, 8, 0.4f, 0, window);
                    int late = tokens - 12;
                    float[] clean = withValues(backend, shape, tokens, 0);
                    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
                        float[] found = withValues(backend, shape, tokens, value, late, late + 1);
                        for (int i = 0; i < found.length; i++) {
                            int row = i / 32;
                            // Column 3 of key/value head 0, which query heads 0 and 1 read.
                            boolean sees = (i % 32 == 3 || i % 32 == 11)
                                    && row >= late
                                    && (window == 0 || row < late + 1 + window);
                            assertThat(found[i])
                                    .as("T = %d, window %d, row %d, column %d", tokens, window, row, i % 32)
                                    .isEqualTo(Float.valueOf(sees ? value : clean[i]));
                        }
                    }
                }
            }
        }
    }

    @Test
    void keysThatDoNotGoWithTheBatchAreNamed() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Layout layout = Layout.random(5, 2, 3, false);
            Tensor q = backend.allocate(layout.rows, 4);
            Tensor kv = backend.allocate(layout.rows, 4);
            try (PrefixBatch batch = layout.on(backend)) {
                assertThatThrownBy(() -> backend.attention(
                                q,
                                kv,
                                kv,
                                batch,
                                new AttentionShape(2, 2, 2, 1f, 0, 0),
                                backend.allocate(layout.rows, 4)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("[" + layout.rows + ", 4]")
                        .hasMessageContaining("[" + (layout.rows + 3) + ", 4]");
            }
        }
    }
}
