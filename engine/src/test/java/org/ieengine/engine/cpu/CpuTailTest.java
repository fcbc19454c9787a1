package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The last layers at once beside the same layers one by one. */
class CpuTailTest {
    private final List<Parameter> weights = new ArrayList<>();
    private final List<Parameter> biases = new ArrayList<>();

    private static Parameter parameter(Backend backend, int rows, int columns, long seed) {
        float[] gradient = CpuFixtures.normal(seed + 1, rows * columns);
        return new Parameter(
                CpuFixtures.view(backend, rows, columns, CpuFixtures.normal(seed, rows * columns)),
                CpuFixtures.view(backend, rows, columns, gradient),
                null,
                null);
    }

    private void layers(Backend backend, List<Integer> widths) {
        for (int layer = 1; layer < widths.size(); layer++) {
            weights.add(parameter(backend, widths.get(layer), widths.get(layer - 1), 10L * layer));
            biases.add(parameter(backend, 1, widths.get(layer), 10L * layer + 5));
        }
    }

    private static double[] wide(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static List<Integer> widths(String text) {
        return List.of(text.split("-")).stream().map(Integer::valueOf).toList();
    }

    /** Rows of more than one piece, a single layer, widths that are no multiples of anything. */
    @ParameterizedTest
    @CsvSource({"1,3-1,0", "1029,96-48-24-12-6-3-1,0", "2050,7-5-1,1", "5,13-1,0.5"})
    void isTheSameAsTheLayersOneByOne(int rows, String shape, float beta) {
        List<Integer> widths = widths(shape);
        try (Backend backend = new CpuBackend(2)) {
            layers(backend, widths);
            int w = widths.get(0);
            Tensor in = CpuFixtures.view(backend, rows, w, CpuFixtures.normal(1, rows * w));
            Tensor scores = CpuFixtures.view(backend, rows, 1, new float[rows]);
            backend.tailForward(in, weights, biases, scores);
            List<Tensor> outputs = new ArrayList<>(List.of(in));
            for (int layer = 0; layer < weights.size(); layer++) {
                Activation activation = layer == weights.size() - 1 ? Activation.IDENTITY : Activation.LEAKY_RELU;
                Epilogue epilogue = new Epilogue(biases.get(layer).value(), activation, false);
                Tensor out = backend.allocate(rows, widths.get(layer + 1));
                backend.linear(outputs.get(layer), weights.get(layer).value(), Layout.OUT_IN, epilogue, out);
                outputs.add(out);
            }
            double[] expectedScores = wide(CpuFixtures.read(backend, outputs.get(weights.size())));
            // scores reach some hundreds where six layers of unit normal weights follow one another
            double magnitude =
                    Arrays.stream(expectedScores).map(Math::abs).max().orElseThrow();
            CpuFixtures.assertClose("scores", CpuFixtures.read(backend, scores), expectedScores, 1e-5 * magnitude);

            Tensor slopes = CpuFixtures.view(backend, rows, 1, CpuFixtures.normal(2, rows));
            Tensor towards = CpuFixtures.view(backend, rows, w, new float[rows * w]);
            List<float[]> held = new ArrayList<>();
            for (int layer = 0; layer < weights.size(); layer++) {
                held.add(CpuFixtures.read(backend, weights.get(layer).gradient()));
                held.add(CpuFixtures.read(backend, biases.get(layer).gradient()));
            }
            backend.tailBackward(in, weights, biases, slopes, beta, towards);
            Tensor gradient = slopes;
            for (int layer = weights.size() - 1; layer >= 0; layer--) {
                Tensor weight =
                        CpuFixtures.tensor(backend, widths.get(layer + 1), widths.get(layer), held.get(2 * layer));
                Tensor bias = CpuFixtures.tensor(backend, 1, widths.get(layer + 1), held.get(2 * layer + 1));
                backend.product(gradient, true, outputs.get(layer), false, beta, weight);
                backend.columnSums(gradient, beta, bias);
                close(backend, "weight " + layer, weights.get(layer).gradient(), weight);
                close(backend, "bias " + layer, biases.get(layer).gradient(), bias);
                Tensor below = backend.allocate(rows, widths.get(layer));
                backend.product(gradient, false, weights.get(layer).value(), false, 0, below);
                backend.leakyReluBackward(outputs.get(layer), below);
                gradient = below;
            }
            close(backend, "input", towards, gradient);
        }
    }

    /** Within float32 rounding of the greatest, through up to six layers and over up to 2,050 rows. */
    private static void close(Backend backend, String what, Tensor found, Tensor expected) {
        double[] wanted = wide(CpuFixtures.read(backend, expected));
        double most = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
        CpuFixtures.assertClose(what, CpuFixtures.read(backend, found), wanted, 1e-5 * most);
    }

    @Test
    void gradientsNotReadForBetaZeroMayBeNan() {
        try (Backend backend = new CpuBackend(1)) {
            layers(backend, List.of(2, 1));
            backend.fill(weights.get(0).gradient(), Float.NaN);
            Tensor in = CpuFixtures.tensor(backend, 1, 2, new float[] {1, 2});
            Tensor slopes = CpuFixtures.tensor(backend, 1, 1, new float[] {3});
            backend.tailBackward(in, weights, biases, slopes, 0, backend.allocate(1, 2));
            assertThat(CpuFixtures.read(backend, weights.get(0).gradient())).containsExactly(3, 6);
        }
    }

    @Test
    void layersThatDoNotFitAreRefused() {
        try (Backend backend = new CpuBackend(1)) {
            layers(backend, List.of(4, 3, 2));
            Tensor in = backend.allocate(5, 4);
            Tensor scores = backend.allocate(5, 1);
            assertThatThrownBy(() -> backend.tailForward(in, weights, biases, scores))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not one score");
            assertThatThrownBy(() -> backend.tailForward(backend.allocate(5, 3), weights, biases, scores))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[3, 4]");
        }
    }
}
