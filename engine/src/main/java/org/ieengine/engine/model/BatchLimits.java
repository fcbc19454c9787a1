package org.ieengine.engine.model;

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
}
