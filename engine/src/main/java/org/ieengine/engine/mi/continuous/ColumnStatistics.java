package org.ieengine.engine.mi.continuous;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Mean and spread of each column over some rows, in float64.
 *
 * @param mean [columns]
 * @param deviation [columns] standard deviation (divided by the number of rows); 0 where constant
 * @param constant [columns] whether all values are equal, bit for bit but for the sign of 0
 */
record ColumnStatistics(double[] mean, double[] deviation, boolean[] constant) {
    /** Rows that one task sums; part of the result's rounding, so not tuned to the machine. */
    private static final int CHUNK = 4096;

    /** Of the rows named, at least one, of values [N, columns]. */
    static ColumnStatistics of(float[] values, int columns, int[] rows) {
        double[] mean = sums(values, columns, rows, null);
        for (int c = 0; c < columns; c++) {
            mean[c] /= rows.length;
        }
        double[] deviation = sums(values, columns, rows, mean);
        boolean[] constant = new boolean[columns];
        Arrays.fill(constant, true);
        for (int row : rows) {
            for (int c = 0; c < columns; c++) {
                constant[c] &= values[row * columns + c] == values[rows[0] * columns + c];
            }
        }
        for (int c = 0; c < columns; c++) {
            deviation[c] = constant[c] ? 0 : Math.sqrt(deviation[c] / rows.length);
        }
        return new ColumnStatistics(mean, deviation, constant);
    }

    /** Sums of the values, or of the squares of what they are off {@code centre} where there is one. */
    private static double[] sums(float[] values, int columns, int[] rows, double[] centre) {
        int chunks = (rows.length + CHUNK - 1) / CHUNK;
        double[][] parts = new double[chunks][columns];
        IntStream.range(0, chunks).parallel().forEach(chunk -> {
            double[] part = parts[chunk];
            int end = Math.min(rows.length, (chunk + 1) * CHUNK);
            for (int i = chunk * CHUNK; i < end; i++) {
                int start = rows[i] * columns;
                for (int c = 0; c < columns; c++) {
                    if (centre == null) {
                        part[c] += values[start + c];
                    } else {
                        double off = values[start + c] - centre[c];
                        part[c] += off * off;
                    }
                }
            }
        });
        double[] total = new double[columns];
        for (double[] part : parts) {
            for (int c = 0; c < columns; c++) {
                total[c] += part[c];
            }
        }
        return total;
    }

    /** Columns that are not constant. */
    int[] varying() {
        return IntStream.range(0, constant.length).filter(c -> !constant[c]).toArray();
    }
}
