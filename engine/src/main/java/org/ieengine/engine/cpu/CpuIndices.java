package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Indices;

/** Integers in a Java array. */
final class CpuIndices implements Indices {
    private int[] values;

    CpuIndices(int[] values) {
        this.values = values.clone();
    }

    /**
     * The values themselves, not to be changed.
     *
     * @throws IllegalArgumentException for null or indices of another backend
     * @throws IllegalStateException when they have been closed
     */
    static int[] open(Indices indices) {
        if (!(indices instanceof CpuIndices)) {
            throw new IllegalArgumentException(
                    indices == null ? "indices are missing" : "the indices belong to another backend");
        }
        return ((CpuIndices) indices).values();
    }

    /** Overwrites all values. */
    static void write(int[] values, Indices target) {
        int[] held = open(target);
        if (values.length != held.length) {
            throw new IllegalArgumentException("write: " + values.length + " values for " + held.length + " indices");
        }
        System.arraycopy(values, 0, held, 0, values.length);
    }

    private int[] values() {
        if (values == null) {
            throw new IllegalStateException("the indices were used after they had been closed");
        }
        return values;
    }

    @Override
    public int length() {
        return values().length;
    }

    @Override
    public void close() {
        if (values == null) {
            throw new IllegalStateException("the indices were closed twice");
        }
        values = null;
    }
}
