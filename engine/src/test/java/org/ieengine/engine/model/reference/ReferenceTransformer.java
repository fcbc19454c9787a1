package org.ieengine.engine.model.reference;

import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.LlamaConfig;
import org.ieengine.loaders.model.ModelWeights;

/**
 * A transformer in float64 and plain loops, one sequence at a time, nothing shared, nothing clever: the oracle for the models over
 * every backend. It agrees with {@code transformers} run in float64 to about 1e-12.
 */
public interface ReferenceTransformer {
    /** States of one sequence of token ids at positions 0 to T - 1. */
    ReferenceStates forward(int[] ids);

    /** The reference of a model. */
    static ReferenceTransformer of(ModelWeights weights) {
        return of(weights, RoundedProducts.EXACT);
    }

    /** The reference of a model with the operands of its matrix products rounded. */
    static ReferenceTransformer of(ModelWeights weights, RoundedProducts products) {
        if (weights.config() instanceof Gpt2Config config) {
            return new Gpt2Reference(config, weights, products);
        }
        if (weights.config() instanceof LlamaConfig config) {
            return new LlamaReference(config, weights, products);
        }
        return new GemmaReference((GemmaConfig) weights.config(), weights, products);
    }
}
