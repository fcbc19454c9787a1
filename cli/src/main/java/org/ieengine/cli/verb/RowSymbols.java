package org.ieengine.cli.verb;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.array.ArrayRows;

/**
 * Which rows of an array are the same row: symbols 0, 1, ... in the order in which they first occur. Rows are found by a 64-bit
 * hash of their values and then compared value by value, so the counts are exact; negative zero counts as zero.
 *
 * @param rows the array
 * @param symbol [N] symbol of each row
 * @param first [symbols] row that shows a symbol first
 * @param least [d] least value of each column
 * @param most [d] greatest value of each column
 */
record RowSymbols(ArrayRows rows, int[] symbol, int[] first, double[] least, double[] most) {
    private static final int MOST_VALUES = 1 << 20;

    /** Bytes of the heap that a row takes at most while it is read, and the part of them that stays. */
    static final long BYTES_PER_ROW = 64;

    static final long BYTES_KEPT_PER_ROW = 8;

    private static final double FAR = 16;

    /**
     * Reads an array once.
     *
     * @throws InputException when it has no values or fewer than two rows, or one that is not finite or beyond float32
     */
    static RowSymbols of(ArrayRows rows) {
        if (rows.rows() == 0 || rows.columns() == 0) {
            throw new InputException(rows.name(), "", "holds no numbers, shape " + shape(rows));
        }
        if (rows.rows() == 1) {
            throw new InputException(rows.name(), "", "holds one row; mutual information needs at least two");
        }
        if (rows.rows() > Integer.MAX_VALUE - 8) {
            throw new InputException(rows.name(), "", "holds more than 2^31 rows");
        }
        return new Reading(rows).read();
    }

    /** Number of symbols. */
    int count() {
        return first.length;
    }

    /** Number of columns that have one value only. */
    int constantColumns() {
        return (int) IntStream.range(0, least.length)
                .filter(column -> least[column] == most[column])
                .count();
    }

    /**
     * What is taken off each column before it is rounded to float32: where values lie far from 0 for their range (times, identifiers)
     * its middle, so that they stay apart, otherwise 0. No estimator depends on where a column lies.
     */
    double[] offsets() {
        double[] offsets = new double[least.length];
        for (int column = 0; column < offsets.length; column++) {
            double middle = least[column] / 2 + most[column] / 2;
            offsets[column] = Math.abs(middle) > FAR * (most[column] - least[column]) ? middle : 0;
        }
        return offsets;
    }

    /** Whether all rows are the same. */
    boolean constant() {
        return first.length == 1;
    }

    /** Share of the rows that repeat an earlier one. */
    double repeated() {
        return 1 - first.length / (double) symbol.length;
    }

    private static String shape(ArrayRows rows) {
        return "[" + rows.rows() + ", " + rows.columns() + "]";
    }

    /** The table of symbols as it grows. */
    private static final class Reading {
        private final ArrayRows rows;
        private final int columns;
        private final int[] symbol;
        private final double[] least;
        private final double[] most;
        private int[] first = new int[1024];
        private long[] hashes = new long[1024];
        private int[] slots = new int[4096];
        private int count;

        Reading(ArrayRows rows) {
            this.rows = rows;
            this.columns = rows.columns();
            this.symbol = new int[(int) rows.rows()];
            this.least = new double[columns];
            this.most = new double[columns];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            Arrays.fill(most, Double.NEGATIVE_INFINITY);
            Arrays.fill(slots, -1);
        }

        RowSymbols read() {
            int atOnce = Math.max(1, Math.min(symbol.length, MOST_VALUES / columns));
            double[] values = new double[atOnce * columns];
            double[] other = new double[columns];
            for (int start = 0; start < symbol.length; start += atOnce) {
                int rowCount = Math.min(atOnce, symbol.length - start);
                rows.read(start, rowCount, values);
                for (int i = 0; i < rowCount; i++) {
                    check(values, i, start + i);
                    symbol[start + i] = find(values, i, start + i, other);
                }
            }
            return new RowSymbols(rows, symbol, Arrays.copyOf(first, count), least, most);
        }

        private void check(double[] values, int row, int number) {
            for (int column = 0; column < columns; column++) {
                double value = values[row * columns + column] + 0.0;
                if (!Double.isFinite(value)) {
                    throw new InputException(
                            rows.name(),
                            "row " + number + ", column " + column,
                            (Double.isNaN(value) ? "NaN" : "an infinity") + " where a finite number is expected");
                }
                if (Float.isInfinite((float) value)) {
                    throw new InputException(
                            rows.name(),
                            "row " + number + ", column " + column,
                            value
                                    + " is beyond 3.4e38, the range of the float32 that is computed in; scale the column");
                }
                values[row * columns + column] = value;
                least[column] = Math.min(least[column], value);
                most[column] = Math.max(most[column], value);
            }
        }

        private int find(double[] values, int row, int number, double[] other) {
            long hash = hash(values, row * columns);
            int slot = slot(hash);
            while (slots[slot] >= 0) {
                int candidate = slots[slot];
                if (hashes[candidate] == hash && same(values, row, first[candidate], other)) {
                    return candidate;
                }
                slot = slot + 1 & slots.length - 1;
            }
            return add(hash, number, slot);
        }

        private boolean same(double[] values, int row, int candidateRow, double[] other) {
            rows.read(candidateRow, 1, other);
            for (int column = 0; column < columns; column++) {
                if (values[row * columns + column] != other[column]) {
                    return false;
                }
            }
            return true;
        }

        private int add(long hash, int number, int slot) {
            if (count == first.length) {
                first = Arrays.copyOf(first, 2 * count);
                hashes = Arrays.copyOf(hashes, 2 * count);
            }
            first[count] = number;
            hashes[count] = hash;
            slots[slot] = count++;
            if (4L * count > 3L * slots.length) {
                grow();
            }
            return count - 1;
        }

        private void grow() {
            slots = new int[2 * slots.length];
            Arrays.fill(slots, -1);
            for (int each = 0; each < count; each++) {
                int slot = slot(hashes[each]);
                while (slots[slot] >= 0) {
                    slot = slot + 1 & slots.length - 1;
                }
                slots[slot] = each;
            }
        }

        private int slot(long hash) {
            return (int) (hash ^ hash >>> 32) & slots.length - 1;
        }

        /** Mixes the bits of the values; the finaliser is that of SplitMix64 (Steele, Lea and Flood 2014). */
        private long hash(double[] values, int offset) {
            long hash = columns;
            for (int column = 0; column < columns; column++) {
                hash = (hash ^ Double.doubleToLongBits(values[offset + column])) + 0x9E3779B97F4A7C15L;
                hash = (hash ^ hash >>> 30) * 0xBF58476D1CE4E5B9L;
                hash = (hash ^ hash >>> 27) * 0x94D049BB133111EBL;
                hash ^= hash >>> 31;
            }
            return hash;
        }
    }
}
