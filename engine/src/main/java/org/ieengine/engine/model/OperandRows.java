package org.ieengine.engine.model;

import org.ieengine.engine.tensor.Backend;

/**
 * What rows of operands take on a backend (see {@link org.ieengine.engine.tensor.MemoryOperations#allocateOperand}).
 *
 * @param elementBytes bytes of an element: 4, or 2 with rows at multiples of 16 bytes
 */
public record OperandRows(int elementBytes) {
    private static final int ROUNDED_UNIT = 16;

    /** Those of a backend. */
    public static OperandRows of(Backend backend) {
        return new OperandRows(backend.operandBytes());
    }

    /** Bytes from one row of so many columns to the next. */
    public long bytes(long columns) {
        long bytes = elementBytes * columns;
        return elementBytes == Float.BYTES ? bytes : (bytes + ROUNDED_UNIT - 1) / ROUNDED_UNIT * ROUNDED_UNIT;
    }
}
