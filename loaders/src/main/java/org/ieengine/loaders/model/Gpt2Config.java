package org.ieengine.loaders.model;

import java.util.OptionalInt;

/**
 * GPT-2 ({@code transformers} GPT2Config).
 *
 * @param heads attention heads; head_dim = width / heads
 * @param innerWidth width of the MLP ({@code n_inner}, 4 d when absent)
 * @param scaleAttention divide scores by sqrt(head_dim) ({@code scale_attn_weights})
 * @param scaleByInverseLayer divide scores by layer index + 1 ({@code scale_attn_by_inverse_layer_idx})
 * @param normEpsilon epsilon of every layer norm
 */
public record Gpt2Config(
        int layers,
        int width,
        int vocabulary,
        int maxPositions,
        boolean tiedHead,
        OptionalInt bosTokenId,
        int heads,
        int innerWidth,
        ActivationFunction activation,
        boolean scaleAttention,
        boolean scaleByInverseLayer,
        float normEpsilon)
        implements ModelConfig {
    @Override
    public String family() {
        return "gpt2";
    }
}
