package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.emulated.VendorLibraries;
import org.junit.jupiter.api.Test;

/**
 * Products whose factors, masks and results are operands of bf16 or matrices of float32, in every combination, by the own kernels and
 * by cuBLAS: against float64 products of the values as they are rounded.
 */
class CudaOperandProductsTest {
    private static final int ROWS = 19;
    private static final int DEPTH = 37;
    private static final int COLUMNS = 21;

    /** A sum of 37 products of float32 and more is within that of the sum of their magnitudes. */
    private static final double OF_SUMS = (DEPTH + 4) * 0x1p-24;

    /** Half of the last of eight bits. */
    private static final double OF_BF16 = 0x1p-8;

    /** cudaDataType_t and cublasComputeType_t. */
    private static final int CUDA_R_16BF = 14;

    private static final int COMPUTE_32F = 68;

    /** How a matrix is given. */
    private enum Kind {
        WIDE,
        OPERAND,
        /** Columns of an operand whose rows do not begin at multiples of 16 bytes. */
        SHIFTED_OPERAND
    }

    private final Random random = new Random(71);

    private Tensor matrix(CudaBackend backend, Kind kind, float[] values, int columns) {
        int rows = values.length / columns;
        int before = kind == Kind.SHIFTED_OPERAND ? 3 : 0;
        Tensor whole =
                kind == Kind.WIDE ? backend.allocate(rows, columns) : backend.allocateOperand(rows, before + columns);
        backend.fill(whole, Float.NaN);
        Tensor matrix = before == 0 ? whole : whole.columnRange(before, before + columns);
        backend.write(values, matrix, 0);
        return matrix;
    }

    private float[] drawn(int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] read(CudaBackend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, Math.toIntExact(tensor.rows()), values);
        return values;
    }

    private static float rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
    }

    /** a [ROWS, DEPTH] or its transpose, b [DEPTH, COLUMNS] or its transpose: sum and sum of magnitudes of element (row, column). */
    private static double[] sum(float[] a, boolean transposeA, float[] b, boolean transposeB, int at) {
        int row = at / COLUMNS;
        int column = at % COLUMNS;
        double[] sums = new double[2];
        for (int k = 0; k < DEPTH; k++) {
            double term = (double) rounded(a[transposeA ? k * ROWS + row : row * DEPTH + k])
                    * rounded(b[transposeB ? column * DEPTH + k : k * COLUMNS + column]);
            sums[0] += term;
            sums[1] += Math.abs(term);
        }
        return sums;
    }

    private static void assertNear(String what, float found, double expected, double tolerance, Kind out) {
        double whole = tolerance + (out == Kind.WIDE ? 0 : OF_BF16 * (Math.abs(expected) + tolerance));
        assertThat(Math.abs(found - expected))
                .as("%s: %s, expected %s", what, found, expected)
                .isLessThanOrEqualTo(whole);
    }

    /** Linear layers, weight gradients and input gradients in all kinds of matrices. */
    private void assertProducts(CudaBackend backend) {
        float[] x = drawn(ROWS, DEPTH);
        float[] weight = drawn(COLUMNS, DEPTH);
        float[] bias = drawn(1, COLUMNS);
        float[] held = drawn(ROWS, COLUMNS);
        Tensor added = matrix(backend, Kind.WIDE, bias, COLUMNS);
        for (Kind of : Kind.values()) {
            for (Kind by : Kind.values()) {
                for (Kind to : Kind.values()) {
                    boolean accumulate = of == to;
                    Tensor out = matrix(backend, to, held, COLUMNS);
                    Tensor left = matrix(backend, of, x, DEPTH);
                    Epilogue epilogue = new Epilogue(added, Activation.LEAKY_RELU, accumulate);
                    backend.linear(left, matrix(backend, by, weight, DEPTH), Layout.OUT_IN, epilogue, out);
                    float[] found = read(backend, out);
                    for (int i = 0; i < found.length; i++) {
                        double[] sum = sum(x, false, weight, true, i);
                        double before = sum[0] + bias[i % COLUMNS];
                        double old = !accumulate ? 0 : to == Kind.WIDE ? held[i] : rounded(held[i]);
                        double expected = (before > 0 ? before : 0.01f * before) + old;
                        double size = sum[1] + Math.abs(bias[i % COLUMNS]) + Math.abs(old);
                        assertNear("linear " + of + by + to, found[i], expected, OF_SUMS * size, to);
                    }
                }
            }
        }
    }

    private void assertWeightGradients(CudaBackend backend) {
        float[] a = drawn(DEPTH, ROWS);
        float[] b = drawn(DEPTH, COLUMNS);
        float[] held = drawn(ROWS, COLUMNS);
        for (Kind of : Kind.values()) {
            for (Kind by : Kind.values()) {
                for (boolean strict : new boolean[] {false, true}) {
                    // Strict products take float32 as it is: operands, here rounded values, are what both find.
                    float[] first = strict ? allRounded(a) : a;
                    float[] second = strict ? allRounded(b) : b;
                    Tensor left = matrix(backend, of, first, ROWS);
                    Tensor right = matrix(backend, by, second, COLUMNS);
                    Tensor out = matrix(backend, Kind.WIDE, held, COLUMNS);
                    if (strict) {
                        backend.strictProduct(left, true, right, false, 0.5f, out);
                    } else {
                        backend.product(left, true, right, false, 0.5f, out);
                    }
                    float[] found = read(backend, out);
                    for (int i = 0; i < found.length; i++) {
                        double[] sum = sum(a, true, b, false, i);
                        double old = 0.5 * held[i];
                        double tolerance = OF_SUMS * (sum[1] + Math.abs(old));
                        assertNear("gradient " + of + by + strict, found[i], sum[0] + old, tolerance, Kind.WIDE);
                    }
                }
            }
        }
    }

    private static float[] allRounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = rounded(values[i]);
        }
        return rounded;
    }

    private void assertInputGradients(CudaBackend backend) {
        float[] gradient = drawn(ROWS, DEPTH);
        float[] weight = drawn(DEPTH, COLUMNS);
        float[] in = drawn(ROWS, COLUMNS);
        in[0] = 0;
        in[1] = 1e-40f;
        Tensor factor = matrix(backend, Kind.OPERAND, weight, COLUMNS);
        Tensor above = matrix(backend, Kind.OPERAND, gradient, DEPTH);
        float[] nothing = new float[ROWS * COLUMNS];
        Arrays.fill(nothing, Float.NaN);
        for (int kind = 0; kind <= Kind.values().length; kind++) {
            for (Kind to : Kind.values()) {
                boolean masked = kind < Kind.values().length;
                Tensor mask = masked ? matrix(backend, Kind.values()[kind], in, COLUMNS) : null;
                Tensor out = matrix(backend, to, nothing, COLUMNS);
                backend.inputGradient(above, factor, mask, out);
                float[] found = read(backend, out);
                for (int i = 0; i < found.length; i++) {
                    double[] sum = sum(gradient, false, weight, false, i);
                    double expected = masked && !(in[i] > 0) ? 0.01f * sum[0] : sum[0];
                    assertNear("input gradient, mask " + kind + " to " + to, found[i], expected, OF_SUMS * sum[1], to);
                }
            }
        }
    }

    @Test
    void ownKernelsTakeOperandsAndMatricesOfFloat32InEveryPlace() {
        try (EmulatedBackends device = EmulatedBackends.late()) {
            CudaBackend backend = device.apart(Precision.BF16);
            assertThat(backend.operandBytes()).isEqualTo(Short.BYTES);
            assertProducts(backend);
            assertWeightGradients(backend);
            assertInputGradients(backend);
            assertThat(device.gpu().launchedKernels()).contains("round_rows", "convert_elements", "matmul_epilogue");
        }
    }

    @Test
    void operandsThatLieAlignedAreMultipliedWhereTheyLie() {
        try (EmulatedBackends device = EmulatedBackends.early()) {
            CudaBackend backend = device.apart(Precision.BF16);
            Tensor x = matrix(backend, Kind.OPERAND, drawn(ROWS, DEPTH), DEPTH);
            Tensor weight = matrix(backend, Kind.OPERAND, drawn(COLUMNS, DEPTH), DEPTH);
            Tensor out = matrix(backend, Kind.OPERAND, drawn(ROWS, COLUMNS), COLUMNS);
            Tensor gradient = matrix(backend, Kind.OPERAND, drawn(ROWS, DEPTH), DEPTH);
            long before = device.gpu().launches();
            backend.linear(x, weight, Layout.OUT_IN, Epilogue.NONE, out);
            assertThat(device.gpu().launches() - before).isEqualTo(1);
            backend.inputGradient(out, weight, x, gradient);
            assertThat(device.gpu().launches() - before).isEqualTo(2);
        }
    }

    @Test
    void deepProductsIntoAnOperandAreRoundedOnce() {
        int depth = 1200;
        try (EmulatedBackends device = EmulatedBackends.late()) {
            CudaBackend backend = device.apart(Precision.BF16);
            float[] a = allRounded(drawn(depth, 3));
            float[] b = allRounded(drawn(depth, 5));
            Tensor out = backend.allocateOperand(3, 5);
            Tensor wide = backend.allocate(3, 5);
            Tensor left = matrix(backend, Kind.OPERAND, a, 3);
            Tensor right = matrix(backend, Kind.OPERAND, b, 5);
            backend.product(left, true, right, false, 0f, out);
            backend.product(left, true, right, false, 0f, wide);
            assertThat(read(backend, out)).isEqualTo(allRounded(read(backend, wide)));
            assertThat(device.gpu().launchedKernels()).contains("matmul_parts");
        }
    }

    @Test
    void cublasIsGivenOperandsAsTheyLie() {
        VendorLibraries.Cublas cublas = VendorLibraries.cublas();
        try (EmulatedBackends device = EmulatedBackends.early()) {
            CudaBackend backend = device.vendor(Precision.BF16);
            // The stand-in does not round float32 factors: only values that are bf16 already are given to it.
            float[] x = allRounded(drawn(ROWS, DEPTH));
            float[] weight = allRounded(drawn(COLUMNS, DEPTH));
            for (Kind of : Kind.values()) {
                for (Kind by : Kind.values()) {
                    for (Kind to : Kind.values()) {
                        Tensor out = matrix(backend, to, drawn(ROWS, COLUMNS), COLUMNS);
                        Tensor left = matrix(backend, of, x, DEPTH);
                        Tensor right = matrix(backend, by, weight, DEPTH);
                        backend.linear(left, right, Layout.OUT_IN, Epilogue.NONE, out);
                        boolean wide = of == Kind.WIDE && by == Kind.WIDE;
                        assertThat(cublas.fake_last_type()).isEqualTo(wide ? 0 : CUDA_R_16BF);
                        assertThat(cublas.fake_last_compute() == COMPUTE_32F).isEqualTo(!wide);
                        float[] found = read(backend, out);
                        for (int i = 0; i < found.length; i++) {
                            double[] sum = sum(x, false, weight, true, i);
                            assertNear("linear " + of + by + to, found[i], sum[0], OF_SUMS * sum[1], to);
                        }
                    }
                }
            }
            assertWeightGradientsOfRounded(backend);
            assertInputGradients(backend);
        }
    }

    private void assertWeightGradientsOfRounded(CudaBackend backend) {
        float[] a = allRounded(drawn(DEPTH, ROWS));
        float[] b = allRounded(drawn(DEPTH, COLUMNS));
        for (Kind of : Kind.values()) {
            Tensor out = matrix(backend, Kind.OPERAND, new float[ROWS * COLUMNS], COLUMNS);
            Tensor left = matrix(backend, of, a, ROWS);
            Tensor right = matrix(backend, Kind.OPERAND, b, COLUMNS);
            backend.product(left, true, right, false, 1f, out);
            float[] found = read(backend, out);
            for (int i = 0; i < found.length; i++) {
                double[] sum = sum(a, true, b, false, i);
                assertNear("gradient " + of, found[i], sum[0], OF_SUMS * sum[1], Kind.OPERAND);
            }
        }
    }
}
