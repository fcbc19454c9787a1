package org.ieengine.bench.jmh;

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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What stands between the matrix products of GPT-2 small on the CPU: 4,096 rows of 768, 12 heads of 64, an MLP of 3,072, and the gate
 * that Llama's MLP has. One operation is one call.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class TransformerBenchmark {
    private static final int ROWS = 4096;
    private static final int WIDTH = 768;

    private CpuBackend backend;
    private Tensor x;
    private Tensor inner;
    private Tensor up;
    private Tensor activated;
    private Tensor weight;
    private Tensor out;
    private Tensor queriesKeysValues;
    private PrefixBatch sentences;
    private PrefixBatch documents;

    @Setup
    public void prepare(Processor processor) {
        backend = processor.backend();
        RandomTensors random = processor.random();
        x = random.normal(ROWS, WIDTH, 1);
        inner = random.normal(ROWS, 4 * WIDTH, 1);
        up = random.normal(ROWS, 4 * WIDTH, 1);
        activated = backend.allocate(ROWS, 4 * WIDTH);
        weight = random.normal(1, WIDTH, 1);
        out = backend.allocate(ROWS, WIDTH);
        queriesKeysValues = random.normal(ROWS + 1024, 3 * WIDTH, 1);
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

    @Benchmark
    public void gelu() {
        backend.activate(inner, Activation.GELU_TANH, activated);
    }

    @Benchmark
    public void gate() {
        backend.gate(inner, Activation.SILU, up, activated);
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
