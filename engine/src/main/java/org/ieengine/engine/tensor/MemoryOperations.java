package org.ieengine.engine.tensor;

import java.util.List;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Memory of a backend: allocation, transfers, copies within it. */
public interface MemoryOperations {
    /**
     * A zero-filled matrix [rows, columns].
     *
     * @throws MemoryExhaustedException when the backend has no room for it
     */
    Tensor allocate(long rows, int columns);

    /**
     * As {@link #allocate}, for values that are made to be multiplied: a backend whose products round their operands may keep them so
     * rounded, in {@link #operandBytes()} bytes an element. What takes such a matrix says so; transfers and copies do, rounding on the
     * way in.
     */
    Tensor allocateOperand(long rows, int columns);

    /** Bytes of an element of an operand: 4, or 2 where operands are kept rounded. */
    int operandBytes();

    /** Bytes of an operand [rows, columns], room behind its rows included. */
    long operandBytes(long rows, int columns);

    /** Copies the values to the backend. */
    Indices indices(int[] values);

    /**
     * Reads a stored tensor into a new matrix, widening to float32: [r, c] as it is, [n] as [1, n].
     *
     * @throws IllegalArgumentException for more than two dimensions
     */
    Tensor load(StoredTensor source);

    /** As {@link #load}, into an operand, see {@link #allocateOperand}. */
    Tensor loadOperand(StoredTensor source);

    /**
     * Writes whole rows, {@code values.length / columns} of them, from row {@code firstRow} on; the array may be changed on
     * return.
     */
    void write(float[] values, Tensor target, long firstRow);

    /** Overwrites all values of the indices; the array may be changed on return. */
    void write(int[] values, Indices target);

    /** Reads {@code rows} rows from {@code firstRow} on into the start of {@code values}. */
    void read(Tensor source, long firstRow, int rows, float[] values);

    /** Sets every element. */
    void fill(Tensor target, float value);

    /** Copies [rows, columns] onto the same shape. */
    void copy(Tensor source, Tensor target);

    /** target[i] = source[rows[i]], shape [rows.length, columns]. */
    void gatherRows(Tensor source, Indices rows, Tensor target);

    /** Waits until everything asked for so far has happened. */
    void synchronise();

    /**
     * Takes down the operations that {@code operations} asks for, without doing them. They may not allocate, free, write, read or
     * synchronise; pairings keep the number of pairs that they have now.
     */
    default Recording record(Runnable operations) {
        return record(List.of(operations));
    }

    /**
     * As {@link #record(Runnable)}, several series that may run side by side: none of them writes what another reads or writes. Each
     * computes what it would compute alone.
     */
    Recording record(List<Runnable> series);

    /**
     * Says how many bytes will be held at most, so that a device can take them at once.
     *
     * @throws MemoryExhaustedException when the backend has no room for them
     */
    void reserve(long bytes);

    /** Bytes that could still be had. */
    long freeBytes();
}
