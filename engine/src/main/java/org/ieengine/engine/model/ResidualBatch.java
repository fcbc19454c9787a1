package org.ieengine.engine.model;

import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;

/**
 * A micro-batch and where its rows lie in the residual stream of the whole sweep.
 *
 * @param firstRow row of the residual stream [P, d] that is row 0 of the batch
 * @param prefixes the batch
 */
public record ResidualBatch(int firstRow, PrefixBatch prefixes) implements AutoCloseable {
    /** The batch's rows of the residual stream [P, d]: a view, shape [R, d]. */
    public Tensor rowsOf(Tensor residualStream) {
        return residualStream.rowRange(firstRow, (long) firstRow + prefixes.rows());
    }

    @Override
    public void close() {
        prefixes.close();
    }
}
