package org.ieengine.engine.tensor;

/** Pairs of rows in the memory of one backend: pair i is (row x[i] of x, row y[i] of y). Rows of both are known beforehand. */
public interface PairList extends AutoCloseable {
    /** Most bytes that a list takes on any backend: both rows of a pair, and the pairs of each row of either side. */
    static long bytes(long capacity, long xRows, long yRows) {
        return Integer.BYTES * (4 * capacity + xRows + yRows + 2);
    }

    /** Pairs written last; 0 before. */
    int pairs();

    /** Most pairs that can be written. */
    int capacity();

    /** Frees the memory. */
    @Override
    void close();
}
