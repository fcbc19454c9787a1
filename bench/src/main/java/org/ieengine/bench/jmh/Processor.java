package org.ieengine.bench.jmh;

import org.ieengine.engine.cpu.CpuBackend;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The backend of the processor, opened for a benchmark whose preparation is given one; closing it frees all tensors. */
@State(Scope.Benchmark)
public class Processor {
    @Param({"1", "2"})
    public int threads;

    private CpuBackend backend;

    @Setup
    public void open() {
        backend = new CpuBackend(threads);
    }

    @TearDown
    public void close() {
        backend.close();
    }

    CpuBackend backend() {
        return backend;
    }

    RandomTensors random() {
        return new RandomTensors(backend);
    }
}
