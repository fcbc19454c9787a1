package org.ieengine.engine.benchmark;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelTensors;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * Weights of a GPT-2 that are there at once: matrices of a short random pattern with deviation 0.02, norms 1, biases 0. For the time that a
 * forward pass takes; what it gives means nothing.
 */
final class PatternWeights implements ModelWeights {
    /** Sets these draws apart from all others of the same seed: "ptrn" in ASCII. */
    private static final int PURPOSE = 0x7074726E;

    /** A prime, so that no two rows of a matrix are alike. */
    private static final int PERIOD = 65_521;

    private static final double DEVIATION = 0.02;
    private static final float EPSILON = 1e-5f;

    private final Gpt2Config config;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    /** A GPT-2 of that shape. */
    PatternWeights(ModelShape shape, int layers, int positions, long seed) {
        this.config = new Gpt2Config(
                layers,
                shape.width(),
                shape.vocabulary(),
                positions,
                true,
                OptionalInt.empty(),
                shape.attention().heads(),
                shape.innerWidth(),
                ActivationFunction.GELU_TANH,
                true,
                false,
                EPSILON);
        float[] pattern = new float[PERIOD];
        new Philox(seed, PURPOSE, 0, 0, 0).normals(0, DEVIATION, pattern);
        ModelTensors.shapes(config)
                .forEach((name, extents) -> tensors.put(
                        name, new PatternTensor(name, ElementType.F32, extents, values(name, extents, pattern))));
    }

    private static float[] values(String name, long[] extents, float[] pattern) {
        if (extents.length == 2) {
            return pattern;
        }
        return new float[] {name.endsWith(".weight") ? 1 : 0};
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
            throw new IllegalArgumentException("no tensor " + name + " in a GPT-2");
        }
        return tensor;
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
