package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.cuda.emulated.CudaFixtures.Lie;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attention over prefix paths, against float64. */
class CudaAttentionTest {
    private EmulatedBackends device;
    private CudaBackend backend;

    @BeforeEach
    void open() {
        device = EmulatedBackends.late();
        backend = device.apart(Precision.F32);
    }

    @AfterEach
    void close() {
        device.close();
    }

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

        PrefixBatch on(Backend backend) {
            return new PrefixBatch(
                    sequences,
                    tokens,
                    rows,
                    backend.indices(new int[rows]),
                    backend.indices(new int[rows]),
                    backend.indices(firstPosition),
                    backend.indices(firstRow),
                    backend.indices(path),
                    backend.indices(Arrays.copyOfRange(path, (sequences - 1) * tokens, sequences * tokens)));
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
                    for (int j = shape.window() > 0 ? Math.max(0, i - shape.window() + 1) : 0; j <= i; j++) {
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

    private void check(Layout layout, AttentionShape shape, Lie lie) {
        int width = shape.heads() * shape.headDim();
        int kvWidth = shape.kvHeads() * shape.headDim();
        int memory = layout.tokens + layout.rows;
        float[] q = CudaFixtures.normal(1, layout.rows * width);
        float[] k = CudaFixtures.normal(2, memory * kvWidth);
        float[] v = CudaFixtures.normal(3, memory * kvWidth);
        Tensor out = CudaFixtures.poisoned(backend, layout.rows, width, lie);
        Tensor queries = CudaFixtures.matrix(backend, layout.rows, width, q, lie);
        Tensor keys = CudaFixtures.matrix(backend, memory, kvWidth, k, lie);
        Tensor values = CudaFixtures.matrix(backend, memory, kvWidth, v, lie);
        try (PrefixBatch batch = layout.on(backend)) {
            backend.attention(queries, keys, values, batch, shape, out);
            // Means of values of size 1 whose weights carry the rounding of scores of size 1 to 10.
            CudaFixtures.assertClose(
                    "T=" + layout.tokens + " " + shape + " " + lie,
                    CudaFixtures.read(backend, out),
                    reference(layout, shape, q, k, v),
                    1e-5,
                    0);
            float[] found = CudaFixtures.read(backend, out);
            backend.attention(queries, keys, values, batch, shape, queries);
            assertThat(CudaFixtures.read(backend, queries)).isEqualTo(found);
        }
    }

    @Test
    void lengthsFromOneToEightyMatchTheFormula() {
        for (int tokens = 1; tokens <= 80; tokens += tokens < 20 ? 1 : 3) {
            AttentionShape shape = new AttentionShape(
                    4, tokens % 3 == 0 ? 2 : 4, 5 + tokens % 4, 0.4f, 0, tokens % 2 == 0 ? 1 + tokens / 3 : 0);
            check(
                    Layout.random(tokens, 4, tokens, tokens % 2 == 0),
                    shape,
                    Lie.all().get(tokens % 3));
        }
    }

    @Test
    void groupsWindowsAndCapsMatchTheFormula() {
        for (int tokens : new int[] {1, 7, 63, 64, 65, 131}) {
            Layout layout = Layout.random(tokens, 3, tokens, true);
            for (int kvHeads : new int[] {1, 2, 6}) {
                for (int window : new int[] {0, 1, 5, 70}) {
                    AttentionShape shape = new AttentionShape(6, kvHeads, 9, 0.3f, window == 5 ? 1.5f : 0, window);
                    check(layout, shape, kvHeads == 6 ? Lie.DENSE : Lie.ODD);
                }
            }
        }
    }

    @Test
    void headsOfEveryWidthMatchTheFormula() {
        for (int headDim : new int[] {1, 2, 31, 32, 48, 64, 65, 80, 96, 128, 130, 256, 300, 512}) {
            for (int tokens : new int[] {8, 66}) {
                AttentionShape shape = new AttentionShape(2, 1, headDim, (float) (1 / Math.sqrt(headDim)), 0, 0);
                check(Layout.random(headDim, 2, tokens, true), shape, Lie.all().get(headDim % 3));
            }
        }
    }

    @Test
    void longSequencesMatchTheFormula() {
        check(Layout.random(3, 2, 300, true), new AttentionShape(2, 1, 64, 0.125f, 0, 0), Lie.DENSE);
        check(Layout.random(4, 2, 257, false), new AttentionShape(1, 1, 20, 0.2f, 10, 100), Lie.ODD);
    }

    @Test
    void aRowHasTheSameBitsInEveryBatch() {
        for (int tokens : new int[] {8, 100}) {
            AttentionShape shape = new AttentionShape(2, 1, 16, 0.25f, 0, 0);
            float[] q = CudaFixtures.normal(5, tokens * 32);
            float[] k = CudaFixtures.normal(6, 2 * tokens * 16);
            float[] v = CudaFixtures.normal(7, 2 * tokens * 16);
            float[] whole = rows(Layout.random(1, 1, tokens, false), shape, q, k, v);
            // The same sequence, its first positions carried over.
            int carried = tokens / 3;
            int[] path = new int[tokens];
            float[] partKeys = new float[(2 * tokens - carried) * 16];
            float[] partValues = partKeys.clone();
            for (int p = 0; p < tokens; p++) {
                path[p] = p < carried ? p : tokens + p - carried;
                System.arraycopy(k, (tokens + p) * 16, partKeys, path[p] * 16, 16);
                System.arraycopy(v, (tokens + p) * 16, partValues, path[p] * 16, 16);
            }
            Layout part = new Layout(1, tokens, tokens - carried, new int[] {carried}, new int[] {0}, path);
            float[] partQueries = Arrays.copyOfRange(q, carried * 32, q.length);
            assertThat(rows(part, shape, partQueries, partKeys, partValues))
                    .isEqualTo(Arrays.copyOfRange(whole, carried * 32, whole.length));
        }
    }

    private float[] rows(Layout layout, AttentionShape shape, float[] q, float[] k, float[] v) {
        int width = shape.heads() * shape.headDim();
        int memory = layout.tokens + layout.rows;
        Tensor out = CudaFixtures.poisoned(backend, layout.rows, width, Lie.DENSE);
        try (PrefixBatch batch = layout.on(backend)) {
            backend.attention(
                    CudaFixtures.matrix(backend, layout.rows, width, q, Lie.DENSE),
                    CudaFixtures.matrix(backend, memory, shape.kvHeads() * shape.headDim(), k, Lie.DENSE),
                    CudaFixtures.matrix(backend, memory, shape.kvHeads() * shape.headDim(), v, Lie.DENSE),
                    batch,
                    shape,
                    out);
        }
        return CudaFixtures.read(backend, out);
    }

    @Test
    void largeScoresDoNotOverflowAndNaNsAreSeen() {
        for (int tokens : new int[] {3, 66}) {
            Layout layout = Layout.random(5, 1, tokens, false);
            float[] large = new float[2 * tokens];
            Arrays.fill(large, 1000f);
            Tensor q = CudaFixtures.matrix(backend, tokens, 1, Arrays.copyOf(large, tokens), Lie.DENSE);
            Tensor kv = CudaFixtures.matrix(backend, 2 * tokens, 1, large, Lie.DENSE);
            Tensor out = CudaFixtures.poisoned(backend, tokens, 1, Lie.DENSE);
            AttentionShape shape = new AttentionShape(1, 1, 1, 1f, 0, 0);
            try (PrefixBatch batch = layout.on(backend)) {
                backend.attention(q, kv, kv, batch, shape, out);
                for (float value : CudaFixtures.read(backend, out)) {
                    assertThat(value).isBetween(999.99f, 1000.01f);
                }
                backend.fill(q.rowRange(1, 2), Float.NaN);
                backend.attention(q, kv, kv, batch, shape, out);
                assertThat(backend.firstNonFiniteRow(out)).isEqualTo(1);
                assertThat(backend.firstNonFiniteRow(out.rowRange(2, tokens))).isEqualTo(-1);
            }
        }
    }

    @Test
    void keysThatDoNotGoWithTheBatchAreNamed() {
        Layout layout = Layout.random(5, 2, 3, false);
        Tensor q = backend.allocate(layout.rows, 4);
        Tensor kv = backend.allocate(layout.rows, 4);
        Tensor out = backend.allocate(layout.rows, 4);
        try (PrefixBatch batch = layout.on(backend)) {
            assertThatThrownBy(() -> backend.attention(q, kv, kv, batch, new AttentionShape(2, 2, 2, 1f, 0, 0), out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[" + layout.rows + ", 4]")
                    .hasMessageContaining("[" + (layout.rows + 3) + ", 4]");
            assertThatThrownBy(() -> backend.attention(
                            backend.allocate(layout.rows, 513),
                            backend.allocate(layout.rows + 3, 513),
                            backend.allocate(layout.rows + 3, 513),
                            batch,
                            new AttentionShape(1, 1, 513, 1f, 0, 0),
                            backend.allocate(layout.rows, 513)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("513");
        }
    }
}
