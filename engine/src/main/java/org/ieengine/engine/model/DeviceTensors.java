package org.ieengine.engine.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.ModelWeights;

/**
 * The owner of tensors that belong together on the device: the weights of a block under their names and the workspace that it
 * computes in. Freed together.
 */
final class DeviceTensors implements AutoCloseable {
    private final Backend backend;
    private final ModelWeights weights;
    private final String prefix;
    private final Map<String, Tensor> owned = new LinkedHashMap<>();

    /** @param prefix put before every name of a weight, e.g. {@code layers.3.} */
    DeviceTensors(Backend backend, ModelWeights weights, String prefix) {
        this.backend = backend;
        this.weights = weights;
        this.prefix = prefix;
    }

    /** The weight of that name, uploaded when it is asked for first. */
    Tensor weight(String name) {
        return owned.computeIfAbsent(prefix + name, full -> backend.load(weights.tensor(full)));
    }

    /** As {@link #weight}, for one that only products take: an operand. Where operands are of float32, they are the same tensor. */
    Tensor operandWeight(String name) {
        if (backend.operandBytes() == Float.BYTES) {
            return weight(name);
        }
        return owned.computeIfAbsent(
                "operand " + prefix + name, key -> backend.loadOperand(weights.tensor(prefix + name)));
    }

    /** The epilogue that adds the bias of that name, or none where the model has no such biases. */
    Epilogue bias(boolean present, String name) {
        return present ? Epilogue.NONE.withBias(weight(name)) : Epilogue.NONE;
    }

    /** A zero-filled matrix. */
    Tensor workspace(long rows, int columns) {
        Tensor tensor = backend.allocate(rows, columns);
        owned.put("workspace " + owned.size(), tensor);
        return tensor;
    }

    /** A zero-filled matrix for values that are made to be multiplied. */
    Tensor operandWorkspace(long rows, int columns) {
        Tensor tensor = backend.allocateOperand(rows, columns);
        owned.put("workspace " + owned.size(), tensor);
        return tensor;
    }

    /** What the recipe builds from these tensors; they are freed when it fails halfway. */
    <B> B orClose(Supplier<B> recipe) {
        boolean built = false;
        try {
            B result = recipe.get();
            built = true;
            return result;
        } finally {
            if (!built) {
                close();
            }
        }
    }

    /** Bytes in float32 of every weight whose name starts with the prefix. */
    static long bytes(ModelWeights weights, String prefix) {
        long elements = 0;
        for (String name : weights.names()) {
            if (name.startsWith(prefix)) {
                elements += weights.tensor(name).elements();
            }
        }
        return Float.BYTES * elements;
    }

    /** Bytes of the weights of a block, whose names start with the prefix: its matrices as operands, the rest in float32. */
    static long blockBytes(ModelWeights weights, String prefix, OperandRows operands) {
        long bytes = 0;
        for (String name : weights.names()) {
            if (name.startsWith(prefix)) {
                long[] shape = weights.tensor(name).shape();
                bytes += shape.length == 2
                        ? shape[0] * operands.bytes(shape[1])
                        : Float.BYTES * weights.tensor(name).elements();
            }
        }
        return bytes;
    }

    static Activation activation(ActivationFunction function) {
        return Activation.valueOf(function.name());
    }

    @Override
    public void close() {
        owned.values().forEach(Tensor::close);
        owned.clear();
    }
}
