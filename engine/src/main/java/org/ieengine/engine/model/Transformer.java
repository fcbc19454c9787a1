package org.ieengine.engine.model;

import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.ModelConfig;

/**
 * A decoder-only transformer, one block at a time. Weights are uploaded when a block is opened and freed when it is closed, so
 * that only the block at work is resident, and the next where it is opened early. What a block computes for its products to take,
 * and the weights of these, are operands.
 */
public interface Transformer extends AutoCloseable {
    /** The configuration it was built from. */
    ModelConfig config();

    /**
     * Writes what enters block 0: token embedding, scaled and with positions where the family has them. Shape [R, d]. The table
     * stays on the device until a block is opened.
     */
    void embed(PrefixBatch batch, Tensor residualStream);

    /**
     * Uploads block {@code layer}.
     *
     * @param maxRows most rows of a batch that it will see
     * @param tokens greatest T of those batches
     */
    TransformerBlock openBlock(int layer, int maxRows, int tokens);

    /** The final norm, [M, d] to [M, d]; {@code out} may be an operand. */
    void finalNorm(Tensor residualStream, Tensor out);

    /** Output head with its soft cap, from normed states [M, d], operands or not, to [M, V]. It stays on the device until a block is opened. */
    void logits(Tensor normed, Tensor out);

    /** Frees embedding and head as far as they are on the device: for when a block is opened already. */
    void releaseEnds();

    /** Bytes on the device while a block is open: its weights and its workspace for {@code maxRows} rows of T tokens. */
    long blockBytes(int layer, int maxRows, int tokens);

    /** Bytes on the device while sequences are embedded, or while logits are computed from a tied head. */
    long embeddingBytes();

    @Override
    void close();
}
