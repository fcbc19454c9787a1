package org.ieengine.engine.selftest;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/**
 * What a check needs: random inputs and outputs in the memory of a backend, and the comparison with a reference. Matrices lie dense,
 * or as views of wider ones whose rows start at multiples of four elements, or at odd ones; around them, and in outputs before,
 * everything is NaN. Closes what it made.
 */
final class Trial implements AutoCloseable {
    /** How matrices lie in memory. */
    enum Placement {
        /** Row after row. */
        DENSE(0, 0, 0),
        /** Every row at a multiple of four elements, where the number of columns allows it. */
        ALIGNED(1, 4, 4),
        /** Rows that begin anywhere. */
        ODD(1, 1, 2);

        private final int rowsAround;
        private final int before;
        private final int after;

        Placement(int rowsAround, int before, int after) {
            this.rowsAround = rowsAround;
            this.before = before;
            this.after = after;
        }
    }

    /** Rows of an output that are compared with a reference at most. */
    private static final int MOST_ROWS = 96;

    private final Backend backend;
    private final Placement placement;
    private final SplittableRandom random;
    private final Deque<Runnable> closing = new ArrayDeque<>();

    Trial(Backend backend, Placement placement, String name) {
        this.backend = backend;
        this.placement = placement;
        this.random = new SplittableRandom(name.hashCode());
    }

    Backend backend() {
        return backend;
    }

    /** Values of about unit variance, between -2 and 2. */
    float[] values(long count) {
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1 + 2 * random.nextDouble() - 1) * 1.22f;
        }
        return values;
    }

    /** As {@link #values}, times a factor. */
    float[] values(long count, double factor) {
        float[] values = values(count);
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) factor;
        }
        return values;
    }

    /** An integer from 0 to bound - 1. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Closes something after the check. */
    <T> T keep(T made, Runnable close) {
        closing.push(close);
        return made;
    }

    /** Indices on the backend. */
    Indices indices(int... values) {
        Indices indices = backend.indices(values);
        return keep(indices, indices::close);
    }

    /** A matrix on the backend, row after row. */
    Tensor dense(float[] values, int columns) {
        Tensor tensor = backend.allocate(values.length / columns, columns);
        keep(tensor, tensor::close);
        backend.write(values, tensor, 0);
        return tensor;
    }

    /** A matrix on the backend, placed as this trial places them. */
    Tensor input(float[] values, int columns) {
        return placed(values, columns).view;
    }

    /** A matrix that an operation changes in place. */
    Placed placed(float[] values, int columns) {
        Placed placed = output(values.length / columns, columns);
        backend.write(values, placed.view, 0);
        return placed;
    }

    /** A matrix for results, all NaN. */
    Placed output(long rows, int columns) {
        int stride = placement.before + columns + placement.after;
        Tensor whole = backend.allocate(rows + 2L * placement.rowsAround, stride);
        keep(whole, whole::close);
        backend.fill(whole, Float.NaN);
        Tensor view = whole;
        if (placement != Placement.DENSE) {
            view = whole.rowRange(placement.rowsAround, placement.rowsAround + rows)
                    .columnRange(placement.before, placement.before + columns);
        }
        return new Placed(whole, view);
    }

    /** A matrix with room around it. */
    record Placed(Tensor whole, Tensor view) {}

    /** All values of a matrix. */
    float[] read(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, Math.toIntExact(tensor.rows()), values);
        return values;
    }

    /**
     * All values of an output.
     *
     * @throws SelftestFault when something around it was written
     */
    float[] result(Placed output) {
        requireRoomUntouched(output);
        return read(output.view);
    }

    private void requireRoomUntouched(Placed output) {
        if (placement == Placement.DENSE) {
            return;
        }
        float[] all = read(output.whole);
        int stride = output.whole.columns();
        long last = output.whole.rows() - 1;
        for (int i = 0; i < all.length; i++) {
            int row = i / stride;
            int column = i % stride;
            boolean around = row == 0
                    || row == last
                    || column < placement.before
                    || column >= placement.before + output.view.columns();
            if (around && !Float.isNaN(all[i])) {
                throw new SelftestFault("wrote beside its output, at row " + (row - 1) + ", column "
                        + (column - placement.before) + " of " + output.view);
            }
        }
    }

    /** Gives one row of the exact result. */
    interface RowReference {
        /**
         * @param row which
         * @param values receives the row
         * @param scales receives what the error of each element is divided by
         */
        void row(int row, double[] values, double[] scales);
    }

    /** Greatest error of an output, divided by its scale, over all rows or some of them. Every element must be finite. */
    double error(Placed output, RowReference reference) {
        float[] got = result(output);
        return error(got, output.view.columns(), reference);
    }

    /** As {@link #error(Placed, RowReference)}, for values that were read. */
    static double error(float[] got, int columns, RowReference reference) {
        return error(got, columns, MOST_ROWS, reference);
    }

    /** As {@link #error(float[], int, RowReference)}, over so many rows at most, the first and the last among them. */
    static double error(float[] got, int columns, int mostRows, RowReference reference) {
        int rows = got.length / columns;
        for (int i = 0; i < got.length; i++) {
            if (!Float.isFinite(got[i])) {
                throw new SelftestFault("row " + i / columns + ", column " + i % columns + " is " + got[i]);
            }
        }
        double[] values = new double[columns];
        double[] scales = new double[columns];
        double worst = 0;
        int step = Math.max(1, rows / mostRows);
        for (int row = 0; row < rows; row += row + step < rows || row == rows - 1 ? step : rows - 1 - row) {
            Arrays.fill(values, 0);
            Arrays.fill(scales, 1);
            reference.row(row, values, scales);
            for (int c = 0; c < columns; c++) {
                double error = Math.abs(got[row * columns + c] - values[c]) / scales[c];
                worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
            }
        }
        return worst;
    }

    /** Greatest |got - expected| / (1 + |expected|). */
    static double relativeError(float[] got, double[] expected) {
        double worst = 0;
        for (int i = 0; i < got.length; i++) {
            double error = Math.abs(got[i] - expected[i]) / (1 + Math.abs(expected[i]));
            worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
        }
        return worst;
    }

    /**
     * 0 when the values are the same bits.
     *
     * @throws SelftestFault naming the first that differs
     */
    static double sameBits(float[] got, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToRawIntBits(got[i]) != Float.floatToRawIntBits(expected[i])) {
                throw new SelftestFault("element " + i + " is " + got[i] + ", not " + expected[i]);
            }
        }
        return 0;
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
    }
}
