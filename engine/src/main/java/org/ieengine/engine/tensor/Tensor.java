package org.ieengine.engine.tensor;

/**
 * A float32 matrix [rows, columns], row-major, in the memory of one backend. A vector is a matrix of one row. Views share the
 * memory of the tensor they were cut from; only the tensor that was allocated owns it.
 */
public interface Tensor extends AutoCloseable {
    /** Number of rows; may exceed 2^31 / columns. */
    long rows();

    /** Number of columns. */
    int columns();

    /** View of rows {@code from} to {@code to} (exclusive), shape [to - from, columns]. */
    Tensor rowRange(long from, long to);

    /** View of columns {@code from} to {@code to} (exclusive), shape [rows, to - from]; rows keep their stride. */
    Tensor columnRange(int from, int to);

    /** Frees the memory of an allocated tensor; does nothing on a view. */
    @Override
    void close();
}
