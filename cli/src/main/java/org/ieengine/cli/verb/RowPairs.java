package org.ieengine.cli.verb;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.array.ArrayRows;

/**
 * The distinct pairs of rows of two arrays.
 *
 * @param x symbols of the first array
 * @param y symbols of the second
 * @param pairs symbols, labels and counts of the distinct pairs [S]
 * @param xRow [S] row of x that shows a pair first
 * @param yRow [S] the row of y that belongs to it
 */
record RowPairs(RowSymbols x, RowSymbols y, PairSymbols pairs, int[] xRow, int[] yRow) {
    private static final int ROWS_AT_ONCE = 1024;

    /** Bytes of the heap that a row takes at most while pairs are counted: a boxed entry of the map, then four arrays. */
    static final long BYTES_PER_ROW = 112;

    /** Numbers of random orders start here; those of the engine lie below. */
    private static final int NULL_ORDER = 0x60 << 24;

    /**
     * Counts the pairs.
     *
     * @param labels [N] label of each row; empty for none
     * @param groups name of the labels, for messages
     * @throws InputException when the same pair has two labels
     */
    static RowPairs of(RowSymbols x, RowSymbols y, int[] labels, String groups) {
        int[] order = new int[x.symbol().length];
        Arrays.setAll(order, row -> row);
        return of(x, y, order, labels, groups);
    }

    /**
     * Counts the pairs that arise when the rows of y are put in a random order: the truth is then zero. Labels do not take part, since
     * they follow from pairs that are no more.
     *
     * @param seed keys the order
     * @param shuffle number of the order, from 0
     */
    static RowPairs shuffled(RowSymbols x, RowSymbols y, long seed, int shuffle) {
        int[] order = new int[x.symbol().length];
        Arrays.setAll(order, row -> row);
        new Philox(seed, NULL_ORDER, 0, 0, shuffle).shuffle(order);
        return of(x, y, order, new int[0], "");
    }

    private static RowPairs of(RowSymbols x, RowSymbols y, int[] order, int[] labels, String groups) {
        int n = x.symbol().length;
        Map<Long, Integer> numbers = new HashMap<>();
        int[] firstRow = new int[n];
        double[] weight = new double[n];
        int count = 0;
        for (int row = 0; row < n; row++) {
            long key = (long) x.symbol()[row] << 32 | y.symbol()[order[row]];
            Integer known = numbers.putIfAbsent(key, count);
            int pair = known == null ? count++ : known;
            if (known == null) {
                firstRow[pair] = row;
            } else if (labels.length > 0 && labels[row] != labels[firstRow[pair]]) {
                throw new InputException(
                        groups,
                        "row " + row,
                        "is the same pair as row " + firstRow[pair] + " and has another label; a label must follow from"
                                + " the pair");
            }
            weight[pair]++;
        }
        int[] rows = Arrays.copyOf(firstRow, count);
        int[] rowsOfY = Arrays.stream(rows).map(row -> order[row]).toArray();
        int[] labelsOfPairs = labels.length == 0
                ? labels
                : Arrays.stream(rows).map(row -> labels[row]).toArray();
        PairSymbols pairs = new PairSymbols(
                Arrays.stream(rows).map(row -> x.symbol()[row]).toArray(),
                Arrays.stream(rowsOfY).map(row -> y.symbol()[row]).toArray(),
                labelsOfPairs,
                Arrays.copyOf(weight, count));
        return new RowPairs(x, y, pairs, rows, rowsOfY);
    }

    /** Number of distinct pairs S. */
    int size() {
        return xRow.length;
    }

    /** Rows of the distinct pairs in the first array, float32, [S, dx]; the caller's to close. */
    Tensor xStates(Backend backend) {
        return states(x, xRow, backend);
    }

    /** Rows of the distinct pairs in the second array, float32, [S, dy]; the caller's to close. */
    Tensor yStates(Backend backend) {
        return states(y, yRow, backend);
    }

    private static Tensor states(RowSymbols symbols, int[] chosen, Backend backend) {
        ArrayRows rows = symbols.rows();
        double[] offsets = symbols.offsets();
        Tensor states = backend.allocate(chosen.length, rows.columns());
        double[] values = new double[rows.columns()];
        for (int start = 0; start < chosen.length; start += ROWS_AT_ONCE) {
            int count = Math.min(ROWS_AT_ONCE, chosen.length - start);
            float[] piece = new float[count * values.length];
            for (int i = 0; i < count; i++) {
                rows.read(chosen[start + i], 1, values);
                for (int column = 0; column < values.length; column++) {
                    piece[i * values.length + column] = (float) (values[column] - offsets[column]);
                }
            }
            backend.write(piece, states, start);
        }
        return states;
    }
}
