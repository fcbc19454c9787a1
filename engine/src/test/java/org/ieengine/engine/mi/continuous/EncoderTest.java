package org.ieengine.engine.mi.continuous;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Two encoders and their contrast, against the same in float64 and its central differences. */
class EncoderTest {
    private static final int ROWS = 7;
    private static final int[] LEFT = {3, 5, 4, 2};
    private static final int[] RIGHT = {4, 6, 2};

    private static double[] values(CpuBackend backend, Tensor tensor) {
        float[] read = new float[(int) (tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, (int) tensor.rows(), read);
        double[] wide = new double[read.length];
        for (int i = 0; i < read.length; i++) {
            wide[i] = read[i];
        }
        return wide;
    }

    /** Weights and biases in float64, in the order of the encoder's parameters. */
    private static List<double[]> copied(CpuBackend backend, Encoder encoder) {
        List<double[]> copies = new ArrayList<>();
        for (Parameter parameter : encoder.parameters()) {
            copies.add(values(backend, parameter.value()));
        }
        return copies;
    }

    /** [rows, last width]. */
    private static double[] embeddings(double[] seen, int[] widths, List<double[]> parameters) {
        double[] in = seen;
        int layers = widths.length - 1;
        for (int layer = 0; layer < layers; layer++) {
            double[] weight = parameters.get(layer);
            double[] bias = parameters.get(layers + layer);
            double[] out = new double[ROWS * widths[layer + 1]];
            for (int row = 0; row < ROWS; row++) {
                for (int o = 0; o < widths[layer + 1]; o++) {
                    double sum = bias[o];
                    for (int i = 0; i < widths[layer]; i++) {
                        sum += weight[o * widths[layer] + i] * in[row * widths[layer] + i];
                    }
                    boolean bent = layer < layers - 1 && sum < 0;
                    out[row * widths[layer + 1] + o] = bent ? 0.01 * sum : sum;
                }
            }
            in = out;
        }
        return in;
    }

    /** InfoNCE in both directions, in nats, by its definition. */
    private static double contrast(double[] u, double[] v, int width) {
        double[][] scores = new double[ROWS][ROWS];
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < ROWS; j++) {
                for (int k = 0; k < width; k++) {
                    scores[i][j] += u[i * width + k] * v[j * width + k];
                }
            }
        }
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            double ofRow = 0;
            double ofColumn = 0;
            for (int j = 0; j < ROWS; j++) {
                ofRow += Math.exp(scores[i][j]) / ROWS;
                ofColumn += Math.exp(scores[j][i]) / ROWS;
            }
            sum += scores[i][i] - Math.log(ofRow) / 2 - Math.log(ofColumn) / 2;
        }
        return sum / ROWS;
    }

    private static float[] drawn(int count, int purpose) {
        float[] values = new float[count];
        new Philox(3, purpose, 0, 0, 0).normals(0, 1, values);
        return values;
    }

    private static Tensor tensor(CpuBackend backend, float[] values, int columns) {
        Tensor tensor = backend.allocate(values.length / columns, columns);
        backend.write(values, tensor, 0);
        return tensor;
    }

    @Test
    void gradientsAreTheDerivativesOfTheContrastOfEmbeddings() {
        try (CpuBackend backend = new CpuBackend(1);
                Encoder left = new Encoder(backend, LEFT, ROWS, new Philox(1, 1, 0, 0, 0));
                Encoder right = new Encoder(backend, RIGHT, ROWS, new Philox(1, 2, 0, 0, 0));
                Tensor x = tensor(backend, drawn(ROWS * 3, 5), 3);
                Tensor y = tensor(backend, drawn(ROWS * 4, 6), 4);
                Tensor u = backend.allocate(ROWS, 2);
                Tensor v = backend.allocate(ROWS, 2);
                Tensor toU = backend.allocate(ROWS, 2);
                Tensor toV = backend.allocate(ROWS, 2);
                Tensor scores = backend.allocate(ROWS, ROWS);
                Tensor value = backend.allocate(1, 1)) {
            left.forward(x, u);
            right.forward(y, v);
            backend.product(u, false, v, true, 0, scores);
            backend.contrast(scores, 1, scores, value, null);
            backend.product(scores, false, v, false, 0, toU);
            backend.product(scores, true, u, false, 0, toV);
            left.backward(x, toU);
            right.backward(y, toV);
            // Gradients are those of the last call, not of all.
            left.backward(x, toU);
            right.backward(y, toV);

            List<double[]> ofLeft = copied(backend, left);
            List<double[]> ofRight = copied(backend, right);
            double[] seenX = values(backend, x);
            double[] seenY = values(backend, y);
            assertThat(values(backend, value)[0])
                    .isCloseTo(
                            contrast(embeddings(seenX, LEFT, ofLeft), embeddings(seenY, RIGHT, ofRight), 2),
                            within(1e-6));
            check(
                    backend,
                    left,
                    ofLeft,
                    () -> contrast(embeddings(seenX, LEFT, ofLeft), embeddings(seenY, RIGHT, ofRight), 2));
            check(
                    backend,
                    right,
                    ofRight,
                    () -> contrast(embeddings(seenX, LEFT, ofLeft), embeddings(seenY, RIGHT, ofRight), 2));
        }
    }

    private interface Value {
        double now();
    }

    private static void check(CpuBackend backend, Encoder encoder, List<double[]> copies, Value value) {
        double greatest = 0;
        for (int p = 0; p < copies.size(); p++) {
            double[] gradient = values(backend, encoder.parameters().get(p).gradient());
            double[] copy = copies.get(p);
            assertThat(gradient).hasSameSizeAs(copy);
            for (int i = 0; i < copy.length; i++) {
                double held = copy[i];
                copy[i] = held + 1e-5;
                double above = value.now();
                copy[i] = held - 1e-5;
                double difference = (above - value.now()) / 2e-5;
                copy[i] = held;
                // Float32 products of up to 7 terms of the order of 1.
                assertThat(gradient[i]).as("parameter %d, entry %d", p, i).isCloseTo(difference, within(2e-6));
                greatest = Math.max(greatest, Math.abs(difference));
            }
        }
        assertThat(greatest).as("a gradient that is not zero").isGreaterThan(0.05);
    }

    @Test
    void firstWeightsAreXavierNormalAndBiasesZero() {
        try (CpuBackend backend = new CpuBackend(1);
                Encoder encoder = new Encoder(backend, new int[] {60, 90, 30}, 4, new Philox(1, 1, 0, 0, 0))) {
            int[] fans = {150, 120};
            for (int layer = 0; layer < 2; layer++) {
                double square = 0;
                double[] weight =
                        values(backend, encoder.parameters().get(layer).value());
                for (double w : weight) {
                    square += w * w / weight.length;
                }
                // The mean square of n normals scatters by sqrt(2 / n), a twentieth at most; three times that.
                assertThat(square * fans[layer] / 2).isCloseTo(1, within(0.09));
                assertThat(values(backend, encoder.parameters().get(2 + layer).value()))
                        .containsOnly(0);
            }
        }
    }

    @Test
    void closingFreesEverything() {
        try (CpuBackend backend = new CpuBackend(1)) {
            long before = backend.allocatedBytes();
            Encoder encoder = new Encoder(backend, LEFT, ROWS, new Philox(1, 1, 0, 0, 0));
            assertThat(backend.allocatedBytes()).isGreaterThan(before);
            encoder.close();
            assertThat(backend.allocatedBytes()).isEqualTo(before);
        }
    }
}
