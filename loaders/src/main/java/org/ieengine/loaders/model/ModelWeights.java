package org.ieengine.loaders.model;

import java.util.Set;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * Configuration and named tensors of one model: what a transformer is built from. A model directory is one; a set of random
 * weights of the same shapes (an untrained twin) is another. Names are those of {@code transformers} without the prefix of the
 * base model ({@code transformer.} or {@code model.}): {@code wte.weight}, {@code layers.0.mlp.up_proj.weight},
 * {@code lm_head.weight}.
 */
public interface ModelWeights extends AutoCloseable {
    /** The configuration. */
    ModelConfig config();

    /** Names of the tensors that the forward pass reads. */
    Set<String> names();

    /**
     * The tensor of that name.
     *
     * @throws org.ieengine.loaders.InputException when there is none, naming the file that should hold it
     */
    StoredTensor tensor(String name);

    @Override
    void close();
}
