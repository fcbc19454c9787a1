package org.ieengine.engine.cuda;

import java.util.Arrays;
import org.ieengine.engine.tensor.PairList;

/**
 * Pairs of rows in device memory: of each place its row of x and of y, and the pair that has this place when pairs are sorted by
 * row of x, or of y, in their order within a row. The host sorts.
 */
final class CudaPairList implements PairList {
    /** Numbers of a place. */
    private static final int NUMBERS = 4;

    private final CudaLauncher device;
    private final DeviceArena.Block memory;
    private final int capacity;
    private final int xRows;
    private final int yRows;
    private int pairs;
    private int greatestX = -1;
    private int greatestY = -1;

    CudaPairList(CudaLauncher device, int capacity, int xRows, int yRows) {
        if (capacity < 0 || xRows < 0 || yRows < 0) {
            throw new IllegalArgumentException(
                    "pairList: " + capacity + " pairs of " + xRows + " and " + yRows + " rows");
        }
        this.device = device;
        this.capacity = capacity;
        this.xRows = xRows;
        this.yRows = yRows;
        this.memory = device.allocate((long) NUMBERS * Integer.BYTES * capacity);
    }

    /**
     * The list as one of this backend.
     *
     * @throws IllegalArgumentException for null or a list of another backend
     * @throws IllegalStateException when it has been closed
     */
    static CudaPairList open(PairList list) {
        if (!(list instanceof CudaPairList)) {
            throw new IllegalArgumentException(
                    list == null ? "a list of pairs is missing" : "the list of pairs belongs to another backend");
        }
        CudaPairList open = (CudaPairList) list;
        open.requireOpen();
        return open;
    }

    private void requireOpen() {
        if (memory.released()) {
            throw new IllegalStateException("the list of pairs was used after it had been closed");
        }
    }

    void write(int[] x, int[] y) {
        if (x.length != y.length || x.length > capacity) {
            throw new IllegalArgumentException("write: rows [" + x.length + "] and [" + y.length
                    + "] for a list of at most " + capacity + " pairs");
        }
        device.requireNoRecording("write a list of pairs");
        requireRows("x", x, xRows);
        requireRows("y", y, yRows);
        int[] byX = sorted(x, xRows);
        int[] byY = sorted(y, yRows);
        int[] places = new int[NUMBERS * x.length];
        for (int i = 0; i < x.length; i++) {
            places[NUMBERS * i] = x[i];
            places[NUMBERS * i + 1] = y[i];
            places[NUMBERS * i + 2] = byX[i];
            places[NUMBERS * i + 3] = byY[i];
        }
        device.write(places, memory.address());
        pairs = x.length;
        greatestX = Arrays.stream(x).max().orElse(-1);
        greatestY = Arrays.stream(y).max().orElse(-1);
    }

    private static void requireRows(String side, int[] values, int rows) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0 || values[i] >= rows) {
                throw new IllegalArgumentException(
                        "write: pair " + i + " names row " + values[i] + " of " + rows + " rows of " + side);
            }
        }
    }

    /** Pairs by their row, in order within a row. */
    private static int[] sorted(int[] rowOfPair, int rows) {
        int[] next = new int[rows + 1];
        for (int row : rowOfPair) {
            next[row + 1]++;
        }
        for (int row = 0; row < rows; row++) {
            next[row + 1] += next[row];
        }
        int[] order = new int[rowOfPair.length];
        for (int i = 0; i < order.length; i++) {
            order[next[rowOfPair[i]]++] = i;
        }
        return order;
    }

    /**
     * Checks that every row that is named now is one of the matrices. Lists that are written after an operation was recorded are the
     * recorder's to check.
     */
    void requireRowsOf(String operation, CudaTensor x, CudaTensor y) {
        if (greatestX >= x.rows() || greatestY >= y.rows()) {
            throw new IllegalArgumentException(operation + ": pairs name row " + greatestX + " of x " + x + " and row "
                    + greatestY + " of y " + y);
        }
    }

    /** Where the first place lies. */
    long address() {
        return memory.address();
    }

    @Override
    public int pairs() {
        requireOpen();
        return pairs;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void close() {
        if (memory.released()) {
            throw new IllegalStateException("the list of pairs was closed twice");
        }
        memory.release();
    }
}
