package org.ieengine.engine.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelTensors;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * The untrained twin of a model: random weights of the same configuration, as {@code transformers} draws them for a fresh one
 * ({@code _init_weights} of each family). Matrices and embeddings are normal with deviation 0.02, the {@code initializer_range} of
 * every family unless a configuration says otherwise, which is not read here; GPT-2's projections into the residual stream have
 * 0.02 / sqrt(2 L); biases are 0; norm weights are 1, but 0 for Gemma, which adds one.
 *
 * <p>Elements are computed when they are read, from the seed, the tensor's place in the model and the element's index: nothing is
 * held, and the same seed gives the same weights in any order of reading.
 */
public final class UntrainedWeights implements ModelWeights {
    private static final double DEVIATION = 0.02;

    private final ModelConfig config;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    /** @param seed the run's seed */
    public UntrainedWeights(ModelConfig config, long seed) {
        this.config = config;
        ModelTensors.shapes(config)
                .forEach((name, shape) -> tensors.put(
                        name,
                        new DrawnTensor(name, shape, distribution(name, shape), new Stream(seed, tensors.size()))));
    }

    /** Normal with that mean and deviation. */
    record Distribution(double mean, double deviation) {}

    /** Which of the generator's streams a tensor is drawn from. */
    record Stream(long seed, int tensor) {}

    private Distribution distribution(String name, long[] shape) {
        if (shape.length == 2) {
            boolean intoStream = config instanceof Gpt2Config && name.endsWith("c_proj.weight");
            return new Distribution(0, intoStream ? DEVIATION / Math.sqrt(2.0 * config.layers()) : DEVIATION);
        }
        boolean norm = name.endsWith(".weight") && !(config instanceof GemmaConfig);
        return new Distribution(norm ? 1 : 0, 0);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    @Override
    public StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InputException(
                    "untrained twin", "tensor " + name, "not among the tensors of a " + config.family() + " model");
        }
        return tensor;
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
