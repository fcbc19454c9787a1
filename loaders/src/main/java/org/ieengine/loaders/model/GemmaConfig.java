package org.ieengine.loaders.model;

import java.util.List;
import java.util.OptionalInt;

/**
 * Gemma 1, 2 and 3 text ({@code transformers} GemmaConfig, Gemma2Config, Gemma3TextConfig).
 *
 * @param family gemma, gemma2 or gemma3_text: decides norms per block and query/key norms
 * @param headDim width of a head
 * @param kvHeads key/value heads
 * @param innerWidth width of the gated MLP
 * @param attentionBias biases on q, k, v and o
 * @param attentionScale factor on the scores: head_dim^-0.5, or query_pre_attn_scalar^-0.5
 * @param scoreCap soft cap on attention scores; 0 for none
 * @param logitCap soft cap on the final logits; 0 for none
 * @param rope per block: global and local blocks may rotate differently
 * @param windows per block: key j is visible from i when 0 &lt;= i - j &lt; window; 0 for no window
 */
public record GemmaConfig(
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
        double attentionScale,
        double scoreCap,
        double logitCap,
        float normEpsilon,
        List<Rope> rope,
        List<Integer> windows)
        implements ModelConfig {}
