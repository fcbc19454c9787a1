package org.ieengine.engine.model;

import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;

/**
 * Keys and values that a block attends to, [T + R, columns]: T rows carried over from the batch before, then the R rows of the
 * batch at work (see {@link PrefixBatch}). T is that of the batch at work, at most what the memory was made for.
 */
final class KeyValueMemory {
    private final Backend backend;
    private final int maxRows;
    private final int tokens;
    private final Tensor memory; // [T + maxRows, columns]
    private final Tensor carry; // [T, columns]

    KeyValueMemory(Backend backend, DeviceTensors tensors, BatchLimits limits, int columns) {
        this.backend = backend;
        this.maxRows = limits.maxRows();
        this.tokens = limits.tokens();
        this.memory = tensors.operandWorkspace((long) tokens + maxRows, columns);
        this.carry = tensors.operandWorkspace(tokens, columns);
    }

    static long bytes(BatchLimits limits, OperandRows operands, int columns) {
        return (2L * limits.tokens() + limits.maxRows()) * operands.bytes(columns);
    }

    /** Where the batch puts its own keys and values: [R, columns]. */
    Tensor own(PrefixBatch batch) {
        if (batch.tokens() > tokens || batch.rows() > maxRows) {
            throw new IllegalArgumentException("a batch of " + batch.rows() + " rows of " + batch.tokens()
                    + "-token sequences in a block opened for " + maxRows + " rows of " + tokens);
        }
        return memory.rowRange(batch.tokens(), (long) batch.tokens() + batch.rows());
    }

    /** All that the batch can see, carried rows first: [T + R, columns]. */
    Tensor visible(PrefixBatch batch) {
        return memory.rowRange(0, (long) batch.tokens() + batch.rows());
    }

    /** Keeps the path of the last sequence for the next batch. By way of a copy: the rows may overlap with those they replace. */
    void carryOver(PrefixBatch batch) {
        Tensor path = carry.rowRange(0, batch.tokens());
        backend.gatherRows(visible(batch), batch.lastPath(), path);
        backend.copy(path, memory.rowRange(0, batch.tokens()));
    }
}
