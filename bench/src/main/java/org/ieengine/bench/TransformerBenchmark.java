package org.ieengine.bench;

import java.util.concurrent.TimeUnit;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What stands between the matrix products of GPT-2 small: 4096 rows of 768, 12 heads of 64, an MLP of 3072. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class TransformerBenchmark {
    private static final int ROWS = 4096;
    private static final int WIDTH = 768;

    @Param({"1", "2"})
    public int threads;

    private CpuBackend backend;
    private Tensor x;
    private Tensor inner;
    private Tensor weight;
    private Tensor out;
    private Tensor queriesKeysValues;
    private PrefixBatch sentences;
    private PrefixBatch documents;

    @Setup
    public void prepare() {
        backend = new CpuBackend(threads);
        x = backend.allocate(ROWS, WIDTH);
        inner = backend.allocate(ROWS, 4 * WIDTH);
        weight = backend.allocate(1, WIDTH);
        out = backend.allocate(ROWS, WIDTH);
        queriesKeysValues = backend.allocate(ROWS + 1024, 3 * WIDTH);
        backend.fill(x, 0.5f);
        backend.fill(inner, 0.5f);
        backend.fill(queriesKeysValues, 0.5f);
        sentences = distinct(8);
        documents = distinct(1024);
    }

    /** Sequences that share nothing. */
    private PrefixBatch distinct(int tokens) {
        int sequences = ROWS / tokens;
        int[] firstRow = new int[sequences];
        int[] path = new int[ROWS];
        int[] last = new int[tokens];
        for (int b = 0; b < sequences; b++) {
            firstRow[b] = b * tokens;
        }
        for (int i = 0; i < ROWS; i++) {
            path[i] = tokens + i;
            last[i % tokens] = path[i];
        }
        return new PrefixBatch(
                sequences,
                tokens,
                ROWS,
                backend.indices(new int[ROWS]),
                backend.indices(new int[ROWS]),
                backend.indices(new int[sequences]),
                backend.indices(firstRow),
                backend.indices(path),
                backend.indices(last));
    }

    @TearDown
    public void close() {
        backend.close();
    }

    @Benchmark
    public void gelu() {
        backend.activate(inner, Activation.GELU_TANH, inner);
    }

    @Benchmark
    public void layerNorm() {
        backend.layerNorm(x, weight, weight, 1e-5f, out);
    }

    @Benchmark
    public void rmsNorm() {
        backend.rmsNorm(x, weight, 0f, 1e-5f, out);
    }

    @Benchmark
    public void attention8() {
        attention(sentences);
    }

    @Benchmark
    public void attention1024() {
        attention(documents);
    }

    private void attention(PrefixBatch batch) {
        int tokens = batch.tokens();
        backend.attention(
                queriesKeysValues.rowRange(tokens, tokens + ROWS).columnRange(0, WIDTH),
                queriesKeysValues.rowRange(0, tokens + ROWS).columnRange(WIDTH, 2 * WIDTH),
                queriesKeysValues.rowRange(0, tokens + ROWS).columnRange(2 * WIDTH, 3 * WIDTH),
                batch,
                new AttentionShape(12, 12, 64, 0.125f, 0f, 0),
                out);
    }
}
