package org.ieengine.bench.tasks;

/** Statistics of the columns of a row-major matrix, in float64. */
final class Columns {
    private Columns() {}

    /**
     * Gives every column mean 0 and variance 1 (n), in place.
     *
     * @throws IllegalArgumentException for a constant column
     */
    static void standardise(float[] values, int columns) {
        int rows = values.length / columns;
        double[] mean = new double[columns];
        for (int i = 0; i < values.length; i++) {
            mean[i % columns] += values[i];
        }
        for (int c = 0; c < columns; c++) {
            mean[c] /= rows;
        }
        double[] deviation = new double[columns];
        for (int i = 0; i < values.length; i++) {
            double d = values[i] - mean[i % columns];
            deviation[i % columns] += d * d;
        }
        for (int c = 0; c < columns; c++) {
            deviation[c] = Math.sqrt(deviation[c] / rows);
            if (!(deviation[c] > 0)) {
                throw new IllegalArgumentException("column " + c + " of " + rows + " rows is constant");
            }
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((values[i] - mean[i % columns]) / deviation[i % columns]);
        }
    }
}
