package org.ieengine.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a kernel costs beside its work: chains of 100 additions of 64 numbers on GPU 0, each waiting for the one before it. One
 * operation is one kernel; the device's own time for one, a few microseconds, is in both.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class LaunchBenchmark {
    private static final int CHAIN = 100;

    private GpuDevice device;
    private CudaBackend backend;
    private Tensor x;
    private Tensor sum;
    private Recording recorded;

    @Setup
    public void prepare() {
        device = JcudaDevice.open(0);
        backend = new CudaBackend(device, Precision.F32, Long.MAX_VALUE);
        x = backend.allocate(1, 64);
        sum = backend.allocate(1, 64);
        backend.fill(x, 1e-6f);
        recorded = backend.record(this::chain);
    }

    @TearDown
    public void close() {
        recorded.close();
        backend.close();
        device.close();
    }

    private void chain() {
        for (int i = 0; i < CHAIN; i++) {
            backend.add(x, sum);
        }
    }

    /** Each kernel launched by a call of its own, one wait at the end. */
    @Benchmark
    @OperationsPerInvocation(CHAIN)
    public void plain() {
        chain();
        backend.synchronise();
    }

    /** The recorded chain replayed by one call, one wait at the end. */
    @Benchmark
    @OperationsPerInvocation(CHAIN)
    public void replayed() {
        recorded.replay();
        backend.synchronise();
    }

    /** One kernel launched and waited for. */
    @Benchmark
    public void oneAndWait() {
        backend.add(x, sum);
        backend.synchronise();
    }
}
