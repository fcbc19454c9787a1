package org.ieengine.loaders.model;

import java.util.OptionalInt;

/**
 * What {@code config.json} says of a model, by family, with the defaults of {@code transformers} filled in. Whatever would
 * change the numbers and is not represented here has been refused while reading.
 */
public sealed interface ModelConfig permits Gpt2Config, LlamaConfig, GemmaConfig {
    /** {@code model_type} as {@code transformers} names it: gpt2, llama, mistral, gemma, gemma2, gemma3_text. */
    String family();

    /** Number of transformer blocks L. */
    int layers();

    /** Width d of the residual stream. */
    int width();

    /** Number of token ids V. */
    int vocabulary();

    /** Longest sequence in tokens that the model is made for. */
    int maxPositions();

    /** Whether the output head is the transposed token embedding. */
    boolean tiedHead();

    /** Id of the beginning-of-sequence token, where the configuration names one. */
    OptionalInt bosTokenId();
}
