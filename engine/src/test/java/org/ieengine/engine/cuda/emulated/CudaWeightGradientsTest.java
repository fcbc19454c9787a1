package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Set;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gradients of a layer's weight and bias by one kernel of warpgroups; elsewhere by a product and sums of columns. */
class CudaWeightGradientsTest {
    private static final int OUTPUTS = 75;
    private static final int INPUTS = 21;

    /** Whole numbers, whose sums are exact in any order. */
    private static float[] drawn(int seed, int count) {
        float[] values = new float[count];
        Philox numbers = new Philox(seed, 0, 0, 0, 0);
        for (int i = 0; i < count; i++) {
            values[i] = Math.floorMod(numbers.word(i), 7) - 3;
        }
        return values;
    }

    private static Tensor operand(CudaBackend backend, float[] values, int columns) {
        Tensor operand = backend.allocateOperand(values.length / columns, columns);
        backend.write(values, operand, 0);
        return operand;
    }

    private static float[] read(CudaBackend backend, Tensor tensor) {
        float[] values = new float[(int) tensor.rows() * tensor.columns()];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    /** So many rows that the depth is cut into parts, and one; on 9.0 and on 8.0. */
    @ParameterizedTest
    @CsvSource({"90,1", "90,1100", "80,1100"})
    void bothGradientsHaveHalfOfWhatWasHeldBesides(int capability, int rows) {
        try (EmulatedBackends backends = EmulatedBackends.late(capability)) {
            CudaBackend backend = backends.apart(Precision.BF16);
            float[] gradient = drawn(1, rows * OUTPUTS);
            float[] in = drawn(2, rows * INPUTS);
            float[] heldWeight = drawn(3, OUTPUTS * INPUTS);
            float[] heldBias = drawn(4, OUTPUTS);
            Tensor weight = backend.allocate(OUTPUTS, INPUTS);
            Tensor bias = backend.allocate(1, OUTPUTS);
            backend.write(heldWeight, weight, 0);
            backend.write(heldBias, bias, 0);

            backend.weightGradients(
                    operand(backend, gradient, OUTPUTS), operand(backend, in, INPUTS), 0.5f, weight, bias);

            float[] weights = read(backend, weight);
            float[] biases = read(backend, bias);
            for (int o = 0; o < OUTPUTS; o++) {
                double sum = 0.5 * heldBias[o];
                double[] products = new double[INPUTS];
                for (int row = 0; row < rows; row++) {
                    sum += gradient[row * OUTPUTS + o];
                    for (int i = 0; i < INPUTS; i++) {
                        products[i] += gradient[row * OUTPUTS + o] * in[row * INPUTS + i];
                    }
                }
                assertThat((double) biases[o]).isEqualTo(sum);
                for (int i = 0; i < INPUTS; i++) {
                    double expected = products[i] + 0.5 * heldWeight[o * INPUTS + i];
                    assertThat((double) weights[o * INPUTS + i]).isCloseTo(expected, within(0.0));
                }
            }
            Set<String> kernels = backends.gpu().launchedKernels();
            assertThat(kernels.contains("column_parts")).isEqualTo(capability == 80);
            assertThat(kernels).contains("column_sums");
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (EmulatedBackends backends = EmulatedBackends.early()) {
            CudaBackend backend = backends.apart(Precision.BF16);
            Tensor gradient = operand(backend, new float[6], 3);
            Tensor in = operand(backend, new float[4], 2);
            Tensor longer = operand(backend, new float[6], 2);
            Tensor weight = backend.allocate(3, 2);
            Tensor bias = backend.allocate(1, 3);

            assertThatThrownBy(() -> backend.weightGradients(gradient, longer, 0, weight, bias))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("weightGradients: factors [3, 2] and [3, 2] do not fit");
            assertThatThrownBy(() -> backend.weightGradients(gradient, in, 0, backend.allocate(2, 3), bias))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("weightGradients: weight");
            assertThatThrownBy(() -> backend.weightGradients(gradient, in, 0, weight, backend.allocate(1, 2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("weightGradients: bias");
        }
    }
}
