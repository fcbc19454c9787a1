package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.junit.jupiter.api.Test;

class CpuMemoryTest {
    @Test
    void newMatricesAreZeroAndCounted() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                long before = backend.allocatedBytes();
                Tensor a = backend.allocate(100, 7);
                assertThat(CpuFixtures.read(backend, a)).containsOnly(0f);
                Tensor b = backend.allocate(10, 10);
                assertThat(backend.allocatedBytes() - before).isEqualTo(4 * 800);
                a.close();
                assertThat(backend.allocatedBytes() - before).isEqualTo(4 * 100);
                b.close();
                assertThat(backend.allocatedBytes()).isEqualTo(before);
                assertThat(backend.peakBytes()).isEqualTo(before + 4 * 800);
            }
        }
    }

    @Test
    void viewsOfViewsReadAndWriteTheirPartOnly() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                Tensor matrix = backend.allocate(4, 5);
                Tensor part =
                        matrix.rowRange(1, 4).columnRange(1, 4).rowRange(1, 3).columnRange(1, 3);
                backend.write(new float[] {1, 2, 3, 4}, part, 0);
                assertThat(CpuFixtures.read(backend, matrix))
                        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 3, 4, 0);
                part.close();
                assertThat(CpuFixtures.read(backend, part)).containsExactly(1, 2, 3, 4);
                backend.fill(part, 9);
                assertThat(CpuFixtures.read(backend, matrix))
                        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 0, 0, 0, 9, 9, 0);
            }
        }
    }

    @Test
    void copiesAndGathersRows() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int columns : new int[] {1, 3, 768, 20000}) {
                    float[] values = CpuFixtures.normal(columns, 37 * columns);
                    Tensor source = CpuFixtures.view(backend, 37, columns, values);
                    Tensor copy = CpuFixtures.view(backend, 37, columns, new float[37 * columns]);
                    backend.copy(source, copy);
                    assertThat(CpuFixtures.read(backend, copy)).isEqualTo(values);
                    Tensor gathered = backend.allocate(3, columns);
                    backend.gatherRows(source, backend.indices(new int[] {36, 0, 36}), gathered);
                    float[] found = CpuFixtures.read(backend, gathered);
                    for (int c = 0; c < columns; c++) {
                        assertThat(found[c]).isEqualTo(values[36 * columns + c]);
                        assertThat(found[columns + c]).isEqualTo(values[c]);
                        assertThat(found[2 * columns + c]).isEqualTo(values[36 * columns + c]);
                    }
                }
            }
        }
    }

    @Test
    void partsOfRowsBeyondTheFirstChunkAreReachedAcrossItsEnd() {
        // 2^28 floats make a chunk: rows of 2^14 + 1 columns do not divide it. Untouched pages of it take no memory.
        int columns = (1 << 14) + 1;
        long rows = (1L << 28) / columns + 2;
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor large = backend.allocate(rows, columns);
            float[] values = CpuFixtures.normal(1, 3 * columns);
            backend.write(values, large, rows - 3);
            float[] found = new float[3 * columns];
            backend.read(large, rows - 3, 3, found);
            assertThat(found).isEqualTo(values);
            Tensor sum = backend.allocate(3, 1);
            Tensor ones = backend.allocate(1, columns);
            backend.fill(ones, 1f);
            backend.product(large.rowRange(rows - 3, rows), false, ones, true, 0f, sum);
            double expected = 0;
            for (int c = 0; c < columns; c++) {
                expected += values[2 * columns + c];
            }
            assertThat((double) CpuFixtures.read(backend, sum)[2])
                    .isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-2));
        }
    }

    @Test
    void closedTensorsAndIndicesAreRefused() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                Tensor tensor = backend.allocate(2, 2);
                Tensor view = tensor.rowRange(0, 1);
                Tensor other = backend.allocate(1, 2);
                tensor.close();
                assertThatThrownBy(() -> backend.copy(view, other))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("closed");
                assertThatThrownBy(() -> backend.read(tensor, 0, 1, new float[2]))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> tensor.rowRange(0, 1)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(tensor::close)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("twice");
                Indices indices = backend.indices(new int[] {0});
                indices.close();
                assertThatThrownBy(() -> backend.gatherRows(other, indices, other))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(indices::close).isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Test
    void aClosedBackendHasFreedEverythingAndRefusesWork() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            Tensor left = backend.allocate(1000, 1000);
            backend.close();
            assertThat(backend.allocatedBytes()).isZero();
            assertThatThrownBy(() -> backend.fill(left, 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> backend.allocate(1, 1)).isInstanceOf(IllegalStateException.class);
            backend.close();
        }
    }

    @Test
    void moreMemoryThanThereIsNamesTheBytesAndARemedy() {
        for (CpuBackend backend : List.of(new CpuBackend(1), CpuBackend.plainJava(1))) {
            try (backend) {
                long rows = 1L << 38;
                assertThatThrownBy(() -> backend.allocate(rows, 256))
                        .isInstanceOfSatisfying(MemoryExhaustedException.class, fault -> assertThat(fault.bytes())
                                .isEqualTo(rows * 1024))
                        .hasMessageContaining("MiB")
                        .hasMessageContaining("use fewer");
                assertThat(CpuFixtures.read(backend, backend.allocate(1, 3))).containsOnly(0f);
            }
        }
    }

    @Test
    void theDescriptionNamesWhatComputesAndTheThreads() {
        try (CpuBackend backend = new CpuBackend(2);
                CpuBackend plain = CpuBackend.plainJava(1)) {
            assertThat(backend.description()).matches("cpu \\(OpenBLAS [0-9.]+, 2 threads\\)");
            assertThat(backend.warning()).isEmpty();
            assertThat(plain.description()).isEqualTo("cpu (plain Java, 1 thread)");
        }
    }

    @Test
    void tensorsOfAnotherBackendAndRangesOutsideAreRefused() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor tensor = backend.allocate(2, 3);
            assertThatThrownBy(() -> tensor.rowRange(1, 3)).hasMessageContaining("[2, 3]");
            assertThatThrownBy(() -> tensor.columnRange(0, 4)).hasMessageContaining("[2, 3]");
            assertThatThrownBy(() -> backend.write(new float[4], tensor, 0)).hasMessageContaining("[2, 3]");
            assertThatThrownBy(() -> backend.read(tensor, 1, 2, new float[6])).hasMessageContaining("[2, 3]");
            assertThatThrownBy(() -> backend.copy(tensor, backend.allocate(3, 2)))
                    .hasMessageContaining("[2, 3]")
                    .hasMessageContaining("[3, 2]");
            assertThatThrownBy(() -> backend.gatherRows(tensor, backend.indices(new int[] {2}), backend.allocate(1, 3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2");
            assertThatThrownBy(() -> backend.fill(null, 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void storedTensorsBecomeMatrices() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                float[] values = CpuFixtures.normal(5, 300 * 101);
                Tensor matrix = backend.load(stored(values, 300, 101));
                assertThat(matrix.rows()).isEqualTo(300);
                assertThat(CpuFixtures.read(backend, matrix)).isEqualTo(values);
                Tensor vector = backend.load(stored(values, 300 * 101));
                assertThat(vector.rows()).isEqualTo(1);
                assertThat(CpuFixtures.read(backend, vector)).isEqualTo(values);
                assertThatThrownBy(() -> backend.load(stored(values, 3, 100, 101)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("[3, 100, 101]");
            }
        }
    }

    private static StoredTensor stored(float[] values, long... shape) {
        return new StoredTensor() {
            @Override
            public String name() {
                return "weight";
            }

            @Override
            public ElementType type() {
                return ElementType.F32;
            }

            @Override
            public long[] shape() {
                return shape.clone();
            }

            @Override
            public long elements() {
                return values.length;
            }

            @Override
            public void read(long first, float[] target, int offset, int count) {
                System.arraycopy(values, (int) first, target, offset, count);
            }

            @Override
            public void read(long first, double[] target, int offset, int count) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void read(long first, long[] target, int offset, int count) {
                throw new UnsupportedOperationException();
            }
        };
    }
}
