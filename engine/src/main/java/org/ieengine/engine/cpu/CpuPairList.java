package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.PairList;

/** Pairs of rows in Java arrays. */
final class CpuPairList implements PairList {
    private final int capacity;
    private final int xRows;
    private final int yRows;
    private int[] x = new int[0];
    private int[] y = new int[0];

    CpuPairList(int capacity, int xRows, int yRows) {
        if (capacity < 0 || xRows < 0 || yRows < 0) {
            throw new IllegalArgumentException(
                    "pairList: " + capacity + " pairs of " + xRows + " and " + yRows + " rows");
        }
        this.capacity = capacity;
        this.xRows = xRows;
        this.yRows = yRows;
    }

    /**
     * The list as one of this backend.
     *
     * @throws IllegalArgumentException for null or a list of another backend
     * @throws IllegalStateException when it has been closed
     */
    static CpuPairList open(PairList list) {
        if (!(list instanceof CpuPairList)) {
            throw new IllegalArgumentException(
                    list == null ? "a list of pairs is missing" : "the list of pairs belongs to another backend");
        }
        CpuPairList open = (CpuPairList) list;
        open.requireOpen();
        return open;
    }

    private void requireOpen() {
        if (x == null) {
            throw new IllegalStateException("the list of pairs was used after it had been closed");
        }
    }

    void write(int[] xOfPair, int[] yOfPair) {
        if (xOfPair.length != yOfPair.length || xOfPair.length > capacity) {
            throw new IllegalArgumentException("write: rows [" + xOfPair.length + "] and [" + yOfPair.length
                    + "] for a list of at most " + capacity + " pairs");
        }
        requireRows("x", xOfPair, xRows);
        requireRows("y", yOfPair, yRows);
        x = xOfPair.clone();
        y = yOfPair.clone();
    }

    private static void requireRows(String side, int[] values, int rows) {
        int fault = -1;
        for (int i = values.length - 1; i >= 0; i--) {
            fault = values[i] < 0 || values[i] >= rows ? i : fault;
        }
        if (fault >= 0) {
            throw new IllegalArgumentException(
                    "write: pair " + fault + " names row " + values[fault] + " of " + rows + " rows of " + side);
        }
    }

    /** x row of each pair, not to be changed. */
    int[] x() {
        return x;
    }

    /** y row of each pair, not to be changed. */
    int[] y() {
        return y;
    }

    @Override
    public int pairs() {
        requireOpen();
        return x.length;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void close() {
        if (x == null) {
            throw new IllegalStateException("the list of pairs was closed twice");
        }
        x = null;
        y = null;
    }
}
