package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.LaunchObserver;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The second projection written as pairs at once, and where it cannot be, one after the other: the same to within roundings. */
class CudaLinearPairsTest {
    private static final int ROWS = 67;
    private static final int DEPTH = 13;
    private static final Philox STREAM = new Philox(21, 0, 0, 0, 0);

    /** What the working memory holds before. */
    private static final float HELD = 7;

    /** Half of the last of eight bits. */
    private static final double OF_BF16 = 0x1p-8;

    /** Matrices of a critic's first layer, and its pairs as a backend finds them. */
    private static final class Layer {
        private final int width;
        private final float[] states = drawn(1, ROWS * DEPTH);
        private final float[] weights;
        private final float[] projected;

        Layer(int width) {
            this.width = width;
            this.weights = drawn(2, width * DEPTH);
            this.projected = drawn(3, ROWS * width);
        }

        /** Numbers that bf16 holds. */
        private static float[] drawn(int seed, int count) {
            float[] values = new float[count];
            new Philox(seed, 0, 0, 0, 0).normals(0, 1, values);
            for (int i = 0; i < count; i++) {
                values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
            }
            return values;
        }

        /**
         * Every element near the exact one.
         *
         * @param ofResult what rounding it may be off, as a share of it
         * @param ofProjection what rounding the projection may be off before, as a share of that
         */
        void assertNear(float[] pairs, double ofResult, double ofProjection) {
            FeistelPermutation permutation = FeistelPermutation.of(ROWS, STREAM.atStep(0));
            for (int pair = 0; pair < 2 * ROWS; pair++) {
                int x = pair % ROWS;
                int y = pair < ROWS ? x : permutation.apply(x);
                for (int c = 0; c < width; c++) {
                    double sum = projected[x * width + c];
                    double size = Math.abs(sum);
                    for (int k = 0; k < DEPTH; k++) {
                        double term = (double) states[y * DEPTH + k] * weights[c * DEPTH + k];
                        sum += term;
                        size += Math.abs(term);
                    }
                    double expected = sum > 0 ? sum : 0.01f * sum;
                    double allowed = ofResult * Math.abs(expected) + (ofProjection + (DEPTH + 3) * 0x1p-23) * size;
                    assertThat((double) pairs[pair * width + c])
                            .as("pair %d, column %d", pair, c)
                            .isCloseTo(expected, within(allowed));
                }
            }
        }
    }

    private record Found(List<String> kernels, float[] pairs, float[] held) {}

    private static Found run(CudaBackend backend, Layer layer, boolean operands, int before) {
        Tensor y = matrix(backend, layer.states, DEPTH, operands, before);
        Tensor weight = matrix(backend, layer.weights, DEPTH, operands, 0);
        Tensor x = matrix(backend, layer.projected, layer.width, operands, before);
        Tensor projectedY = matrix(backend, new float[ROWS * layer.width], layer.width, operands, 0);
        Tensor out = matrix(backend, new float[2 * ROWS * layer.width], layer.width, operands, before);
        List<String> kernels = new ArrayList<>();
        try (OptimiserSteps steps = backend.steps(StepPlan.of(new double[1], STREAM))) {
            backend.nextStep(steps);
            backend.fill(projectedY, HELD);
            backend.fill(out, Float.NaN);
            backend.observe(new LaunchObserver() {
                @Override
                public void before(String kernel) {
                    kernels.add(kernel);
                }

                @Override
                public void after(String kernel) {}
            });
            backend.linearPairs(y, weight, x, new Pairing.Permuted(ROWS, steps, null), projectedY, out);
            return new Found(List.copyOf(kernels), read(backend, out), read(backend, projectedY));
        }
    }

    private static Tensor matrix(CudaBackend backend, float[] values, int columns, boolean operand, int before) {
        int rows = values.length / columns;
        Tensor whole =
                operand ? backend.allocateOperand(rows, before + columns) : backend.allocate(rows, before + columns);
        Tensor matrix = before == 0 ? whole : whole.columnRange(before, before + columns);
        backend.write(values, matrix, 0);
        return matrix;
    }

    private static float[] read(CudaBackend backend, Tensor tensor) {
        float[] values = new float[(int) tensor.rows() * tensor.columns()];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    /** Two kernels; the projection is neither written nor rounded. Columns: fewer than a unit, ragged, whole units, two tiles. */
    @ParameterizedTest
    @CsvSource({"90, 5", "90, 72", "90, 131", "90, 264", "80, 5", "80, 131"})
    void aProjectionIsWrittenAsPairsAlone(int capability, int width) {
        try (EmulatedBackends backends = EmulatedBackends.late(capability)) {
            Layer layer = new Layer(width);
            Found found = run(backends.apart(Precision.BF16), layer, true, 0);
            layer.assertNear(found.pairs, OF_BF16, 0);
            assertThat(found.held).containsOnly(HELD);
            assertThat(found.kernels).hasSize(2).first().isEqualTo("permute");
            assertThat(found.kernels.get(1)).startsWith(capability == 90 ? "matmul_wgmma_bt_" : "matmul_bf16_bt");
        }
    }

    /** Rows that do not begin at multiples of 16 bytes, float32, products in float32, and cuBLAS. */
    @Test
    void whatTheKernelDoesNotTakeGoesOneAfterTheOther() {
        Layer layer = new Layer(21);
        try (EmulatedBackends backends = EmulatedBackends.early()) {
            assertPlain(layer, run(backends.apart(Precision.BF16), layer, true, 3), OF_BF16);
            assertPlain(layer, run(backends.apart(Precision.BF16), layer, false, 0), 0);
            assertPlain(layer, run(backends.apart(Precision.F32), layer, true, 0), 0);
            assertPlain(layer, run(backends.vendor(Precision.BF16), layer, true, 0), OF_BF16);
        }
    }

    private static void assertPlain(Layer layer, Found found, double rounding) {
        layer.assertNear(found.pairs, rounding, rounding);
        assertThat(found.held).doesNotContain(HELD);
        assertThat(found.kernels).filteredOn("pair_rows"::equals).hasSize(2);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        try (EmulatedBackends backends = EmulatedBackends.late();
                CudaBackend backend = backends.apart(Precision.BF16);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[1], STREAM))) {
            backend.nextStep(steps);
            Tensor y = backend.allocateOperand(ROWS, DEPTH);
            Tensor weight = backend.allocateOperand(24, DEPTH);
            Tensor x = backend.allocateOperand(ROWS, 24);
            Tensor out = backend.allocateOperand(2 * ROWS, 24);
            Pairing.Permuted permuted = new Pairing.Permuted(ROWS, steps, null);
            assertThatThrownBy(() -> backend.linearPairs(y, weight, x, permuted, x, out.rowRange(0, ROWS)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("linearPairs: output: found [67, 24], expected [134, 24] to go with rows of [67, 24]");
            assertThatThrownBy(() -> backend.linearPairs(y, x, x, permuted, x, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("linearPairs: factors [67, 13] and [24, 67] do not fit");
            Pairing.Permuted fewer = new Pairing.Permuted(ROWS - 1, steps, null);
            assertThatThrownBy(() -> backend.linearPairs(y, weight, x, fewer, x, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linearPairs: y: found [67, 13], expected [66, 13]");
            assertThatThrownBy(() -> backend.linearPairs(y, weight, out.rowRange(0, ROWS), permuted, x, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("overlap");
        }
    }
}
