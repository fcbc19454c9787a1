package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Matrix products against float64 products of the operands as each precision rounds them. What is left is the error of summing K
 * products in float32, in whatever order: within K 2^-24 of the sum of their magnitudes, to first order.
 */
class CudaMatricesTest {
    private static final double UNIT = 0x1p-24;

    private EmulatedBackends device;
    private Map<Precision, CudaBackend> backends;

    @BeforeEach
    void open() {
        device = EmulatedBackends.late();
        backends = new EnumMap<>(Precision.class);
        for (Precision precision : Precision.values()) {
            backends.put(precision, device.apart(precision));
        }
    }

    @AfterEach
    void close() {
        device.close();
    }

    /** Elements before the first of a row and behind its last: none; so that rows keep their alignment; so that they do not. */
    private enum Lie {
        DENSE(0, 0),
        ALIGNED(4, 8),
        ODD(1, 2);

        private final int before;
        private final int behind;

        Lie(int before, int behind) {
            this.before = before;
            this.behind = behind;
        }
    }

    /** A matrix [rows, columns], its values row after row. */
    private record Matrix(int rows, int columns, float[] values) {
        static Matrix random(Random random, int rows, int columns) {
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return new Matrix(rows, columns, values);
        }

        static Matrix poison(int rows, int columns) {
            float[] values = new float[rows * columns];
            Arrays.fill(values, Float.NaN);
            return new Matrix(rows, columns, values);
        }

        Matrix row(int row) {
            return new Matrix(1, columns, Arrays.copyOfRange(values, row * columns, (row + 1) * columns));
        }

        /** On the device, NaN around it. */
        Tensor on(Backend backend, Lie lie) {
            Tensor wide = backend.allocate(rows, lie.before + columns + lie.behind);
            backend.fill(wide, Float.NaN);
            Tensor tensor = wide.columnRange(lie.before, lie.before + columns);
            backend.write(values, tensor, 0);
            return tensor;
        }
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, Math.toIntExact(tensor.rows()), values);
        return values;
    }

    private static float rounded(Precision precision, float value) {
        int bits = Float.floatToRawIntBits(value);
        switch (precision) {
            case BF16:
                return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
            case TF32:
                return Float.intBitsToFloat((bits + 0x1000) & 0xffffe000);
            default:
                return value;
        }
    }

    /** By the definitions in {@link Activation}. */
    private static double activated(Activation activation, double x) {
        switch (activation) {
            case GELU_TANH:
                return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF:
                return 0.5 * x * (1 + erf(x / Math.sqrt(2)));
            case GELU_QUICK:
                return x / (1 + Math.exp(-1.702 * x));
            case RELU:
                return Math.max(x, 0);
            case RELU_SQUARED:
                return Math.pow(Math.max(x, 0), 2);
            case SILU:
                return x / (1 + Math.exp(-x));
            case TANH:
                return Math.tanh(x);
            case SIGMOID:
                return 1 / (1 + Math.exp(-x));
            case LEAKY_RELU:
                return x > 0 ? x : 0.01 * x;
            default:
                return x;
        }
    }

    /** By its Taylor series up to 3, where its terms stay below 1e3; beyond, by the continued fraction of 1 - erf. */
    private static double erf(double x) {
        double magnitude = Math.abs(x);
        if (magnitude < 3) {
            double term = x;
            double sum = x;
            for (int n = 1; n < 80; n++) {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }
            return 2 / Math.sqrt(Math.PI) * sum;
        }
        double fraction = magnitude;
        for (int n = 60; n > 0; n--) {
            fraction = magnitude + n / 2.0 / fraction;
        }
        return Math.signum(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction);
    }

    /** One product: a [M, K], or [K, M] when transposed, b [K, N] or [N, K]. */
    private record Product(int m, int n, int k, boolean transposeA, boolean transposeB, Lie lie) {
        Matrix a(Random random) {
            return transposeA ? Matrix.random(random, k, m) : Matrix.random(random, m, k);
        }

        Matrix b(Random random) {
            return transposeB ? Matrix.random(random, n, k) : Matrix.random(random, k, n);
        }

        /** The sums in float64 and, behind them, the sums of magnitudes. */
        double[][] exact(Precision precision, Matrix a, Matrix b) {
            double[][] sums = new double[2][m * n];
            for (int i = 0; i < m; i++) {
                for (int l = 0; l < k; l++) {
                    double x = rounded(precision, a.values[transposeA ? l * m + i : i * k + l]);
                    for (int j = 0; j < n; j++) {
                        double xy = x * rounded(precision, b.values[transposeB ? j * k + l : l * n + j]);
                        sums[0][i * n + j] += xy;
                        sums[1][i * n + j] += Math.abs(xy);
                    }
                }
            }
            return sums;
        }
    }

    private static void assertWithin(String what, float[] found, double[] expected, double[] tolerance) {
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(found[i] - expected[i]);
            if (!(error <= tolerance[i])) {
                assertThat(error)
                        .as("%s, element %d: %s, expected %s", what, i, found[i], expected[i])
                        .isLessThanOrEqualTo(tolerance[i]);
            }
        }
    }

    private void assertLinear(Precision precision, Product p, Epilogue epilogue, boolean withBias, Random random) {
        CudaBackend backend = backends.get(precision);
        Matrix x = p.a(random);
        Matrix weight = p.b(random);
        Matrix bias = Matrix.random(random, 1, p.n);
        Matrix held = epilogue.accumulate() ? Matrix.random(random, p.m, p.n) : Matrix.poison(p.m, p.n);
        double[][] sums = p.exact(precision, x, weight);
        double[] expected = new double[p.m * p.n];
        double[] tolerance = new double[expected.length];
        for (int i = 0; i < expected.length; i++) {
            double before = sums[0][i] + (withBias ? bias.values[i % p.n] : 0);
            double value = activated(epilogue.activation(), before);
            double old = epilogue.accumulate() ? held.values[i] : 0;
            expected[i] = value + old;
            // The steepest activation but the square has slope 1.13; each has an error of a few units of its own.
            double slope = epilogue.activation() == Activation.RELU_SQUARED ? 2 * Math.abs(before) + 1 : 1.13;
            tolerance[i] = UNIT
                    * (slope * (p.k + 2) * (sums[1][i] + Math.abs(before))
                            + 8 * Math.abs(value)
                            + 2 * Math.abs(expected[i]));
        }
        Tensor out = held.on(backend, p.lie);
        Epilogue complete = epilogue.withBias(withBias ? bias.on(backend, p.lie) : null);
        Layout layout = p.transposeB ? Layout.OUT_IN : Layout.IN_OUT;
        backend.linear(x.on(backend, p.lie), weight.on(backend, p.lie), layout, complete, out);
        String what = precision + " " + p + " " + epilogue.activation();
        assertWithin(what, read(backend, out), expected, tolerance);
    }

    @Test
    void linearMatchesFloat64InEveryPrecisionLayoutAndShape() {
        Random random = new Random(41);
        int[][] shapes = {{1, 1, 1}, {1, 37, 64}, {37, 1, 19}, {128, 128, 32}, {131, 67, 33}, {5, 300, 48}, {140, 16, 7}
        };
        for (Precision precision : Precision.values()) {
            for (int[] shape : shapes) {
                for (Lie lie : Lie.values()) {
                    boolean outIn = (shape[0] + lie.ordinal()) % 2 == 0;
                    Product p = new Product(shape[0], shape[1], shape[2], false, outIn, lie);
                    assertLinear(precision, p, Epilogue.NONE, lie != Lie.DENSE, random);
                    p = new Product(shape[0], shape[1], shape[2], false, !outIn, lie);
                    assertLinear(precision, p, Epilogue.NONE, lie == Lie.DENSE, random);
                }
            }
        }
    }

    @Test
    void linearAppliesEveryActivationAndAccumulates() {
        Random random = new Random(42);
        for (Precision precision : Precision.values()) {
            for (Activation activation : Activation.values()) {
                Product p = new Product(70, 21, 13, false, true, Lie.ODD);
                Epilogue epilogue = Epilogue.NONE.withActivation(activation);
                assertLinear(precision, p, epilogue, true, random);
                assertLinear(precision, p, epilogue.accumulating(), activation.ordinal() % 2 == 0, random);
            }
        }
    }

    @Test
    void linearMatchesFloat64OnRandomShapes() {
        Random random = new Random(43);
        for (int i = 0; i < 40; i++) {
            Product p = new Product(
                    1 + random.nextInt(200),
                    1 + random.nextInt(200),
                    1 + random.nextInt(100),
                    false,
                    random.nextBoolean(),
                    Lie.values()[random.nextInt(3)]);
            Activation activation = Activation.values()[random.nextInt(Activation.values().length)];
            Epilogue epilogue = new Epilogue(null, activation, random.nextBoolean());
            assertLinear(Precision.values()[i % 3], p, epilogue, random.nextBoolean(), random);
        }
    }

    private float[] assertProduct(Precision precision, Product p, float beta, boolean strict, Random random) {
        CudaBackend backend = backends.get(precision);
        Matrix a = p.a(random);
        Matrix b = p.b(random);
        Matrix held = beta != 0f ? Matrix.random(random, p.m, p.n) : Matrix.poison(p.m, p.n);
        double[][] sums = p.exact(strict ? Precision.F32 : precision, a, b);
        double[] expected = new double[p.m * p.n];
        double[] tolerance = new double[expected.length];
        for (int i = 0; i < expected.length; i++) {
            double old = beta != 0f ? (double) beta * held.values[i] : 0;
            expected[i] = sums[0][i] + old;
            tolerance[i] = UNIT * ((p.k + 2) * sums[1][i] + 4 * (Math.abs(old) + Math.abs(expected[i])));
        }
        Tensor out = held.on(backend, p.lie);
        Tensor left = a.on(backend, p.lie);
        Tensor right = b.on(backend, p.lie);
        if (strict) {
            backend.strictProduct(left, p.transposeA, right, p.transposeB, beta, out);
        } else {
            backend.product(left, p.transposeA, right, p.transposeB, beta, out);
        }
        float[] found = read(backend, out);
        assertWithin(precision + " " + p + " beta " + beta, found, expected, tolerance);
        return found;
    }

    @Test
    void productMatchesFloat64ForEveryTransposition() {
        Random random = new Random(44);
        int[][] shapes = {{1, 1, 1}, {128, 64, 16}, {33, 130, 21}, {7, 5, 140}};
        for (Precision precision : Precision.values()) {
            for (int[] shape : shapes) {
                for (int layout = 0; layout < 4; layout++) {
                    Lie lie = Lie.values()[(layout + shape[0]) % 3];
                    Product p = new Product(shape[0], shape[1], shape[2], layout / 2 == 1, layout % 2 == 1, lie);
                    assertProduct(precision, p, 0f, false, random);
                    assertProduct(precision, p, layout % 2 == 0 ? 1f : -0.3f, false, random);
                }
            }
        }
        assertThat(device.gpu().launchedKernels()).contains(kernels());
        for (String warpgroups : List.of("", "_at", "_bt")) {
            assertThat(device.gpu().launchedKernels())
                    .anyMatch(name -> name.matches("matmul_wgmma" + warpgroups + "_\\d+"));
        }
    }

    /** Those of every GPU; on 9.0 warpgroups take products of bf16 but for two transposed factors. */
    private static String[] kernels() {
        List<String> names = new ArrayList<>();
        for (String precision : List.of("f32", "tf32")) {
            for (String layout : List.of("", "_at", "_bt", "_at_bt")) {
                names.add("matmul_" + precision + layout);
            }
        }
        names.add("matmul_bf16_at_bt");
        return names.toArray(new String[0]);
    }

    @Test
    void deepProductsAreSummedInPartsThatDependOnTheShapeAlone() {
        int[][] shapes = {{3, 5, 5000}, {20, 1, 2048}, {130, 70, 1100}};
        for (Precision precision : Precision.values()) {
            for (int[] shape : shapes) {
                for (float beta : new float[] {0f, 0.5f}) {
                    Product p = new Product(shape[0], shape[1], shape[2], true, false, Lie.ODD);
                    float[] once = assertProduct(precision, p, beta, false, new Random(45));
                    float[] again = assertProduct(precision, p, beta, false, new Random(45));
                    assertThat(again).isEqualTo(once);
                }
            }
        }
        assertThat(device.gpu().launchedKernels()).contains("matmul_parts");
    }

    @Test
    void strictProductsDoNotRoundTheirOperands() {
        Product p = new Product(40, 30, 50, true, false, Lie.DENSE);
        float[] strict = assertProduct(Precision.F32, p, 0f, false, new Random(46));
        for (Precision precision : Precision.values()) {
            assertThat(assertProduct(precision, p, 0f, true, new Random(46))).isEqualTo(strict);
        }
    }

    @Test
    void bitsOfARowDoNotDependOnTheOtherRowsNorOnTheirNumber() {
        int rows = 1000;
        Random random = new Random(47);
        for (Precision precision : Precision.values()) {
            CudaBackend backend = backends.get(precision);
            for (Layout layout : Layout.values()) {
                for (int n : new int[] {1, 40}) {
                    int k = 45;
                    Matrix x = Matrix.random(random, rows, k);
                    Matrix weight = layout == Layout.OUT_IN ? Matrix.random(random, n, k) : Matrix.random(random, k, n);
                    Tensor w = weight.on(backend, Lie.DENSE);
                    Epilogue epilogue = Epilogue.NONE.withActivation(Activation.GELU_TANH);
                    Tensor out = Matrix.poison(rows, n).on(backend, Lie.DENSE);
                    backend.linear(x.on(backend, Lie.DENSE), w, layout, epilogue, out);
                    float[] together = read(backend, out);
                    for (int row : new int[] {0, 1, 127, 128, 613, 999}) {
                        Tensor one = Matrix.poison(1, n).on(backend, Lie.ODD);
                        backend.linear(x.row(row).on(backend, Lie.ODD), w, layout, epilogue, one);
                        assertThat(read(backend, one))
                                .as("%s, %s, row %d", precision, layout, row)
                                .isEqualTo(Arrays.copyOfRange(together, row * n, (row + 1) * n));
                    }
                }
            }
        }
    }

    @Test
    void deviceThatDoesEverythingAtOnceGivesTheSameBits() {
        Product p = new Product(60, 50, 2100, true, false, Lie.ALIGNED);
        List<float[]> late = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            late.add(assertProduct(precision, p, 0f, false, new Random(48)));
        }
        device.close();
        device = EmulatedBackends.early();
        for (Precision precision : Precision.values()) {
            backends.put(precision, device.apart(precision));
            assertThat(assertProduct(precision, p, 0f, false, new Random(48))).isEqualTo(late.get(precision.ordinal()));
        }
    }

    @Test
    void wrongShapesAreRefusedInTheWordsOfTheProcessor() {
        List<Consumer<Backend>> mistakes = List.of(
                b -> b.linear(b.allocate(2, 3), b.allocate(4, 5), Layout.OUT_IN, Epilogue.NONE, b.allocate(2, 4)),
                b -> b.linear(b.allocate(2, 3), b.allocate(4, 3), Layout.IN_OUT, Epilogue.NONE, b.allocate(2, 4)),
                b -> b.linear(b.allocate(2, 3), b.allocate(4, 3), Layout.OUT_IN, Epilogue.NONE, b.allocate(3, 4)),
                b -> {
                    Epilogue biased = Epilogue.NONE.withBias(b.allocate(1, 3));
                    b.linear(b.allocate(2, 3), b.allocate(4, 3), Layout.OUT_IN, biased, b.allocate(2, 4));
                },
                b -> {
                    Tensor x = b.allocate(3, 3);
                    b.linear(x, b.allocate(3, 3), Layout.OUT_IN, Epilogue.NONE, x);
                },
                b -> b.product(b.allocate(2, 3), true, b.allocate(3, 4), false, 0f, b.allocate(2, 4)),
                b -> b.product(b.allocate(2, 3), false, b.allocate(3, 4), false, 0f, b.allocate(2, 5)),
                b -> {
                    Tensor right = b.allocate(3, 3);
                    b.product(b.allocate(3, 3), false, right, false, 1f, right);
                },
                b -> b.linear(null, b.allocate(4, 3), Layout.OUT_IN, Epilogue.NONE, b.allocate(2, 4)));
        try (CpuBackend processor = new CpuBackend(1)) {
            for (Consumer<Backend> mistake : mistakes) {
                Throwable expected = catchThrowable(() -> mistake.accept(processor));
                assertThat(expected).isInstanceOf(IllegalArgumentException.class);
                assertThat(catchThrowable(() -> mistake.accept(backends.get(Precision.BF16))))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(expected.getMessage());
            }
        }
    }
}
