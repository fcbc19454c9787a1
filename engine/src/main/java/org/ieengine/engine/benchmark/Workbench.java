package org.ieengine.engine.benchmark;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.TreeSet;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.selftest.Rounding;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * What a case works with: random matrices in the memory of a backend, and the comparison of a sample of a result with a reference.
 * Random values are uniform with variance 1; those of large matrices repeat after some rows, an odd number, so that they are made in a
 * moment. Closes what it made.
 */
final class Workbench implements AutoCloseable {
    /** Sets these draws apart from all others of the same seed: "bnch" in ASCII. */
    private static final int PURPOSE = 0x626E6368;

    /** Values that are drawn for one matrix at most. */
    private static final int MOST_DRAWN = 1 << 19;

    /** Rows of a result that are compared. */
    private static final int SAMPLED_ROWS = 6;

    /** Steps in plain Java that the reference of a row may take, unless few columns take more. */
    private static final long MOST_STEPS = 1 << 21;

    private static final int FEWEST_COLUMNS = 4;

    /** Elements of an operand that are widened at once. */
    private static final long MOST_WIDENED = 1 << 24;

    private static final double WIDTH = Math.sqrt(3) * 0x1p-31;

    private final Backend backend;
    private final Precision precision;
    private final long seed;
    private final int name;
    private final Deque<AutoCloseable> closing = new ArrayDeque<>();
    private final Set<Tensor> operands = Collections.newSetFromMap(new IdentityHashMap<>());
    private int streams;

    /**
     * @param precision of the backend's products
     * @param name of the case: its values are its own
     */
    Workbench(Backend backend, Precision precision, long seed, String name) {
        this.backend = backend;
        this.precision = precision;
        this.seed = seed;
        this.name = name.hashCode();
    }

    Backend backend() {
        return backend;
    }

    /** How products round their operands. */
    Rounding rounding() {
        return Rounding.of(precision);
    }

    /** Bytes of an element of a matrix that only products read. */
    int operandBytes() {
        return backend.operandBytes();
    }

    /** A stream of random words of its own. */
    Philox stream() {
        return new Philox(seed, PURPOSE, name >>> 16 & 0xFFFF, name & 0xFFFF, streams++);
    }

    /** Closes something after the case. */
    <T extends AutoCloseable> T keep(T made) {
        closing.push(made);
        return made;
    }

    /** Indices on the backend. */
    Indices indices(int[] values) {
        return keep(backend.indices(values));
    }

    /** Random indices from 0 to bound - 1. */
    int[] drawn(int count, int bound) {
        Philox stream = stream();
        int[] values = new int[count];
        Arrays.setAll(values, i -> stream.below(bound, i));
        return values;
    }

    /** A float32 matrix of random values times a factor. */
    Matrix random(int rows, int columns, double factor) {
        return filled(keep(backend.allocate(rows, columns)), factor, Rounding.NONE);
    }

    /** As {@link #random}, of a matrix that only products read. */
    Matrix operand(int rows, int columns, double factor) {
        return filled(operandTensor(rows, columns), factor, operandRounding());
    }

    private Tensor operandTensor(int rows, int columns) {
        return watched(keep(backend.allocateOperand(rows, columns)));
    }

    /** Takes note that a matrix is an operand. */
    Tensor watched(Tensor operand) {
        if (operandBytes() != Float.BYTES) {
            operands.add(operand);
        }
        return operand;
    }

    /** How values are rounded when they are stored in a matrix that only products read. */
    Rounding operandRounding() {
        return operandBytes() == Float.BYTES ? Rounding.NONE : rounding();
    }

    private Matrix filled(Tensor tensor, double factor, Rounding stored) {
        int rows = Math.toIntExact(tensor.rows());
        int columns = tensor.columns();
        int period = Math.min(rows, Math.max(1, MOST_DRAWN / columns) - 1 | 1);
        Philox stream = stream();
        float[] values = new float[period * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) stored.of((float) (factor * WIDTH * stream.word(i)));
        }
        backend.write(values, tensor, 0);
        repeat(tensor, period);
        return new Matrix(tensor, values, period);
    }

    /** A float32 matrix of these rows, repeated. */
    Matrix of(float[] values, int rows, int columns) {
        return of(values, keep(backend.allocate(rows, columns)));
    }

    /** As {@link #of}, of a matrix that only products read; the values are rounded already. */
    Matrix operandOf(float[] values, int rows, int columns) {
        return of(values, operandTensor(rows, columns));
    }

    private Matrix of(float[] values, Tensor tensor) {
        backend.write(values, tensor, 0);
        int period = values.length / tensor.columns();
        repeat(tensor, period);
        return new Matrix(tensor, values, period);
    }

    private void repeat(Tensor tensor, int period) {
        long filled = period;
        while (filled < tensor.rows()) {
            long more = Math.min(filled, tensor.rows() - filled);
            backend.copy(tensor.rowRange(0, more), tensor.rowRange(filled, filled + more));
            filled += more;
        }
    }

    /** A float32 copy of a matrix. */
    Tensor copied(Tensor tensor) {
        Tensor copy = keep(backend.allocate(tensor.rows(), tensor.columns()));
        backend.copy(tensor, copy);
        return copy;
    }

    /** A matrix for results, all NaN. */
    Tensor output(int rows, int columns) {
        Tensor tensor = keep(backend.allocate(rows, columns));
        backend.fill(tensor, Float.NaN);
        return tensor;
    }

    /** As {@link #output}, for what only products read. */
    Tensor operandOutput(int rows, int columns) {
        Tensor tensor = operandTensor(rows, columns);
        backend.fill(tensor, Float.NaN);
        return tensor;
    }

    /** What storing a value in a matrix that only products read may change of it, as a share of it. */
    double operandRoundingError() {
        return operandBytes() == Float.BYTES ? 0 : 0x1p-8;
    }

    /** Rows of a result to be compared: the first, the last and some between. */
    int[] sampledRows(int rows) {
        return sampled(rows, SAMPLED_ROWS);
    }

    /** Columns of a result to be compared, where each takes so many steps in plain Java. */
    int[] sampledColumns(int columns, long steps) {
        long most = Math.max(FEWEST_COLUMNS, MOST_STEPS / Math.max(1, steps));
        return sampled(columns, (int) Math.min(columns, most));
    }

    private int[] sampled(int bound, int count) {
        TreeSet<Integer> chosen = new TreeSet<>();
        if (bound <= count) {
            for (int i = 0; i < bound; i++) {
                chosen.add(i);
            }
        } else {
            chosen.add(0);
            chosen.add(bound - 1);
            for (int i : drawn(count - 2, bound)) {
                chosen.add(i);
            }
        }
        return chosen.stream().mapToInt(Integer::intValue).toArray();
    }

    /** One element of the exact result. */
    interface Reference {
        /**
         * @param at receives the value and what its error is divided by
         */
        void element(int row, int column, Expected at);
    }

    /** A value and what the error of it is divided by. */
    static final class Expected {
        private double value;
        private double scale;

        void set(double newValue, double newScale) {
            value = newValue;
            scale = newScale;
        }

        /** With the scale 1 + |value|. */
        void set(double newValue) {
            set(newValue, 1 + Math.abs(newValue));
        }
    }

    /** The greatest error of a result over all of its columns in sampled rows; NaN when anything in it is not finite. */
    double error(Tensor result, Reference reference) {
        return error(result, sampled(result.columns(), result.columns()), reference);
    }

    /** The greatest error of a result over these columns in sampled rows; NaN when anything in it is not finite. */
    double error(Tensor result, int[] columns, Reference reference) {
        if (!finite(result)) {
            return Double.NaN;
        }
        Expected expected = new Expected();
        float[] got = new float[result.columns()];
        double worst = 0;
        for (int row : sampledRows(Math.toIntExact(result.rows()))) {
            backend.read(result, row, 1, got);
            for (int column : columns) {
                reference.element(row, column, expected);
                double error = Math.abs(got[column] - expected.value) / expected.scale;
                worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
            }
        }
        return worst;
    }

    /** Whether every element is finite; operands are widened for it, some rows at a time. */
    private boolean finite(Tensor result) {
        if (!operands.contains(result)) {
            return backend.firstNonFiniteRow(result) < 0;
        }
        long atOnce = Math.max(1, Math.min(result.rows(), MOST_WIDENED / result.columns()));
        try (Tensor wide = backend.allocate(atOnce, result.columns())) {
            for (long from = 0; from < result.rows(); from += atOnce) {
                long to = Math.min(result.rows(), from + atOnce);
                Tensor part = wide.rowRange(0, to - from);
                backend.copy(result.rowRange(from, to), part);
                if (backend.firstNonFiniteRow(part) >= 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The value in row 0, column 0. */
    float first(Tensor tensor) {
        float[] row = new float[tensor.columns()];
        backend.read(tensor, 0, 1, row);
        return row[0];
    }

    @Override
    public void close() {
        backend.synchronise();
        RuntimeException fault = null;
        while (!closing.isEmpty()) {
            try {
                closing.pop().close();
            } catch (Exception refusal) {
                fault = fault == null ? new IllegalStateException("cannot free what a case holds", refusal) : fault;
            }
        }
        if (fault != null) {
            throw fault;
        }
    }
}
