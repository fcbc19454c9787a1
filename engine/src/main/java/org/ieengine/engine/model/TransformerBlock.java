package org.ieengine.engine.model;

import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;

/** One block with its weights on the device. Keeps the keys and values that the next batch may share. */
public interface TransformerBlock extends AutoCloseable {
    /**
     * Advances the residual stream of one batch in place, shape [R, d]. The batches of a sweep come in order; the first one has
     * nothing carried over. One block may see several sweeps, one after the other, with different T.
     */
    void forward(PrefixBatch batch, Tensor residualStream);

    @Override
    void close();
}
