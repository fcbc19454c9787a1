package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;

/**
 * The layers of a critic behind the first, forward and backward, with memory for the activations of a bounded number of pairs. Narrow
 * last layers that the backend takes as one keep nothing between forward and backward.
 */
final class HiddenLayers implements AutoCloseable {
    private final Backend backend;
    private final Critic critic;
    private final int tailFrom;
    private final List<Parameter> tailWeights = new ArrayList<>();
    private final List<Parameter> tailBiases = new ArrayList<>();
    private final List<Tensor> activations = new ArrayList<>();
    private final List<Tensor> gradients = new ArrayList<>();

    /**
     * Allocates what the forward half needs.
     *
     * @param capacity most pairs at a time
     */
    HiddenLayers(Backend backend, Critic critic, int capacity) {
        this.backend = backend;
        this.critic = critic;
        this.tailFrom = backend.fusedTailFrom(critic.widths());
        for (int layer = tailFrom; layer < critic.layers(); layer++) {
            tailWeights.add(critic.weight(layer));
            tailBiases.add(critic.bias(layer));
        }
        try {
            for (int layer = 0; layer < kept(backend, critic.widths()); layer++) {
                activations.add(backend.allocateOperand(capacity, critic.width(layer)));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Layers whose outputs are kept for the backward half: all but the last before the fused tail, or before the score. */
    private static int kept(Backend backend, List<Integer> widths) {
        return Math.min(backend.fusedTailFrom(widths), widths.size() - 1);
    }

    /** Bytes of the activations of a pair and their gradients. */
    static int bytesPerPair(Backend backend, List<Integer> widths) {
        long hidden = 0;
        for (int layer = 0; layer < kept(backend, widths); layer++) {
            hidden += backend.operandBytes(1, widths.get(layer));
        }
        return Math.toIntExact(2 * hidden);
    }

    /** Allocates what the backward half needs besides, once. */
    void prepareBackward() {
        if (gradients.isEmpty()) {
            for (Tensor activation : activations) {
                gradients.add(backend.allocateOperand(activation.rows(), activation.columns()));
            }
        }
    }

    /** Whether the product of layer 1 is one of its own, with activations behind it. */
    boolean secondIsKept() {
        return tailFrom > 1 && critic.layers() > 2;
    }

    /** The outputs of a layer for the first n pairs, [n, width of the layer]; those of layer 0 are written from outside. */
    Tensor outputs(int layer, int n) {
        return activations.get(layer).rowRange(0, n);
    }

    /** From the outputs of the layer before {@code first} to the scores of n pairs. */
    void forward(int first, int n, Tensor scores) {
        int last = critic.layers() - 1;
        for (int layer = first; layer < tailFrom; layer++) {
            Epilogue epilogue = new Epilogue(
                    critic.bias(layer).value(), layer == last ? Activation.IDENTITY : Activation.LEAKY_RELU, false);
            Tensor out = layer == last ? scores : outputs(layer, n);
            backend.linear(outputs(layer - 1, n), critic.weight(layer).operand(), Layout.OUT_IN, epilogue, out);
        }
        if (tailFrom <= last) {
            backend.tailForward(outputs(tailFrom - 1, n), tailWeights, tailBiases, scores);
        }
    }

    /**
     * The gradient of what layer 0 was before LeakyReLU, [n, width 0]; those of weights and biases become beta times what they held
     * plus the sum over the pairs.
     */
    Tensor backward(int n, Tensor scoreGradients, float beta) {
        Tensor gradient = scoreGradients;
        if (tailFrom < critic.layers()) {
            gradient = gradients.get(tailFrom - 1).rowRange(0, n);
            backend.tailBackward(outputs(tailFrom - 1, n), tailWeights, tailBiases, scoreGradients, beta, gradient);
        }
        for (int layer = tailFrom - 1; layer >= 1; layer--) {
            Parameter weight = critic.weight(layer);
            Tensor in = outputs(layer - 1, n);
            backend.weightGradients(
                    gradient, in, beta, weight.gradient(), critic.bias(layer).gradient());
            Tensor before = gradients.get(layer - 1).rowRange(0, n);
            backend.inputGradient(gradient, weight.operand(), in, before);
            gradient = before;
        }
        return gradient;
    }

    @Override
    public void close() {
        activations.forEach(Tensor::close);
        gradients.forEach(Tensor::close);
        activations.clear();
        gradients.clear();
    }
}
