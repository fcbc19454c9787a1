package org.ieengine.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.ieengine.engine.cpu.BareProduct;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
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

/**
 * Products of the backend beside the bare {@code cblas_sgemm} of the same shape, which has as many threads as the backend. Shapes
 * are rows x inputs x outputs: the four of a GPT-2 block (d = 768) for 4096 rows, and those of the critic. One operation
 * is one call.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatrixBenchmark {
    @Param({
        "4096x768x2304",
        "4096x768x768",
        "4096x768x3072",
        "4096x3072x768",
        "2048x768x384",
        "2048x384x192",
        "2048x96x48",
        "2048x24x12",
        "2048x3x1"
    })
    public String shape;

    private CpuBackend backend;
    private Tensor x;
    private Tensor weight;
    private Tensor bias;
    private Tensor out;
    private Tensor gradient;
    private BareProduct.Shape product;

    @Setup
    public void prepare(Processor processor) {
        String[] extents = shape.split("x");
        int rows = Integer.parseInt(extents[0]);
        int inputs = Integer.parseInt(extents[1]);
        int outputs = Integer.parseInt(extents[2]);
        backend = processor.backend();
        RandomTensors random = processor.random();
        x = random.normal(rows, inputs, 1);
        weight = random.normal(inputs, outputs, 0.02);
        bias = backend.allocate(1, outputs);
        out = backend.allocate(rows, outputs);
        gradient = backend.allocate(inputs, outputs);
        product = new BareProduct.Shape(rows, outputs, inputs, false, false);
    }

    /** The bare product, while OpenBLAS has the threads. */
    @State(Scope.Benchmark)
    public static class Bare {
        private BareProduct product;

        @Setup
        public void prepare(MatrixBenchmark matrices) {
            product = matrices.backend
                    .bareProduct(matrices.product)
                    .orElseThrow(() -> new IllegalStateException("OpenBLAS cannot be loaded"));
            product.lend();
        }

        @TearDown
        public void close() {
            product.close();
        }
    }

    @Benchmark
    public void bareSgemm(Bare bare) {
        bare.product.run();
    }

    @Benchmark
    public void linear() {
        backend.linear(x, weight, Layout.IN_OUT, Epilogue.NONE, out);
    }

    @Benchmark
    public void linearBiasGelu() {
        backend.linear(
                x, weight, Layout.IN_OUT, Epilogue.NONE.withBias(bias).withActivation(Activation.GELU_TANH), out);
    }

    @Benchmark
    public void weightGradient() {
        backend.product(x, true, out, false, 0f, gradient);
    }
}
