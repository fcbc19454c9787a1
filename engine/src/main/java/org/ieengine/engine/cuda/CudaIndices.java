package org.ieengine.engine.cuda;

import java.util.Arrays;
import org.ieengine.engine.tensor.Indices;

/** 32-bit integers in device memory. */
final class CudaIndices implements Indices {
    private final CudaTensor.Allocation allocation;
    private final long address;
    private final int length;
    private int least;
    private int greatest = -1;

    CudaIndices(CudaTensor.Allocation allocation, long address, int length) {
        this.allocation = allocation;
        this.address = address;
        this.length = length;
    }

    /**
     * The indices as those of this backend.
     *
     * @throws IllegalArgumentException for null or indices of another backend
     * @throws IllegalStateException when they have been closed
     */
    static CudaIndices open(Indices indices) {
        if (!(indices instanceof CudaIndices)) {
            throw new IllegalArgumentException(
                    indices == null ? "indices are missing" : "the indices belong to another backend");
        }
        CudaIndices open = (CudaIndices) indices;
        if (open.allocation.released()) {
            throw new IllegalStateException("the indices were used after they had been closed");
        }
        return open;
    }

    /** Where the first lies. */
    long address() {
        return address;
    }

    /** Takes note of the values that were written here. */
    void holds(int[] values) {
        least = Arrays.stream(values).min().orElse(0);
        greatest = Arrays.stream(values).max().orElse(-1);
    }

    /**
     * Checks that every index names a row of the table. Seen by the host: values that are written after an operation was recorded
     * are the recorder's to check.
     */
    void requireRowsOf(String operation, CudaTensor table) {
        if (least < 0 || greatest >= table.rows()) {
            throw new IllegalArgumentException(
                    operation + ": index " + (least < 0 ? least : greatest) + " is no row of a table " + table);
        }
    }

    /** As {@link #requireRowsOf}, of columns. */
    void requireColumnsOf(String operation, CudaTensor matrix) {
        if (least < 0 || greatest >= matrix.columns()) {
            throw new IllegalArgumentException(
                    operation + ": index " + (least < 0 ? least : greatest) + " is no column of a matrix " + matrix);
        }
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void close() {
        if (allocation.released()) {
            throw new IllegalStateException("the indices were closed twice");
        }
        allocation.release();
    }
}
