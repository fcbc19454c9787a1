package org.ieengine.bench.jmh;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.MappedByteBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.HalfPrecision;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.safetensors.TensorDeclaration;
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
 * Reading a tensor of 16 Mi elements from a file in the page cache into float32 arrays of 1 Mi: as the project reads, by positional
 * reads, and through a memory mapping. One operation is the whole tensor.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class SafetensorsBenchmark {
    private static final int COUNT = 1 << 24;
    private static final int CHUNK = 1 << 20;
    private static final String NAME = "weight";

    @Param({"F32", "F16", "BF16"})
    public ElementType type;

    private final float[] target = new float[CHUNK];
    private final short[] halves = new short[CHUNK];
    private Path path;
    private SafetensorsFile file;
    private StoredTensor tensor;
    private MappedByteBuffer mapped;

    @Setup
    public void prepare() throws IOException {
        path = Files.createTempFile("safetensors-benchmark", ".safetensors");
        TensorDeclaration declared = TensorDeclaration.of(NAME, type, COUNT);
        float[] values = new float[CHUNK];
        new Philox(0, 0, 0, 0, 0).normals(0, 1, values);
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, List.of(declared), Map.of())) {
            for (int first = 0; first < COUNT; first += CHUNK) {
                writer.write(NAME, first, values, 0, CHUNK);
            }
        }
        file = SafetensorsFile.open(path);
        tensor = file.tensor(NAME);
        try (FileChannel channel = FileChannel.open(path)) {
            long bytes = (long) COUNT * type.bytes();
            mapped = channel.map(FileChannel.MapMode.READ_ONLY, channel.size() - bytes, bytes);
            mapped.order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    @TearDown
    public void close() throws IOException {
        file.close();
        Files.delete(path);
    }

    @Benchmark
    public float[] read() {
        for (int first = 0; first < COUNT; first += CHUNK) {
            tensor.read(first, target, 0, CHUNK);
        }
        return target;
    }

    @Benchmark
    public float[] mapped() {
        if (type == ElementType.F32) {
            FloatBuffer floats = mapped.asFloatBuffer();
            for (int first = 0; first < COUNT; first += CHUNK) {
                floats.get(target, 0, CHUNK);
            }
            return target;
        }
        ShortBuffer shorts = mapped.asShortBuffer();
        for (int first = 0; first < COUNT; first += CHUNK) {
            shorts.get(halves, 0, CHUNK);
            if (type == ElementType.F16) {
                HalfPrecision.widenF16(halves, target, 0, CHUNK);
            } else {
                HalfPrecision.widenBf16(halves, target, 0, CHUNK);
            }
        }
        return target;
    }
}
