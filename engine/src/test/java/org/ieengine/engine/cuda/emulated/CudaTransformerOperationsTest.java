package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.cuda.emulated.CudaFixtures.Lie;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a transformer does besides matrix products and attention, against float64. */
class CudaTransformerOperationsTest {
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

    private record Shape(int rows, int columns, Lie lie) {}

    /** Ones, primes, rows wider than a block, and some at random; every way to lie in memory. */
    private static List<Shape> shapes() {
        List<Shape> shapes = new ArrayList<>();
        Random random = new Random(20);
        int[][] fixed = {{1, 1}, {1, 13}, {3, 8}, {31, 127}, {20, 768}, {97, 48}, {2, 5003}};
        for (int i = 0; i < 16; i++) {
            int rows = i < fixed.length ? fixed[i][0] : 1 + random.nextInt(40);
            int columns = i < fixed.length ? fixed[i][1] : 1 + random.nextInt(i % 2 == 0 ? 40 : 300);
            for (Lie lie : Lie.all()) {
                shapes.add(new Shape(rows, columns, lie));
            }
        }
        return shapes;
    }

    @Test
    void layerNormMatchesItsFormula() {
        for (Shape shape : shapes()) {
            int rows = shape.rows;
            int columns = shape.columns;
            float[] x = CudaFixtures.normal(1, rows * columns);
            for (int i = 0; i < columns; i += 7) {
                x[i] = 3000 + 100 * x[i];
            }
            float[] w = CudaFixtures.normal(2, columns);
            float[] b = CudaFixtures.normal(3, columns);
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
                    expected[r * columns + c] = (x[r * columns + c] - mean) / Math.sqrt(variance + 1e-5f) * w[c] + b[c];
                }
            }
            Tensor in = CudaFixtures.matrix(backend, rows, columns, x, shape.lie);
            Tensor out = CudaFixtures.poisoned(backend, rows, columns, shape.lie);
            Tensor weight = CudaFixtures.matrix(backend, 1, columns, w, shape.lie);
            Tensor bias = CudaFixtures.matrix(backend, 1, columns, b, Lie.DENSE);
            backend.layerNorm(in, weight, bias, 1e-5f, out);
            // The mean of thousands, in float32, is off by some 1e-4 of a standard deviation of a thousand.
            CudaFixtures.assertClose("layerNorm " + shape, CudaFixtures.read(backend, out), expected, 1e-5, 1e-5);
            backend.layerNorm(in, weight, bias, 1e-5f, in);
            assertThat(CudaFixtures.read(backend, in)).isEqualTo(CudaFixtures.read(backend, out));
        }
    }

    @Test
    void rmsNormWorksOnGroupsAndInPlace() {
        for (int[] shape : new int[][] {{1, 1, 1}, {7, 1, 48}, {5, 3, 20}, {30, 12, 64}, {3, 7, 301}, {2, 2, 4001}}) {
            int rows = shape[0];
            int group = shape[2];
            int columns = shape[1] * group;
            float[] x = CudaFixtures.normal(4, rows * columns);
            float[] w = CudaFixtures.normal(5, group);
            for (Lie lie : Lie.all()) {
                for (float offset : new float[] {0f, 1f}) {
                    double[] expected = new double[rows * columns];
                    for (int at = 0; at < rows * columns; at += group) {
                        double square = 0;
                        for (int i = 0; i < group; i++) {
                            square += (double) x[at + i] * x[at + i] / group;
                        }
                        for (int i = 0; i < group; i++) {
                            expected[at + i] = x[at + i] / Math.sqrt(square + 1e-6f) * (offset + (double) w[i]);
                        }
                    }
                    Tensor inPlace = CudaFixtures.matrix(backend, rows, columns, x, lie);
                    Tensor out = CudaFixtures.poisoned(backend, rows, columns, Lie.DENSE);
                    Tensor weight = CudaFixtures.matrix(backend, 1, group, w, Lie.DENSE);
                    backend.rmsNorm(inPlace, weight, offset, 1e-6f, out);
                    backend.rmsNorm(inPlace, weight, offset, 1e-6f, inPlace);
                    // A few roundings of float32.
                    CudaFixtures.assertClose("rmsNorm", CudaFixtures.read(backend, inPlace), expected, 1e-6, 2e-6);
                    assertThat(CudaFixtures.read(backend, out)).isEqualTo(CudaFixtures.read(backend, inPlace));
                }
            }
        }
    }

    @Test
    void aNormalisedRowDoesNotDependOnTheRowsBesideIt() {
        for (int columns : new int[] {5, 64, 2500}) {
            float[] x = CudaFixtures.normal(6, 9 * columns);
            Tensor in = CudaFixtures.matrix(backend, 9, columns, x, Lie.DENSE);
            Tensor weight = CudaFixtures.matrix(backend, 1, columns, CudaFixtures.normal(7, columns), Lie.DENSE);
            Tensor out = CudaFixtures.poisoned(backend, 9, columns, Lie.DENSE);
            Tensor alone = CudaFixtures.poisoned(backend, 1, columns, Lie.DENSE);
            backend.layerNorm(in, weight, weight, 1e-5f, out);
            backend.layerNorm(in.rowRange(6, 7), weight, weight, 1e-5f, alone);
            assertThat(CudaFixtures.read(backend, alone)).isEqualTo(CudaFixtures.read(backend, out.rowRange(6, 7)));
        }
    }

    @Test
    void rotationTurnsHalvesOfHeads() {
        for (int[] shape : new int[][] {{1, 1, 2}, {9, 3, 6}, {50, 4, 48}, {7, 3, 64}, {4, 5, 80}, {3, 1, 256}}) {
            for (Lie lie : Lie.all()) {
                int rows = shape[0];
                int headDim = shape[2];
                int columns = shape[1] * headDim;
                int half = headDim / 2;
                int positions = 11;
                float[] x = CudaFixtures.normal(6, rows * columns);
                float[] cos = CudaFixtures.normal(7, positions * half);
                float[] sin = CudaFixtures.normal(8, positions * half);
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
                Tensor states = CudaFixtures.matrix(backend, rows, columns, x, lie);
                backend.rotate(
                        states,
                        headDim,
                        CudaFixtures.matrix(backend, positions, half, cos, lie),
                        CudaFixtures.matrix(backend, positions, half, sin, Lie.DENSE),
                        backend.indices(at));
                // Two products and a sum of numbers of size 1 to 10.
                CudaFixtures.assertClose("rotate", CudaFixtures.read(backend, states), expected, 3e-6, 0);
            }
        }
    }

    @Test
    void embeddingScalesRowsAndPositionsAreAdded() {
        for (Shape shape : shapes()) {
            int rows = shape.rows;
            int columns = shape.columns;
            float[] table = CudaFixtures.normal(10, 17 * columns);
            int[] ids = new Random(11).ints(rows, 0, 17).toArray();
            Tensor out = CudaFixtures.poisoned(backend, rows, columns, shape.lie);
            Tensor rowsOf = CudaFixtures.matrix(backend, 17, columns, table, shape.lie);
            Indices indices = backend.indices(ids);
            backend.embed(rowsOf, indices, 2.5f, out);
            backend.addRows(rowsOf, indices, out);
            double[] expected = new double[rows * columns];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = 3.5 * table[ids[i / columns] * columns + i % columns];
            }
            // A product and a sum.
            CudaFixtures.assertClose("embed " + shape, CudaFixtures.read(backend, out), expected, 0, 2e-7);
        }
    }

    private static double activation(Activation activation, double x) {
        return switch (activation) {
            case IDENTITY -> x;
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> x * standardNormalBelow(x);
            case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> Math.max(x, 0);
            case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case LEAKY_RELU -> x > 0 ? x : 0.01 * x;
        };
    }

    /** P(Z &lt; x), by Simpson's rule from 0. */
    private static double standardNormalBelow(double x) {
        int steps = 400;
        double width = x / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double at = i * width;
            sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-at * at / 2);
        }
        return 0.5 + sum * width / 3 / Math.sqrt(2 * Math.PI);
    }

    @Test
    void everyActivationIsTheFunctionOfItsName() {
        float[] x = CudaFixtures.normal(12, 37 * 11);
        for (int i = 0; i < x.length; i++) {
            x[i] *= 3;
        }
        for (Activation activation : Activation.values()) {
            double[] expected = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                expected[i] = activation(activation, x[i]);
            }
            for (Lie lie : Lie.all()) {
                Tensor in = CudaFixtures.matrix(backend, 37, 11, x, lie);
                Tensor out = CudaFixtures.poisoned(backend, 37, 11, Lie.DENSE);
                backend.activate(in, activation, out);
                // A few roundings of float32 functions of arguments up to 10.
                CudaFixtures.assertClose(activation.name(), CudaFixtures.read(backend, out), expected, 1e-6, 3e-6);
                backend.activate(in, activation, in);
                assertThat(CudaFixtures.read(backend, in)).isEqualTo(CudaFixtures.read(backend, out));
            }
        }
    }

    @Test
    void gatesSumsCapsAndGradientsWorkElementByElement() {
        for (Shape shape : shapes()) {
            int rows = shape.rows;
            int columns = shape.columns;
            float[] x = CudaFixtures.normal(12, rows * columns);
            float[] y = CudaFixtures.normal(13, rows * columns);
            double[] gated = new double[x.length];
            double[] capped = new double[x.length];
            double[] scaled = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                gated[i] = x[i] / (1 + Math.exp(-x[i])) * y[i];
                capped[i] = 0.7 * Math.tanh((gated[i] + x[i]) / 0.7);
                scaled[i] = capped[i] * (x[i] > 0 ? 1 : 0.01);
            }
            Tensor a = CudaFixtures.matrix(backend, rows, columns, x, shape.lie);
            Tensor b = CudaFixtures.matrix(backend, rows, columns, y, shape.lie);
            backend.gate(a, Activation.SILU, b, b);
            CudaFixtures.assertClose("gate " + shape, CudaFixtures.read(backend, b), gated, 1e-6, 2e-6);
            backend.add(a, b);
            backend.softCap(b, 0.7f);
            CudaFixtures.assertClose("add, softCap " + shape, CudaFixtures.read(backend, b), capped, 3e-6, 3e-6);
            backend.leakyReluBackward(a, b);
            CudaFixtures.assertClose("backward " + shape, CudaFixtures.read(backend, b), scaled, 3e-6, 3e-6);
        }
    }

    @Test
    void theFirstRowThatIsNotFiniteIsFound() {
        for (Shape shape : shapes()) {
            float[] x = CudaFixtures.normal(14, shape.rows * shape.columns);
            Tensor matrix = CudaFixtures.matrix(backend, shape.rows, shape.columns, x, shape.lie);
            assertThat(backend.firstNonFiniteRow(matrix)).isEqualTo(-1);
            for (int row = shape.rows - 1; row >= 0; row -= 1 + shape.rows / 3) {
                x[row * shape.columns + row % shape.columns] = row % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
                backend.write(x, matrix, 0);
                assertThat(backend.firstNonFiniteRow(matrix)).isEqualTo(row);
            }
        }
        assertThat(backend.firstNonFiniteRow(backend.allocate(0, 3))).isEqualTo(-1);
    }

    @Test
    void hashesOfRowsAreThoseOfTheProcessor() {
        try (CpuBackend processor = new CpuBackend(1)) {
            for (Shape shape : shapes()) {
                float[] x = CudaFixtures.normal(15, shape.rows * shape.columns);
                for (int i = 0; i < x.length; i += 3) {
                    x[i] = i % 2 == 0 ? 0f : -0f;
                }
                if (x.length > 4) {
                    x[1] = Float.NaN;
                    x[2] = Float.intBitsToFloat(0xFFC01234);
                    x[4] = Float.NEGATIVE_INFINITY;
                }
                Tensor matrix = CudaFixtures.matrix(backend, shape.rows, shape.columns, x, shape.lie);
                Tensor twin = CudaFixtures.matrix(processor, shape.rows, shape.columns, x, Lie.DENSE);
                assertThat(backend.rowHashes(matrix)).as(shape.toString()).isEqualTo(processor.rowHashes(twin));
            }
        }
        assertThat(backend.rowHashes(backend.allocate(0, 3))).isEmpty();
    }

    @Test
    void rowsAreGatheredFilledAndCopied() {
        for (Shape shape : shapes()) {
            float[] table = CudaFixtures.normal(16, 17 * shape.columns);
            int[] ids = new Random(17).ints(shape.rows, 0, 17).toArray();
            float[] expected = new float[shape.rows * shape.columns];
            for (int r = 0; r < shape.rows; r++) {
                System.arraycopy(table, ids[r] * shape.columns, expected, r * shape.columns, shape.columns);
            }
            Tensor from = CudaFixtures.matrix(backend, 17, shape.columns, table, shape.lie);
            Tensor gathered = CudaFixtures.poisoned(backend, shape.rows, shape.columns, shape.lie);
            backend.gatherRows(from, backend.indices(ids), gathered);
            assertThat(CudaFixtures.read(backend, gathered)).isEqualTo(expected);
            Tensor copied = CudaFixtures.poisoned(backend, shape.rows, shape.columns, Lie.ODD);
            backend.copy(gathered, copied);
            assertThat(CudaFixtures.read(backend, copied)).isEqualTo(expected);
            backend.fill(gathered, -2.5f);
            assertThat(CudaFixtures.read(backend, gathered)).containsOnly(-2.5f);
        }
    }

    @Test
    void matricesWithoutRowsAreLeftAlone() {
        Tensor none = backend.allocate(0, 8);
        Tensor weight = backend.allocate(1, 8);
        Indices indices = backend.indices(new int[0]);
        backend.layerNorm(none, weight, weight, 1e-5f, none);
        backend.rmsNorm(none, weight, 0, 1e-5f, none);
        backend.rotate(none, 4, backend.allocate(3, 2), backend.allocate(3, 2), indices);
        backend.embed(weight, indices, 1, none);
        backend.addRows(weight, indices, none);
        backend.activate(none, Activation.SILU, none);
        backend.gatherRows(weight, indices, none);
        backend.synchronise();
        assertThat(none.rows()).isZero();
    }

    @Test
    void whatDoesNotFitIsNamed() {
        Tensor a = backend.allocate(3, 4);
        Tensor b = backend.allocate(3, 5);
        assertThatThrownBy(() -> backend.add(a, b))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[3, 4]")
                .hasMessageContaining("[3, 5]");
        assertThatThrownBy(() -> backend.rmsNorm(a, backend.allocate(1, 3), 0, 1e-6f, a))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[1, 3]")
                .hasMessageContaining("[3, 4]");
        assertThatThrownBy(() -> backend.layerNorm(a, b, b, 1e-6f, a))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[3, 5]");
        assertThatThrownBy(() -> backend.embed(a, backend.indices(new int[] {0, 3}), 1, backend.allocate(2, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("index 3")
                .hasMessageContaining("[3, 4]");
        assertThatThrownBy(() -> backend.rotate(b, 2, a, a, backend.indices(new int[3])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[3, 5]");
        assertThatThrownBy(() -> backend.nearestCentroid(a, new double[4], new int[3], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("half norms [4], columns [3] and scores [2] for products [3, 4]");
        assertThatThrownBy(() -> backend.activate(a.columnRange(0, 3), Activation.RELU, a.columnRange(1, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overlap");
    }
}
