package org.ieengine.loaders.model;

import java.util.List;
import java.util.OptionalInt;

/**
 * Llama, OpenLlama and Mistral ({@code transformers} LlamaConfig, MistralConfig).
 *
 * @param family llama or mistral
 * @param headDim width of a head; not always width / heads
 * @param kvHeads key/value heads; query head q reads key/value head q / (heads / kvHeads)
 * @param innerWidth width of the gated MLP
 * @param attentionBias biases on q, k, v and o
 * @param mlpBias biases on gate, up and down
 * @param windows per block: key j is visible from i when 0 &lt;= i - j &lt; window; 0 for no window
 */
public record LlamaConfig(
        String family,
        int layers,
        int width,
        int vocabulary,
        int maxPositions,
        boolean tiedHead,
        OptionalInt bosTokenId,
        int heads,
        int kvHeads,
        int headDim,
        int innerWidth,
        ActivationFunction activation,
        boolean attentionBias,
        boolean mlpBias,
        float normEpsilon,
        Rope rope,
        List<Integer> windows)
        implements ModelConfig {}
