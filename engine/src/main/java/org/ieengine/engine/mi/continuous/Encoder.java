package org.ieengine.engine.mi.continuous;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.mi.Owned;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * One side of a separable critic: a fully connected network from what is seen of x (or y) to an embedding, LeakyReLU between its
 * layers and none after the last.
 */
final class Encoder implements AutoCloseable {
    private final Backend backend;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final List<Parameter> weights = new ArrayList<>();
    private final List<Parameter> biases = new ArrayList<>();
    private final List<Tensor> activations = new ArrayList<>();
    private final List<Tensor> gradients = new ArrayList<>();

    /**
     * Xavier-normal weights, zero biases.
     *
     * @param widths of the input and of each layer
     * @param rows most rows of a batch
     */
    Encoder(Backend backend, int[] widths, int rows, Philox stream) {
        this.backend = backend;
        try {
            long next = 0;
            for (int layer = 1; layer < widths.length; layer++) {
                Parameter weight = weight(widths[layer], widths[layer - 1]);
                float[] values = new float[widths[layer] * widths[layer - 1]];
                stream.normals(next, Math.sqrt(2d / (widths[layer] + widths[layer - 1])), values);
                next += values.length + (values.length & 1);
                backend.write(values, weight.value(), 0);
                weight.round(backend);
                weights.add(weight);
                biases.add(bias(widths[layer]));
                if (layer < widths.length - 1) {
                    activations.add(own(backend.allocateOperand(rows, widths[layer])));
                    gradients.add(own(backend.allocateOperand(rows, widths[layer])));
                }
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Parameter weight(int rows, int columns) {
        Tensor value = own(backend.allocate(rows, columns));
        boolean rounded = backend.operandBytes() < Float.BYTES;
        return parameter(value, rounded ? own(backend.allocateOperand(rows, columns)) : value);
    }

    private Parameter bias(int columns) {
        Tensor value = own(backend.allocate(1, columns));
        return parameter(value, value);
    }

    private Parameter parameter(Tensor value, Tensor operand) {
        Tensor gradient = own(backend.allocate(value.rows(), value.columns()));
        Tensor mean = own(backend.allocate(value.rows(), value.columns()));
        Tensor meanSquare = own(backend.allocate(value.rows(), value.columns()));
        return new Parameter(value, gradient, mean, meanSquare, operand);
    }

    private Tensor own(Tensor tensor) {
        owned.add(tensor);
        return tensor;
    }

    /** Makes every embedding 0 until training moves the last layer. */
    void startAtZero() {
        Parameter last = weights.get(weights.size() - 1);
        backend.fill(last.value(), 0);
        last.round(backend);
    }

    /** Weights and biases, layer by layer. */
    List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>(weights);
        all.addAll(biases);
        return all;
    }

    /** Embeddings [rows, last width] of what is seen [rows, first width]; keeps what the backward half needs. */
    void forward(Tensor seen, Tensor embeddings) {
        Tensor in = seen;
        for (int layer = 0; layer < weights.size(); layer++) {
            boolean last = layer == weights.size() - 1;
            Tensor out = last ? embeddings : activations.get(layer).rowRange(0, seen.rows());
            Epilogue epilogue =
                    new Epilogue(biases.get(layer).value(), last ? Activation.IDENTITY : Activation.LEAKY_RELU, false);
            backend.linear(in, weights.get(layer).operand(), Layout.OUT_IN, epilogue, out);
            in = out;
        }
    }

    /** Gradients of all parameters from those of the embeddings that {@link #forward} gave last. */
    void backward(Tensor seen, Tensor embeddingGradients) {
        Tensor gradient = embeddingGradients;
        for (int layer = weights.size() - 1; layer >= 0; layer--) {
            Tensor in = layer == 0 ? seen : activations.get(layer - 1).rowRange(0, seen.rows());
            backend.weightGradients(
                    gradient,
                    in,
                    0,
                    weights.get(layer).gradient(),
                    biases.get(layer).gradient());
            if (layer > 0) {
                Tensor before = gradients.get(layer - 1).rowRange(0, seen.rows());
                backend.inputGradient(gradient, weights.get(layer).operand(), in, before);
                gradient = before;
            }
        }
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
