package org.ieengine.cli.verb;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.array.ArrayRows;

/**
 * The distinct pairs of rows of two arrays.
 *
 * @param x symbols of the first array
 * @param y symbols of the second
 * @param pairs symbols, labels and counts of the distinct pairs [S]
 * @param firstRow [S] row that shows a pair first
 */
record RowPairs(RowSymbols x, RowSymbols y, PairSymbols pairs, int[] firstRow) {
    private static final int ROWS_AT_ONCE = 1024;

    /**
     * Counts the pairs.
     *
     * @param labels [N] label of each row; empty for none
     * @param groups name of the labels, for messages
     * @throws InputException when the same pair has two labels
     */
    static RowPairs of(RowSymbols x, RowSymbols y, int[] labels, String groups) {
        int n = x.symbol().length;
        Map<Long, Integer> numbers = new HashMap<>();
        int[] firstRow = new int[n];
        double[] weight = new double[n];
        int count = 0;
        for (int row = 0; row < n; row++) {
            long key = (long) x.symbol()[row] << 32 | y.symbol()[row];
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
        int[] labelsOfPairs = labels.length == 0
                ? labels
                : Arrays.stream(rows).map(row -> labels[row]).toArray();
        PairSymbols pairs = new PairSymbols(
                Arrays.stream(rows).map(row -> x.symbol()[row]).toArray(),
                Arrays.stream(rows).map(row -> y.symbol()[row]).toArray(),
                labelsOfPairs,
                Arrays.copyOf(weight, count));
        return new RowPairs(x, y, pairs, rows);
    }

    /** Rows of the distinct pairs in the first array, float32, [S, dx]; the caller's to close. */
    Tensor xStates(Backend backend) {
        return states(x.rows(), backend);
    }

    /** Rows of the distinct pairs in the second array, float32, [S, dy]; the caller's to close. */
    Tensor yStates(Backend backend) {
        return states(y.rows(), backend);
    }

    private Tensor states(ArrayRows rows, Backend backend) {
        Tensor states = backend.allocate(firstRow.length, rows.columns());
        double[] values = new double[rows.columns()];
        for (int start = 0; start < firstRow.length; start += ROWS_AT_ONCE) {
            int count = Math.min(ROWS_AT_ONCE, firstRow.length - start);
            float[] piece = new float[count * values.length];
            for (int i = 0; i < count; i++) {
                rows.read(firstRow[start + i], 1, values);
                for (int column = 0; column < values.length; column++) {
                    piece[i * values.length + column] = (float) values[column];
                }
            }
            backend.write(piece, states, start);
        }
        return states;
    }
}
