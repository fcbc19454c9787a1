package org.ieengine.engine.model.reference;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelTensors;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Weights for any configuration in which nothing is trivial: matrices, biases and norm weights are all drawn. */
public final class RandomWeights implements ModelWeights {
    private final ModelConfig config;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    public RandomWeights(ModelConfig config) {
        this.config = config;
        ModelTensors.shapes(config).forEach((name, shape) -> tensors.put(name, tensor(name, shape)));
    }

    private static StoredTensor tensor(String name, long[] shape) {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        double scale = shape.length == 2 ? 1 / Math.sqrt(shape[1]) : 0.3;
        double mean = shape.length == 1 && name.endsWith("weight") ? 0.8 : 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + scale * random.nextGaussian());
        }
        return new ArrayTensor(name, values, shape);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public StoredTensor tensor(String name) {
        return tensors.get(name);
    }

    @Override
    public void close() {}
}
