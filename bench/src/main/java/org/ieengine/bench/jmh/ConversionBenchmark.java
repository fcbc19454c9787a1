package org.ieengine.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.loaders.safetensors.HalfPrecision;
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

/** Widening 131,072 16-bit numbers, the room that a file is read through, to float32. One operation is all of them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class ConversionBenchmark {
    private static final int COUNT = 1 << 17;

    private final short[] bf16 = new short[COUNT];
    private final short[] f16 = new short[COUNT];
    private final float[] target = new float[COUNT];

    @Setup
    public void prepare() {
        Philox random = new Philox(0, 0, 0, 0, 0);
        float[] values = new float[COUNT];
        random.normals(0, 1, values);
        for (int i = 0; i < COUNT; i++) {
            bf16[i] = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
            f16[i] = (short) random.word(i);
        }
    }

    @Benchmark
    public float[] widenBf16() {
        HalfPrecision.widenBf16(bf16, target, 0, COUNT);
        return target;
    }

    @Benchmark
    public float[] widenF16() {
        HalfPrecision.widenF16(f16, target, 0, COUNT);
        return target;
    }
}
