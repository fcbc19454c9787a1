package org.ieengine.engine.model;

import java.util.Arrays;

/**
 * What the batches of a sweep may be at most.
 *
 * @param maxRows most rows of a batch
 * @param tokens T
 */
record BatchLimits(int maxRows, int tokens) {
    BatchLimits {
        if (maxRows < 1 || tokens < 1) {
            throw new IllegalArgumentException("batches of " + maxRows + " rows of " + tokens + " tokens");
        }
    }

    /** Bytes of float32 workspace that has so many columns in all for each row. */
    long bytesOfRows(long columns) {
        return Float.BYTES * (long) maxRows * columns;
    }

    /** Bytes of workspace of operands, one as wide as each of these. */
    long bytesOfRows(OperandRows operands, int... columns) {
        return maxRows * Arrays.stream(columns).mapToLong(operands::bytes).sum();
    }
}
