package org.ieengine.cli.verb;

import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.loaders.array.ArrayRows;

/** Rows of two arrays as samples of continuous values, in float32. */
final class RowSamples {
    private static final int MOST_VALUES = 1 << 20;

    private RowSamples() {}

    /** Reads both arrays, their offsets taken off. */
    static SamplePairs of(RowSymbols x, RowSymbols y) {
        return new SamplePairs(
                values(x), x.rows().columns(), values(y), y.rows().columns());
    }

    private static float[] values(RowSymbols symbols) {
        ArrayRows rows = symbols.rows();
        int columns = rows.columns();
        int count = symbols.symbol().length;
        double[] offsets = symbols.offsets();
        float[] values = new float[Math.multiplyExact(count, columns)];
        int atOnce = Math.max(1, Math.min(count, MOST_VALUES / columns));
        double[] piece = new double[atOnce * columns];
        for (int start = 0; start < count; start += atOnce) {
            int taken = Math.min(atOnce, count - start);
            rows.read(start, taken, piece);
            for (int i = 0; i < taken * columns; i++) {
                values[start * columns + i] = (float) (piece[i] - offsets[i % columns]);
            }
        }
        return values;
    }
}
