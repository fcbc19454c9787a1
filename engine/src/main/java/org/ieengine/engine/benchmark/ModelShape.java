package org.ieengine.engine.benchmark;

import org.ieengine.engine.tensor.AttentionShape;

/**
 * Extents of a model's blocks.
 *
 * @param name of the model
 * @param gated whether it has the gated MLP, the rotary positions and the [out, in] weights of Llama and Gemma rather than GPT-2's
 * @param width d
 * @param attention heads and their width
 * @param innerWidth of the MLP
 * @param vocabulary V
 */
public record ModelShape(
        String name, boolean gated, int width, AttentionShape attention, int innerWidth, int vocabulary) {
    static ModelShape gpt2(String name, int width, int heads, int vocabulary) {
        return new ModelShape(name, false, width, attention(heads, heads, width / heads), 4 * width, vocabulary);
    }

    static AttentionShape attention(int heads, int kvHeads, int headDim) {
        return new AttentionShape(heads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)), 0, 0);
    }

    /** Columns of all query heads. */
    int queryWidth() {
        return attention.heads() * attention.headDim();
    }

    /** Columns of all key heads. */
    int keyWidth() {
        return attention.kvHeads() * attention.headDim();
    }
}
