package org.ieengine.loaders.array;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrayFilesTest {
    @TempDir
    Path directory;

    private String write(TensorDeclaration... tensors) {
        Path file = directory.resolve("x.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, List.of(tensors), Map.of())) {
            for (TensorDeclaration tensor : tensors) {
                int elements = (int) tensor.elements();
                if (tensor.type() == ElementType.I64) {
                    long[] values = new long[elements];
                    java.util.Arrays.setAll(values, i -> i == 1 ? -1 : i);
                    writer.write(tensor.name(), 0, values, 0, elements);
                } else {
                    double[] values = new double[elements];
                    java.util.Arrays.setAll(values, i -> i + 0.5);
                    writer.write(tensor.name(), 0, values, 0, elements);
                }
            }
        }
        return file.toString();
    }

    private static double[] readAll(ArrayRows rows) {
        double[] values = new double[(int) rows.rows() * rows.columns()];
        rows.read(0, (int) rows.rows(), values);
        return values;
    }

    @Test
    void shouldTakeTheOnlyTensorOrTheNamedOne() {
        String one = write(TensorDeclaration.of("a", ElementType.F32, 2, 2));
        try (ArrayRows rows = ArrayFiles.open(one)) {
            assertThat(readAll(rows)).containsExactly(0.5, 1.5, 2.5, 3.5);
        }
        String two =
                write(TensorDeclaration.of("a", ElementType.F32, 2, 2), TensorDeclaration.of("b", ElementType.I64, 3));
        try (ArrayRows rows = ArrayFiles.open(two + ":b")) {
            assertThat(rows.columns()).isEqualTo(1);
            assertThat(readAll(rows)).containsExactly(0, -1, 2);
        }
        assertThatThrownBy(() -> ArrayFiles.open(two))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("holds 2 tensors; name one of them");
        assertThatThrownBy(() -> ArrayFiles.open(two + ":c")).hasMessageContaining("tensor c");
    }

    @Test
    void shouldRefuseShapesThatAreNoTable() {
        String deep = write(TensorDeclaration.of("a", ElementType.F32, 2, 2, 2));

        assertThatThrownBy(() -> ArrayFiles.open(deep)).hasMessageContaining("[N, d], [N] or [N, 1, d] is expected");
    }

    @Test
    void shouldReadHiddenStatesOfOnePosition() {
        try (ArrayRows rows = ArrayFiles.open(write(TensorDeclaration.of("h", ElementType.F32, 2, 1, 3)))) {
            assertThat(rows.rows()).isEqualTo(2);
            assertThat(rows.columns()).isEqualTo(3);
        }
    }

    @Test
    void shouldExplainNamesThatItDoesNotKnow() throws IOException {
        Files.writeString(directory.resolve("x.txt"), "1");
        Files.writeString(directory.resolve("x.npz"), "1");

        assertThatThrownBy(() -> ArrayFiles.open(directory.resolve("x.txt").toString()))
                .hasMessageContaining("none of .safetensors, .npy, .csv");
        assertThatThrownBy(() -> ArrayFiles.open(directory.resolve("x.npz").toString()))
                .hasMessageContaining("unzip");
        assertThatThrownBy(() -> ArrayFiles.open(directory.resolve("none.npy").toString()))
                .hasMessageContaining("no such file");
    }

    @Test
    void shouldKnowWhatATextTakesBeforeItIsRead() throws IOException {
        Path table = directory.resolve("t.csv");
        Files.writeString(table, "a,b\n1,2\n3,4\n");
        Path mapped = directory.resolve("m.npy");
        Files.writeString(mapped, "1,2,3\n");

        // Four fields of numbers, two of the header, and what follows the last line end.
        assertThat(ArrayFiles.heapBytes(table.toString())).isEqualTo(7 * Double.BYTES);
        assertThat(ArrayFiles.heapBytes(mapped.toString())).isZero();
        assertThat(ArrayFiles.heapBytes(directory.resolve("absent.tsv").toString()))
                .isZero();
    }
}
