package org.ieengine.engine.tensor;

/** What a transformer block does besides matrix products. M rows, each one distinct prefix. */
public interface TransformerOperations {
    /** out[i] = scale * table[tokenIds[i]], shapes [V, d] and [M, d]. */
    void embed(Tensor table, Indices tokenIds, float scale, Tensor out);

    /** x[i] += table[positions[i]], shapes [M, d] and [positions, d]. */
    void addRows(Tensor table, Indices positions, Tensor x);

    /** Layer norm over the columns: (x - mean) / sqrt(variance + epsilon) * weight + bias; biased variance. */
    void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor out);

    /**
     * RMS norm over groups of columns as wide as the weight: x / sqrt(mean(x^2) + epsilon) * (weightOffset + weight).
     *
     * @param weight [1, g]; the columns of x are a multiple of g (g = d for a block's norm, g = head_dim for query/key norms)
     * @param weightOffset 0, or 1 for Gemma
     * @param out may be x itself
     */
    void rmsNorm(Tensor x, Tensor weight, float weightOffset, float epsilon, Tensor out);

    /**
     * Rotary embedding in place, halves rotated: for head_dim h and i &lt; h/2,
     * (x[i], x[i + h/2]) becomes (x[i] cos - x[i + h/2] sin, x[i + h/2] cos + x[i] sin).
     *
     * @param x [M, heads * h]
     * @param cosines [positions, h/2]
     * @param sines [positions, h/2]
     */
    void rotate(Tensor x, int headDim, Tensor cosines, Tensor sines, Indices positions);

    /**
     * Causal attention of every row of the batch over its own path; never materialises T x T scores.
     *
     * @param queries [R, heads * head_dim]
     * @param keys [T + R, kvHeads * head_dim], carried rows first
     * @param values as keys
     * @param out [R, heads * head_dim]
     */
    void attention(Tensor queries, Tensor keys, Tensor values, PrefixBatch batch, AttentionShape shape, Tensor out);

    /** out = activation(x); may be in place. */
    void activate(Tensor x, Activation activation, Tensor out);

    /** out = activation(gate) * up, element by element; out may be either. */
    void gate(Tensor gate, Activation activation, Tensor up, Tensor out);

    /** into += x. */
    void add(Tensor x, Tensor into);

    /** x = cap tanh(x / cap). */
    void softCap(Tensor x, float cap);

    /**
     * What logits say of given next tokens: out[i] = (-ln softmax(logits[rows[i]])[targets[i]] in nats, 1 where that token is the
     * first guess and 0 otherwise). The first guess has the greatest logit, of several as great the lowest id. Greatest logits are
     * subtracted first, sums are float64 in a fixed order; a row with a NaN gives NaN.
     *
     * @param logits [R, V]
     * @param rows [M] row of the logits; equal rows are cheapest side by side
     * @param targets [M] token ids below V
     * @param out [M, 2]
     */
    void nextToken(Tensor logits, Indices rows, Indices targets, Tensor out);

    /** First row that holds a NaN or an infinity; -1 when there is none. */
    long firstNonFiniteRow(Tensor x);

    /**
     * A 64-bit hash of the bits of each row (negative zero counts as zero), to find rows that coincide.
     *
     * @return [rows]
     */
    long[] rowHashes(Tensor x);
}
