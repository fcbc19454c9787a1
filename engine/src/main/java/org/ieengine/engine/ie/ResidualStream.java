package org.ieengine.engine.ie;

import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.ResidualBatch;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.TransformerBlock;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.InputException;

/**
 * The residual stream of every distinct prefix of some sequences, [P, d], in the memory of the backend; advanced in place, block
 * after block, in micro-batches.
 */
final class ResidualStream implements AutoCloseable {
    /** Told after each micro-batch; may throw to stop the sweep. */
    interface BatchListener {
        /**
         * @param rows rows of the stream that the batch had
         */
        void advanced(int rows);
    }

    private final PrefixTree tree;
    private final Backend backend;
    private final int batchRows;
    private final String weights;
    private final Tensor states;

    /**
     * Allocates the stream.
     *
     * @param batchRows most rows of a micro-batch, at least T
     * @param weights the model directory as the user named it, for messages
     */
    ResidualStream(PrefixTree tree, Transformer model, Backend backend, int batchRows, String weights) {
        this.tree = tree;
        this.backend = backend;
        this.batchRows = Math.max(batchRows, tree.tokens().tokens());
        this.weights = weights;
        this.states = backend.allocate(tree.rows(), model.config().width());
    }

    /** The prefixes whose states these are. */
    PrefixTree tree() {
        return tree;
    }

    /** Most rows of a micro-batch. */
    int batchRows() {
        return batchRows;
    }

    /** Writes what enters block 0. */
    void embed(Transformer model, BatchListener listener) {
        for (ResidualBatch batch : tree.batches(batchRows, backend)) {
            try (batch) {
                Tensor rows = batch.rowsOf(states);
                model.embed(batch.prefixes(), rows);
                listener.advanced(batch.prefixes().rows());
            }
        }
        requireFinite("embedding");
    }

    /** Advances every state through one open block; a device may still be at work on it on return. */
    void advance(TransformerBlock block, BatchListener listener) {
        for (ResidualBatch batch : tree.batches(batchRows, backend)) {
            try (batch) {
                Tensor rows = batch.rowsOf(states);
                block.forward(batch.prefixes(), rows);
                listener.advanced(batch.prefixes().rows());
            }
        }
    }

    /** A new tensor with the states of those rows, [rows.length, d]; the caller's to close. */
    Tensor gather(int[] rows) {
        Tensor target = backend.allocate(rows.length, states.columns());
        try (Indices indices = backend.indices(rows)) {
            backend.gatherRows(states, indices, target);
        }
        return target;
    }

    /** A new tensor with all states, [P, d]; the caller's to close. */
    Tensor copy() {
        Tensor target = backend.allocate(states.rows(), states.columns());
        backend.copy(states, target);
        return target;
    }

    /**
     * Waits for the states, once for all of them.
     *
     * @param place what gave them, as it is to be named: {@code block 3}
     * @throws InputException for a state that is not finite, naming place, position and sequence
     */
    void requireFinite(String place) {
        long bad = backend.firstNonFiniteRow(states);
        if (bad < 0) {
            return;
        }
        int row = Math.toIntExact(bad);
        int sequence = tree.inputSequence(row);
        int position = tree.position(row);
        StringBuilder ids = new StringBuilder();
        for (int i = 0; i <= position; i++) {
            ids.append(i == 0 ? "" : " ").append(tree.tokens().id(sequence, i));
        }
        String whose = tree.tokens().tokens() == 1
                ? "the token fed alone (id " + ids + ")"
                : "position " + position + " of sequence " + (sequence + 1) + " (token ids " + ids + ")";
        throw new InputException(
                weights,
                place,
                "the state of " + whose + " is not finite; check the weights of the " + place
                        + " (NaN, infinity, or magnitudes that overflow float32)");
    }

    @Override
    public void close() {
        states.close();
    }
}
