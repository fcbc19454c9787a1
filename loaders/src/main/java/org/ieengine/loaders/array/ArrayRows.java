package org.ieengine.loaders.array;

/** A numeric array [N, d] in a file, read in rows on demand. Integers beyond 2^53 are refused, so float64 holds every value exactly. */
public interface ArrayRows extends AutoCloseable {
    /** The file, and the tensor in it where there are several, as the user named them. */
    String name();

    /** N, at least 0. */
    long rows();

    /** d, at least 0; an array [N] has 1. */
    int columns();

    /**
     * Reads rows {@code firstRow} to {@code firstRow + count}, row-major, into the start of {@code target}.
     *
     * @throws org.ieengine.loaders.InputException when a value cannot be represented, naming row and column
     */
    void read(long firstRow, int count, double[] target);

    @Override
    void close();
}
