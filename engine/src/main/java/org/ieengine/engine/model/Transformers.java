package org.ieengine.engine.model;

import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.LlamaConfig;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelWeights;

/** Chooses the transformer for a configuration. */
public final class Transformers {
    private Transformers() {}

    /**
     * The transformer of these weights on that backend. Neither is closed with it.
     *
     * @param weights read when a block is opened
     */
    public static Transformer open(ModelWeights weights, Backend backend) {
        ModelConfig config = weights.config();
        if (config instanceof Gpt2Config gpt2) {
            return new Gpt2(gpt2, weights, backend);
        }
        if (config instanceof LlamaConfig llama) {
            return new Llama(llama, weights, backend);
        }
        if (config instanceof GemmaConfig gemma) {
            return new Gemma(gemma, weights, backend);
        }
        throw new IllegalStateException("no transformer for " + config.family());
    }
}
