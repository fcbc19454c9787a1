package org.ieengine.loaders.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsWriterTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void everyTypeComesBackAsWritten(ElementType type) {
        // More than one window of 256 KiB for every type, and no multiple of it.
        int count = 300_001;
        long[] integers = new long[count];
        double[] reals = new double[count];
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < count; i++) {
            integers[i] = switch (type) {
                case BOOL -> random.nextInt(2);
                case U8 -> random.nextInt(256);
                case I32 -> random.nextInt();
                default -> random.nextLong();
            };
            // Six significant bits: exact in every floating-point type.
            reals[i] = random.nextInt(-31, 32) * Math.pow(2, random.nextInt(-8, 8));
        }
        Path file = directory.resolve("one.safetensors");
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(file, List.of(TensorDeclaration.of("x", type, 1, count)), Map.of())) {
            if (!type.floating()) {
                writer.write("x", 0, integers, 0, count);
            } else if (type == ElementType.F64) {
                writer.write("x", 0, reals, 0, count);
            } else {
                writer.write("x", 0, floats(reals), 0, count);
            }
        }
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            StoredTensor tensor = read.tensor("x");
            assertThat(tensor.type()).isEqualTo(type);
            assertThat(tensor.shape()).containsExactly(1, count);
            double[] asDouble = new double[count];
            float[] asFloat = new float[count];
            tensor.read(0, asDouble, 0, count);
            tensor.read(0, asFloat, 0, count);
            for (int i = 0; i < count; i++) {
                double expected = type.floating() ? reals[i] : integers[i];
                assertThat(asDouble[i]).isEqualTo(expected);
                assertThat(asFloat[i]).isEqualTo((float) expected);
            }
            // A stretch from the middle across a window's end, into the middle of the target.
            float[] part = new float[131_080];
            tensor.read(65_530, part, 5, 131_072);
            for (int i = 0; i < 131_072; i++) {
                assertThat(part[5 + i]).isEqualTo(asFloat[65_530 + i]);
            }
            if (type.floating()) {
                assertThatThrownBy(() -> tensor.read(0, new long[1], 0, 1))
                        .isInstanceOf(InputException.class)
                        .hasMessageContaining("expected integers");
            } else {
                long[] back = new long[count];
                tensor.read(0, back, 0, count);
                assertThat(back).isEqualTo(integers);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void storedBytesAreThoseOfTheFile(ElementType type) throws IOException {
        int count = 1000;
        int width = type.bytes();
        byte[] stored = new byte[count * width];
        new SplittableRandom(3).nextBytes(stored);
        byte[] file = SafetensorsBytes.of(
                "{" + SafetensorsBytes.entry("x", type.name(), "[" + count + "]", "[0," + stored.length + "]") + "}",
                stored.length);
        System.arraycopy(stored, 0, file, file.length - stored.length, stored.length);
        Path path = SafetensorsBytes.write(directory.resolve("bytes.safetensors"), file);
        try (SafetensorsFile read = SafetensorsFile.open(path)) {
            StoredTensor tensor = read.tensor("x");
            for (ByteBuffer target :
                    List.of(ByteBuffer.allocate(stored.length + 16), ByteBuffer.allocateDirect(stored.length + 16))) {
                for (int[] part : new int[][] {{0, count}, {17, 1}, {count - 3, 3}, {count, 0}}) {
                    target.position(8).limit(8 + part[1] * width);
                    tensor.readBytes(part[0], target);
                    assertThat(target.remaining()).isZero();
                    byte[] found = new byte[part[1] * width];
                    target.get(8, found);
                    assertThat(found)
                            .isEqualTo(Arrays.copyOfRange(stored, part[0] * width, (part[0] + part[1]) * width));
                }
            }
            assertThatThrownBy(() -> tensor.readBytes(count, ByteBuffer.allocate(width)))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("1000");
            if (width > 1) {
                assertThatThrownBy(() -> tensor.readBytes(0, ByteBuffer.allocate(width + 1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("no whole number of elements of type " + type);
            }
        }
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    @Test
    void rangesOutsideATensorOrAnArrayAreRefused() {
        Path file = SafetensorsBytes.write(
                directory.resolve("x.safetensors"),
                SafetensorsBytes.of("{" + SafetensorsBytes.entry("x", "F32", "[3]", "[0,12]") + "}", 12));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            StoredTensor tensor = read.tensor("x");
            assertThatThrownBy(() -> tensor.read(1, new float[9], 0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tensor.read(-1, new float[9], 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tensor.read(0, new float[9], 7, 3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tensor.read(0, new double[2], 0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> tensor.read(Long.MAX_VALUE, new float[9], 0, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> read.tensor("y"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("x.safetensors: tensor y: not found among 1 tensors (x)");
        }
    }

    @Test
    void tensorsAreWrittenInPiecesInAnyOrderBesideOneAnother() {
        Path file = directory.resolve("pieces.safetensors");
        List<TensorDeclaration> declared = List.of(
                TensorDeclaration.of("flags", ElementType.BOOL, 3),
                TensorDeclaration.of("scalar", ElementType.F64),
                TensorDeclaration.of("none", ElementType.F32, 0, 7),
                TensorDeclaration.of("x", ElementType.F32, 2, 3));
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of("who", "Zoë \"Q\""))) {
            writer.write("x", 3, new float[] {9, 3, 4, 5}, 1, 3);
            writer.write("flags", 0, new long[] {1, 0, 1}, 0, 3);
            writer.write("x", 0, new float[] {0, 1, 2}, 0, 3);
            writer.write("scalar", 0, new double[] {Math.PI}, 0, 1);
            assertThat(file).doesNotExist();
        }
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.metadata()).containsExactly(Map.entry("who", "Zoë \"Q\""));
            assertThat(read.names()).containsExactly("scalar", "none", "x", "flags");
            float[] x = new float[6];
            read.tensor("x").read(0, x, 0, 6);
            assertThat(x).containsExactly(0, 1, 2, 3, 4, 5);
            double[] scalar = new double[1];
            read.tensor("scalar").read(0, scalar, 0, 1);
            assertThat(scalar).containsExactly(Math.PI);
            assertThat(read.tensor("scalar").shape()).isEmpty();
            assertThat(read.tensor("none").elements()).isZero();
            read.tensor("none").read(0, x, 0, 0);
        }
        assertThat(entries()).containsExactly("pieces.safetensors");
    }

    @Test
    void headerIsPaddedSoThatElementsAreAligned() throws IOException {
        Path file = directory.resolve("padded.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(
                file, List.of(TensorDeclaration.of("odd name", ElementType.U8, 1)), Map.of())) {
            writer.write("odd name", 0, new long[] {255}, 0, 1);
        }
        byte[] bytes = Files.readAllBytes(file);
        int header = bytes[0] & 0xFF;
        assertThat(header % 8).isZero();
        assertThat(new String(bytes, 8, header, StandardCharsets.UTF_8).stripTrailing())
                .isEqualTo("{\"odd name\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}");
        assertThat(bytes).hasSize(8 + header + 1);
        assertThat(bytes[8 + header]).isEqualTo((byte) 255);
    }

    @Test
    void incompleteFileLeavesTheTargetAsItWas() throws IOException {
        Path file = directory.resolve("kept.safetensors");
        Files.writeString(file, "before");
        SafetensorsWriter writer =
                SafetensorsWriter.create(file, List.of(TensorDeclaration.of("x", ElementType.F32, 10)), Map.of());
        writer.write("x", 0, new float[4], 0, 4);
        writer.write("x", 5, new float[5], 0, 5);
        assertThatThrownBy(writer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("before element 4 of tensor x");
        assertThat(file).hasContent("before");
        assertThat(entries()).containsExactly("kept.safetensors");
        writer.close();
    }

    @Test
    void targetIsReplacedWhenComplete() throws IOException {
        Path file = directory.resolve("replaced.safetensors");
        Files.writeString(file, "before");
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(file, List.of(TensorDeclaration.of("x", ElementType.I64, 1)), Map.of())) {
            writer.write("x", 0, new long[] {Long.MIN_VALUE}, 0, 1);
        }
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            long[] x = new long[1];
            read.tensor("x").read(0, x, 0, 1);
            assertThat(x).containsExactly(Long.MIN_VALUE);
        }
    }

    @Test
    void misuseIsRefused() {
        Path file = directory.resolve("misuse.safetensors");
        TensorDeclaration bytes = TensorDeclaration.of("bytes", ElementType.U8, 2);
        TensorDeclaration reals = TensorDeclaration.of("reals", ElementType.BF16, 2);
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, List.of(bytes, reals), Map.of())) {
            assertThatThrownBy(() -> writer.write("bytes", 0, new long[] {256}, 0, 1))
                    .hasMessageContaining("256 does not fit U8 of tensor bytes");
            assertThatThrownBy(() -> writer.write("bytes", 0, new float[1], 0, 1))
                    .hasMessageContaining("floating-point numbers for tensor bytes of U8");
            assertThatThrownBy(() -> writer.write("reals", 0, new long[1], 0, 1))
                    .hasMessageContaining("integers for tensor reals of BF16");
            assertThatThrownBy(() -> writer.write("other", 0, new long[1], 0, 1))
                    .hasMessageContaining("no tensor other was declared");
            assertThatThrownBy(() -> writer.write("bytes", 1, new long[2], 0, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            writer.discard();
        }
        assertThat(entries()).isEmpty();
        assertThatThrownBy(() -> SafetensorsWriter.create(file, List.of(bytes, bytes), Map.of()))
                .hasMessageContaining("two tensors are named bytes");
        assertThat(entries()).isEmpty();
        assertThatThrownBy(() -> TensorDeclaration.of("big", ElementType.F64, 1L << 40, 1L << 40))
                .isInstanceOf(ArithmeticException.class);
    }

    @Test
    void placeThatCannotBeWrittenIsNamed() {
        assertThatThrownBy(() -> SafetensorsWriter.create(
                        directory.resolve("missing/x.safetensors"),
                        List.of(TensorDeclaration.of("x", ElementType.F32, 1)),
                        Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("x.safetensors: cannot be written: its directory does not exist");
    }

    @Test
    void tensorBeyondFourGibibytesIsWrittenAndReadAtItsEnd() throws IOException {
        Path file = directory.resolve("sparse.safetensors");
        long elements = (5L << 30) / 4 + 1;
        byte[] header = ("{" + SafetensorsBytes.entry("x", "F32", "[" + elements + "]", "[0," + elements * 4 + "]")
                        + "}")
                .getBytes(StandardCharsets.UTF_8);
        Files.write(file, SafetensorsBytes.of(header, new byte[0]));
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            // A sparse file: only the last element is there on the disk.
            channel.write(
                    ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x28, 0x42}), 8 + header.length + (elements - 1) * 4);
        }
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            float[] end = new float[3];
            read.tensor("x").read(elements - 3, end, 0, 3);
            assertThat(end).containsExactly(0, 0, 42);
        }
    }

    private List<String> entries() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
