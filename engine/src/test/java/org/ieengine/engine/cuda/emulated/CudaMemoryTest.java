package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Allocation, transfers, copies and recordings, while the device does its work as late as it may. */
class CudaMemoryTest {
    @TempDir
    private Path directory;

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

    private static float[] random(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-8, 8);
        }
        return values;
    }

    private float[] read(CudaBackend from, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        Arrays.fill(values, Float.NaN);
        from.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    /** A view [rows, columns] into a larger matrix of NaN. */
    private Tensor view(int rows, int columns) {
        Tensor wide = backend.allocate(rows + 2, columns + 5);
        backend.fill(wide, Float.NaN);
        return wide.rowRange(1, rows + 1).columnRange(3, columns + 3);
    }

    @Test
    void whatIsAllocatedIsZeroWhereverMemoryWasInUseBefore() {
        CudaBackend packed = device.packed(Precision.F32, Long.MAX_VALUE);
        SplittableRandom random = new SplittableRandom(1);
        List<Tensor> open = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Tensor tensor = packed.allocate(random.nextInt(40), 1 + random.nextInt(50));
            for (float value : read(packed, tensor)) {
                assertThat(value).isZero();
            }
            packed.fill(tensor, Float.NaN);
            open.add(tensor);
            if (random.nextInt(3) > 0) {
                open.remove(random.nextInt(open.size())).close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 17, 64, 129})
    void rowsComeBackAsTheyWereWritten(int columns) {
        for (Tensor tensor : List.of(backend.allocate(13, columns), view(13, columns))) {
            float[] values = random(columns, 13 * columns);
            float[] sent = values.clone();
            backend.write(sent, tensor, 0);
            Arrays.fill(sent, Float.NaN);
            assertThat(read(backend, tensor)).isEqualTo(values);
            float[] part = random(2, 4 * columns);
            backend.write(part, tensor, 5);
            System.arraycopy(part, 0, values, 5 * columns, part.length);
            float[] found = new float[7 * columns];
            backend.read(tensor, 4, 7, found);
            assertThat(found).isEqualTo(Arrays.copyOfRange(values, 4 * columns, 11 * columns));
        }
    }

    @Test
    void arraysMayBeChangedAsSoonAsAWriteReturns() {
        // More bytes than the ring holds, in pieces of all sizes, then one larger than the ring.
        SplittableRandom random = new SplittableRandom(4);
        int columns = 1 << 20;
        Tensor rows = backend.allocate(12, columns);
        float[] expected = new float[12 * columns];
        for (int row = 0; row < 12; row++) {
            for (int from = 0; from < columns; ) {
                int count = Math.min(columns - from, 1 + random.nextInt(columns / 2));
                float[] piece = new float[count];
                Arrays.fill(piece, row * columns + from);
                Arrays.fill(expected, row * columns + from, row * columns + from + count, row * columns + from);
                backend.write(piece, rows.rowRange(row, row + 1).columnRange(from, from + count), 0);
                Arrays.fill(piece, Float.NaN);
                from += count;
            }
        }
        assertThat(Arrays.equals(read(backend, rows), expected)).isTrue();
        float[] all = random(9, 12 * columns);
        float[] copy = all.clone();
        backend.write(copy, rows, 0);
        Arrays.fill(copy, Float.NaN);
        assertThat(Arrays.equals(read(backend, rows), all)).isTrue();
    }

    @Test
    void fillsAndCopiesKeepToTheirView() {
        for (int columns : new int[] {1, 5, 8, 33}) {
            Tensor wide = backend.allocate(9, columns + 7);
            backend.fill(wide, 1f);
            Tensor view = wide.rowRange(2, 8).columnRange(4, columns + 4);
            backend.fill(view, -2.5f);
            float[] found = read(backend, wide);
            for (int i = 0; i < found.length; i++) {
                int row = i / (columns + 7);
                int column = i % (columns + 7);
                boolean inside = row >= 2 && row < 8 && column >= 4 && column < columns + 4;
                assertThat(found[i]).isEqualTo(inside ? -2.5f : 1f);
            }
            float[] values = random(columns, 6 * columns);
            Tensor dense = backend.allocate(6, columns);
            backend.write(values, dense, 0);
            backend.copy(dense, view);
            Tensor back = view(6, columns);
            backend.copy(view, back);
            assertThat(read(backend, back)).isEqualTo(values);
            assertThat(read(backend, wide)[3]).isEqualTo(1f);
        }
    }

    @Test
    void indicesAreThoseWrittenLast() {
        try (CpuBackend cpu = new CpuBackend(1)) {
            float[] table = random(3, 50 * 7);
            Tensor source = backend.allocate(50, 7);
            backend.write(table, source, 0);
            Tensor cpuSource = cpu.allocate(50, 7);
            cpu.write(table, cpuSource, 0);
            int[] rows = {49, 0, 3, 3, 17};
            Indices indices = backend.indices(rows);
            Arrays.fill(rows, 5);
            Tensor first = backend.allocate(5, 7);
            backend.gatherRows(source, indices, first);
            backend.write(new int[] {1, 2, 3, 4, 5}, indices);
            Tensor second = view(5, 7);
            backend.gatherRows(source, indices, second);
            for (int[] expected : new int[][] {{49, 0, 3, 3, 17}, {1, 2, 3, 4, 5}}) {
                Tensor gathered = cpu.allocate(5, 7);
                cpu.gatherRows(cpuSource, cpu.indices(expected), gathered);
                float[] values = new float[35];
                cpu.read(gathered, 0, 5, values);
                assertThat(read(backend, expected[0] == 49 ? first : second)).isEqualTo(values);
            }
            backend.write(new int[] {1, 2, 3, 4, 50}, indices);
            assertThatThrownBy(() -> backend.gatherRows(source, indices, first))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("50")
                    .hasMessageContaining("[50, 7]");
            assertThatThrownBy(() -> backend.write(new int[4], indices)).hasMessageContaining("[5] indices");
        }
    }

    @ParameterizedTest
    @EnumSource
    void storedTensorsOfEveryTypeAreWidenedAsOnTheProcessor(ElementType type) {
        // Of 16 bits, more than one piece of what is widened at once.
        int columns = 1021;
        int rows = type.bytes() == Short.BYTES ? 4200 : 300;
        Path file = directory.resolve("stored.safetensors");
        SplittableRandom random = new SplittableRandom(6);
        try (SafetensorsWriter writer = SafetensorsWriter.create(
                file,
                List.of(
                        TensorDeclaration.of("matrix", type, rows, columns),
                        TensorDeclaration.of("even", type, 3, 64),
                        TensorDeclaration.of("vector", type, columns)),
                Map.of())) {
            for (String name : List.of("matrix", "even", "vector")) {
                int count = name.equals("matrix") ? rows * columns : name.equals("even") ? 3 * 64 : columns;
                if (type == ElementType.F64) {
                    writer.write(name, 0, random.doubles(count, -8, 8).toArray(), 0, count);
                } else if (type.floating()) {
                    writer.write(name, 0, random(count, count), 0, count);
                } else {
                    writer.write(name, 0, random.longs(count, 0, 2).toArray(), 0, count);
                }
            }
        }
        CudaBackend packed = device.packed(Precision.F32, Long.MAX_VALUE);
        CudaBackend rounding = device.packed(Precision.BF16, Long.MAX_VALUE);
        try (SafetensorsFile stored = SafetensorsFile.open(file);
                CpuBackend cpu = new CpuBackend(1)) {
            for (String name : List.of("matrix", "even", "vector")) {
                Tensor expected = cpu.load(stored.tensor(name));
                float[] values = new float[Math.toIntExact(expected.rows() * expected.columns())];
                cpu.read(expected, 0, (int) expected.rows(), values);
                // The upload may not overtake work that is queued on its memory, nor what reads it overtake the upload.
                Tensor before = packed.allocate(expected.rows(), expected.columns());
                packed.fill(before, Float.NaN);
                before.close();
                Tensor loaded = packed.load(stored.tensor(name));
                Tensor copy = packed.allocate(expected.rows(), expected.columns());
                packed.copy(loaded, copy);
                packed.fill(loaded, Float.NaN);
                assertThat(Arrays.equals(read(packed, copy), values)).isTrue();
                assertThat(Arrays.equals(read(backend, backend.load(stored.tensor(name))), values))
                        .isTrue();
                Tensor operand = rounding.loadOperand(stored.tensor(name));
                assertThat(Arrays.equals(read(rounding, operand), rounded(values)))
                        .isTrue();
            }
        }
    }

    /** To 7 bits of mantissa, ties to even. */
    private static float[] rounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            rounded[i] = Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF0000);
        }
        return rounded;
    }

    @Test
    void aTensorThatCannotBeReadLeavesNothingBehind() {
        Path file = directory.resolve("short.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(
                file, List.of(TensorDeclaration.of("x", ElementType.BF16, 3, 1 << 20)), Map.of())) {
            writer.write("x", 0, new float[3 << 20], 0, 3 << 20);
        }
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() - 100);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            assertThatThrownBy(() -> backend.load(stored.tensor("x")))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("shortened");
        }
        assertThat(backend.allocatedBytes()).isZero();
    }

    @Test
    void aRecordingHappensAtEachReplayAndNotBefore() {
        Tensor a = backend.allocate(2, 3);
        Tensor b = backend.allocate(2, 3);
        backend.fill(a, 1f);
        try (Recording recording = backend.record(() -> {
            backend.copy(a, b);
            backend.fill(a, 7f);
        })) {
            assertThat(read(backend, a)).containsOnly(1f);
            assertThat(read(backend, b)).containsOnly(0f);
            recording.replay();
            assertThat(read(backend, a)).containsOnly(7f);
            assertThat(read(backend, b)).containsOnly(1f);
            backend.write(new float[] {1, 2, 3, 4, 5, 6}, a, 0);
            recording.replay();
            recording.replay();
            assertThat(read(backend, b)).containsOnly(7f);
        }
    }

    @Test
    void workingMemoryOfARecordingStaysUntilTheRecordingIsClosed() {
        Tensor x = backend.allocate(700, 3);
        Tensor sums = backend.allocate(1, 3);
        Tensor many = backend.allocate(100_000, 1);
        backend.fill(x, 2f);
        Recording recording = backend.record(() -> backend.columnSums(x, 0f, sums));
        long before = backend.allocatedBytes();
        backend.rowHashes(many);
        long grown = backend.allocatedBytes();
        // Another operation needed more; each tensor and working memory is an allocation of its own, so that use of a
        // freed one faults.
        assertThat(grown).isGreaterThanOrEqualTo(before + 100_000L * Long.BYTES);
        recording.replay();
        assertThat(read(backend, sums)).containsOnly(1400f);
        recording.close();
        assertThat(backend.allocatedBytes()).isLessThan(grown);
    }

    @Test
    void whatARecordingCannotHoldIsRefusedAndLeavesTheBackendWhole() {
        Tensor tensor = backend.allocate(2, 3);
        Indices indices = backend.indices(new int[] {1});
        Recording empty = backend.record(() -> {});
        List<Runnable> illegal = List.of(
                () -> backend.allocate(1, 1),
                () -> backend.indices(new int[1]),
                () -> backend.write(new float[6], tensor, 0),
                () -> backend.write(new int[1], indices),
                () -> backend.read(tensor, 0, 1, new float[3]),
                () -> backend.nearestCentroid(tensor, new double[3], new int[2], new double[2]),
                () -> backend.synchronise(),
                () -> backend.reserve(1),
                tensor::close,
                () -> backend.record(() -> {}),
                empty::replay,
                empty::close);
        for (Runnable operation : illegal) {
            assertThatThrownBy(() -> backend.record(operation))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("operations that are being recorded cannot");
        }
        backend.fill(tensor, 3f);
        assertThat(read(backend, tensor)).containsOnly(3f);
        empty.replay();
        empty.close();
        assertThatThrownBy(empty::replay).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(empty::close).isInstanceOf(IllegalStateException.class);
        indices.close();
        tensor.close();
        assertThat(backend.allocatedBytes()).isZero();
    }

    @Test
    void bytesAreCountedAsTheyAreAskedForAndTheDeviceGivesThePlanAtOnce() {
        CudaBackend packed = device.packed(Precision.F32, Long.MAX_VALUE);
        long plan = 4L * (1000 * 1000 + 3 * 7);
        packed.reserve(plan);
        long taken = packed.deviceBytes();
        assertThat((double) taken).isBetween((double) plan, 1.05 * plan);
        Tensor large = packed.allocate(1000, 1000);
        Tensor small = packed.allocate(3, 7);
        assertThat(packed.allocatedBytes()).isEqualTo(plan);
        assertThat(packed.deviceBytes()).isEqualTo(taken);
        large.close();
        assertThat(packed.allocatedBytes()).isEqualTo(4L * 3 * 7);
        assertThat(packed.peakBytes()).isEqualTo(plan);
        small.close();
    }

    @Test
    void moreMemoryThanTheLimitNamesTheBytes() {
        CudaBackend limited = device.packed(Precision.F32, 1 << 20);
        assertThatThrownBy(() -> limited.allocate(1 << 10, 1 << 10))
                .isInstanceOfSatisfying(MemoryExhaustedException.class, fault -> assertThat(fault.bytes())
                        .isEqualTo(4 << 20))
                .hasMessageContaining("--device-memory");
        assertThatThrownBy(() -> limited.allocate(Long.MAX_VALUE / 2, 1000))
                .isInstanceOf(MemoryExhaustedException.class);
        assertThat(read(limited, limited.allocate(1, 3))).containsOnly(0f);
        assertThat(limited.freeBytes()).isLessThan(1 << 20);
        assertThat(limited.pairsAtOnce(1000)).isEqualTo(1024);
    }

    @Test
    void shapesAndTensorsThatDoNotFitAreRefused() {
        Tensor tensor = backend.allocate(2, 3);
        assertThatThrownBy(() -> backend.allocate(1, 0)).hasMessageContaining("[1, 0]");
        assertThatThrownBy(() -> tensor.rowRange(1, 3)).hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> tensor.columnRange(0, 4)).hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> backend.write(new float[4], tensor, 0)).hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> backend.write(new float[6], tensor, 1)).hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> backend.read(tensor, 1, 2, new float[6])).hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> backend.copy(tensor, backend.allocate(3, 2)))
                .hasMessageContaining("[2, 3]")
                .hasMessageContaining("[3, 2]");
        assertThatThrownBy(() -> backend.copy(
                        tensor.rowRange(0, 1),
                        tensor.columnRange(0, 3).rowRange(0, 1).columnRange(1, 3)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> backend.fill(null, 0)).isInstanceOf(IllegalArgumentException.class);
        try (CpuBackend cpu = new CpuBackend(1)) {
            assertThatThrownBy(() -> backend.fill(cpu.allocate(1, 1), 0)).hasMessageContaining("another backend");
        }
        tensor.close();
        assertThatThrownBy(() -> backend.fill(tensor, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> tensor.rowRange(0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(tensor::close).hasMessageContaining("twice");
    }

    @Test
    void aClosedBackendHasFreedEverythingAndRefusesWork() {
        CudaBackend other = device.packed(Precision.F32, Long.MAX_VALUE);
        Tensor left = other.allocate(100, 100);
        Recording open = other.record(() -> other.fill(left, 1f));
        open.replay();
        other.close();
        assertThat(other.allocatedBytes()).isZero();
        assertThat(other.deviceBytes()).isZero();
        assertThatThrownBy(() -> other.fill(left, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> other.allocate(1, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(open::replay).isInstanceOf(IllegalStateException.class);
        other.close();
    }

    @Test
    void theDescriptionNamesTheGpuAndThePrecision() {
        assertThat(device.packed(Precision.BF16, Long.MAX_VALUE).description())
                .matches("cuda:0 \\(.+, bf16, own kernels\\)");
    }
}
