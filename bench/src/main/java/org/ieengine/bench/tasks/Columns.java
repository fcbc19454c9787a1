package org.ieengine.bench.tasks;

/** Statistics of the columns of a row-major matrix, in float64. */
final class Columns {
    /** Float32 states cannot tell smaller deviations from rounding. */
    private static final double FLOOR = 1e-6;

    private Columns() {}

    /**
     * Gives every column mean 0 and variance 1 (n), in place.
     *
     * @throws IllegalArgumentException for a constant column
     */
    static void standardise(float[] values, int columns) {
        int constant = standardiseVarying(values, columns);
        if (constant >= 0) {
            throw new IllegalArgumentException(
                    "column " + constant + " of " + values.length / columns + " rows is constant");
        }
    }

    /** Gives every column mean 0 and variance 1 (n), in place; constant ones become 0. */
    static void standardiseOrDrop(float[] values, int columns) {
        standardiseVarying(values, columns);
    }

    /** Returns the first constant column, -1 for none. Constant: a deviation below 1e-6 of the mean's size or of 1. */
    private static int standardiseVarying(float[] values, int columns) {
        int rows = values.length / columns;
        double[] mean = new double[columns];
        for (int i = 0; i < values.length; i++) {
            mean[i % columns] += values[i];
        }
        for (int c = 0; c < columns; c++) {
            mean[c] /= rows;
        }
        double[] deviation = new double[columns];
        int constant = -1;
        for (int i = 0; i < values.length; i++) {
            double d = values[i] - mean[i % columns];
            deviation[i % columns] += d * d;
        }
        for (int c = 0; c < columns; c++) {
            deviation[c] = Math.sqrt(deviation[c] / rows);
            if (!(deviation[c] > FLOOR * Math.max(1, Math.abs(mean[c])))) {
                constant = constant < 0 ? c : constant;
                deviation[c] = Double.POSITIVE_INFINITY;
            }
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((values[i] - mean[i % columns]) / deviation[i % columns]);
        }
        return constant;
    }
}
