package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuTransformerOperationsTest {
    /** Rows and columns: ones, primes, more than one panel of 16384 floats, rows wider than a panel. */
    private static final int[][] SHAPES = {{1, 1}, {1, 13}, {3, 8}, {31, 127}, {100, 768}, {997, 48}, {3, 20011}};

    @Test
    void layerNormMatchesItsFormula() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : SHAPES) {
                    int rows = shape[0];
                    int columns = shape[1];
                    float[] x = CpuFixtures.normal(1, rows * columns);
                    for (int i = 0; i < columns; i += 7) {
                        x[i] = 3000 + 100 * x[i];
                    }
                    float[] w = CpuFixtures.normal(2, columns);
                    float[] b = CpuFixtures.normal(3, columns);
                    double[] expected = new double[rows * columns];
                    for (int r = 0; r < rows; r++) {
                        double mean = 0;
                        double variance = 0;
                        for (int c = 0; c < columns; c++) {
                            mean += x[r * columns + c] / (double) columns;
                        }
                        for (int c = 0; c < columns; c++) {
                            variance += Math.pow(x[r * columns + c] - mean, 2) / columns;
                        }
                        for (int c = 0; c < columns; c++) {
                            expected[r * columns + c] =
                                    (x[r * columns + c] - mean) / Math.sqrt(variance + 1e-5f) * w[c] + b[c];
                        }
                    }
                    Tensor in = CpuFixtures.view(backend, rows, columns, x);
                    Tensor out = CpuFixtures.view(backend, rows, columns, x);
                    Tensor weight = CpuFixtures.view(backend, 1, columns, w);
                    Tensor bias = CpuFixtures.view(backend, 1, columns, b);
                    backend.layerNorm(in, weight, bias, 1e-5f, out);
                    CpuFixtures.assertClose("layerNorm", CpuFixtures.read(backend, out), expected, 1e-5);
                }
            }
        }
    }

    @Test
    void rmsNormWorksOnGroupsAndInPlace() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : new int[][] {{1, 1, 1}, {7, 1, 48}, {5, 3, 20}, {300, 12, 64}, {3, 7, 3001}}) {
                    int rows = shape[0];
                    int group = shape[2];
                    int columns = shape[1] * group;
                    float[] x = CpuFixtures.normal(4, rows * columns);
                    float[] w = CpuFixtures.normal(5, group);
                    for (float offset : new float[] {0f, 1f}) {
                        double[] expected = new double[rows * columns];
                        for (int at = 0; at < rows * columns; at += group) {
                            double square = 0;
                            for (int i = 0; i < group; i++) {
                                square += (double) x[at + i] * x[at + i] / group;
                            }
                            for (int i = 0; i < group; i++) {
                                expected[at + i] = x[at + i] / Math.sqrt(square + 1e-6f) * (offset + w[i]);
                            }
                        }
                        Tensor inPlace = CpuFixtures.view(backend, rows, columns, x);
                        Tensor weight = CpuFixtures.tensor(backend, 1, group, w);
                        backend.rmsNorm(inPlace, weight, offset, 1e-6f, inPlace);
                        CpuFixtures.assertClose("rmsNorm", CpuFixtures.read(backend, inPlace), expected, 1e-5);
                    }
                }
            }
        }
    }

    @Test
    void rotationTurnsHalvesOfHeads() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : new int[][] {{1, 1, 2}, {9, 3, 6}, {500, 4, 48}}) {
                    int rows = shape[0];
                    int headDim = shape[2];
                    int columns = shape[1] * headDim;
                    int half = headDim / 2;
                    int positions = 11;
                    float[] x = CpuFixtures.normal(6, rows * columns);
                    float[] cos = CpuFixtures.normal(7, positions * half);
                    float[] sin = CpuFixtures.normal(8, positions * half);
                    int[] at = new Random(9).ints(rows, 0, positions).toArray();
                    double[] expected = new double[rows * columns];
                    for (int r = 0; r < rows; r++) {
                        for (int c = 0; c < columns; c++) {
                            int i = c % headDim;
                            double other = i < half ? -x[r * columns + c + half] : x[r * columns + c - half];
                            expected[r * columns + c] = (double) x[r * columns + c] * cos[at[r] * half + i % half]
                                    + other * sin[at[r] * half + i % half];
                        }
                    }
                    Tensor states = CpuFixtures.view(backend, rows, columns, x);
                    backend.rotate(
                            states,
                            headDim,
                            CpuFixtures.tensor(backend, positions, half, cos),
                            CpuFixtures.tensor(backend, positions, half, sin),
                            backend.indices(at));
                    CpuFixtures.assertClose("rotate", CpuFixtures.read(backend, states), expected, 2e-6);
                }
            }
        }
    }

    @Test
    void embeddingScalesRowsAndPositionsAreAdded() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : SHAPES) {
                    int rows = shape[0];
                    int columns = shape[1];
                    float[] table = CpuFixtures.normal(10, 17 * columns);
                    int[] ids = new Random(11).ints(rows, 0, 17).toArray();
                    Tensor out = CpuFixtures.view(backend, rows, columns, new float[rows * columns]);
                    Tensor rowsOf = CpuFixtures.view(backend, 17, columns, table);
                    Indices indices = backend.indices(ids);
                    backend.embed(rowsOf, indices, 2.5f, out);
                    backend.addRows(rowsOf, indices, out);
                    double[] expected = new double[rows * columns];
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] = 3.5 * table[ids[i / columns] * columns + i % columns];
                    }
                    CpuFixtures.assertClose("embed", CpuFixtures.read(backend, out), expected, 4e-6);
                }
            }
        }
    }

    @Test
    void activationsGatesSumsAndCapsWorkElementByElement() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : SHAPES) {
                    int rows = shape[0];
                    int columns = shape[1];
                    float[] x = CpuFixtures.normal(12, rows * columns);
                    float[] y = CpuFixtures.normal(13, rows * columns);
                    Tensor a = CpuFixtures.view(backend, rows, columns, x);
                    Tensor b = CpuFixtures.view(backend, rows, columns, y);
                    double[] silu = new double[x.length];
                    double[] gated = new double[x.length];
                    double[] capped = new double[x.length];
                    for (int i = 0; i < x.length; i++) {
                        silu[i] = x[i] / (1 + Math.exp(-x[i]));
                        gated[i] = silu[i] * y[i];
                        capped[i] = 0.7 * Math.tanh((gated[i] + x[i]) / 0.7);
                    }
                    Tensor out = backend.allocate(rows, columns);
                    backend.activate(a, Activation.SILU, out);
                    CpuFixtures.assertClose("activate", CpuFixtures.read(backend, out), silu, 1e-6);
                    backend.gate(a, Activation.SILU, b, b);
                    CpuFixtures.assertClose("gate", CpuFixtures.read(backend, b), gated, 4e-6);
                    backend.add(a, b);
                    backend.softCap(b, 0.7f);
                    CpuFixtures.assertClose("add, softCap", CpuFixtures.read(backend, b), capped, 5e-6);
                }
            }
        }
    }

    @Test
    void theFirstRowThatIsNotFiniteIsFound() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int[] shape : SHAPES) {
                    float[] x = CpuFixtures.normal(14, shape[0] * shape[1]);
                    Tensor matrix = CpuFixtures.view(backend, shape[0], shape[1], x);
                    assertThat(backend.firstNonFiniteRow(matrix)).isEqualTo(-1);
                    for (int row = shape[0] - 1; row >= 0; row -= 1 + shape[0] / 3) {
                        x[row * shape[1] + row % shape[1]] = row % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
                        backend.write(x, matrix, 0);
                        assertThat(backend.firstNonFiniteRow(matrix)).isEqualTo(row);
                    }
                }
            }
        }
    }

    @Test
    void rowHashesTellRowsApartAndTakeNegativeZeroForZero() {
        try (CpuBackend backend = new CpuBackend(2)) {
            int rows = 2000;
            float[] x = CpuFixtures.normal(15, rows * 3);
            for (int r = 0; r < rows; r += 2) {
                x[3 * r] = 0f;
                x[3 * r + 3] = -0f;
                x[3 * r + 4] = x[3 * r + 1];
                x[3 * r + 5] = x[3 * r + 2];
            }
            long[] hashes = backend.rowHashes(CpuFixtures.view(backend, rows, 3, x));
            for (int r = 0; r < rows; r += 2) {
                assertThat(hashes[r]).isEqualTo(hashes[r + 1]);
            }
            assertThat(Arrays.stream(hashes).distinct().count()).isEqualTo(rows / 2);
            Tensor swapped = CpuFixtures.tensor(backend, 2, 2, new float[] {1, 2, 2, 1});
            long[] two = backend.rowHashes(swapped);
            assertThat(two[0]).isNotEqualTo(two[1]);
        }
    }

    @Test
    void whatDoesNotFitIsNamed() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor a = backend.allocate(3, 4);
            Tensor b = backend.allocate(3, 5);
            assertThatThrownBy(() -> backend.add(a, b))
                    .hasMessageContaining("[3, 4]")
                    .hasMessageContaining("[3, 5]");
            assertThatThrownBy(() -> backend.rmsNorm(a, backend.allocate(1, 3), 0, 1e-6f, a))
                    .hasMessageContaining("[1, 3]")
                    .hasMessageContaining("[3, 4]");
            assertThatThrownBy(() -> backend.layerNorm(a, b, b, 1e-6f, a)).hasMessageContaining("[3, 5]");
            assertThatThrownBy(() -> backend.embed(a, backend.indices(new int[] {0, 3}), 1, backend.allocate(2, 4)))
                    .hasMessageContaining("index 3")
                    .hasMessageContaining("[3, 4]");
            assertThatThrownBy(() -> backend.rotate(b, 2, a, a, backend.indices(new int[3])))
                    .hasMessageContaining("[3, 5]");
        }
    }
}
