package org.ieengine.engine.benchmark;

import java.util.function.LongFunction;

/**
 * A row of the table before it is measured.
 *
 * @param operation what is measured
 * @param place where a run has it
 * @param extent how large it is
 * @param traits how it depends on precision and libraries
 * @param body makes it ready
 */
record BenchmarkCase(String operation, String place, Extent extent, Traits traits, Body body) {
    /** What is measured on a device of several precisions. */
    enum Depends {
        /** In one precision: it is the same in all. */
        ON_NOTHING,
        /** Where matrices that only products read lie in fewer bytes, in that precision too. */
        ON_OPERANDS,
        /** In every precision. */
        ON_PRODUCTS
    }

    /** What else can do the same. */
    enum Rivalry {
        NONE,
        /** cuBLAS, OpenBLAS. */
        PRODUCTS,
        /** cuDNN. */
        ACTIVATIONS
    }

    /**
     * How a case depends on precision and libraries.
     *
     * @param recordable whether calls can be recorded and replayed: nothing is handed back to the host
     */
    record Traits(Depends depends, Rivalry rivalry, boolean recordable) {
        static final Traits PLAIN = new Traits(Depends.ON_NOTHING, Rivalry.NONE, true);
        static final Traits OPERANDS = new Traits(Depends.ON_OPERANDS, Rivalry.NONE, true);
        static final Traits PRODUCT = new Traits(Depends.ON_PRODUCTS, Rivalry.PRODUCTS, true);
        static final Traits STRICT_PRODUCT = new Traits(Depends.ON_NOTHING, Rivalry.PRODUCTS, true);
        static final Traits ACTIVATION = new Traits(Depends.ON_NOTHING, Rivalry.ACTIVATIONS, true);
        static final Traits READING = new Traits(Depends.ON_NOTHING, Rivalry.NONE, false);

        /** Whether its float operations are float32 in every precision. */
        boolean strict() {
            return depends == Depends.ON_NOTHING;
        }
    }

    /**
     * How large a case is.
     *
     * @param rows that it has in a run
     * @param unit rows are a multiple of this; as many as {@code rows} where they cannot be cut
     * @param bytesPerRow most bytes that a row takes of the backend's memory
     * @param fixedBytes most bytes that it takes besides
     * @param shape text for so many rows
     */
    record Extent(int rows, int unit, long bytesPerRow, long fixedBytes, LongFunction<String> shape) {
        /** Of rows that can be cut anywhere. */
        static Extent of(int rows, long floatsPerRow, long fixedFloats, LongFunction<String> shape) {
            return new Extent(rows, 1, Float.BYTES * floatsPerRow, Float.BYTES * fixedFloats, shape);
        }

        /** Of what cannot be cut. */
        static Extent whole(long floats, String shape) {
            return new Extent(1, 1, 0, Float.BYTES * floats, rows -> shape);
        }

        /** The greatest number of rows up to {@code most} that it may have: a whole number of units, at least one. */
        int atMost(double most) {
            if (most >= rows) {
                return rows;
            }
            int units = Math.max(1, (int) (most / unit));
            return Math.min(rows, Integer.highestOneBit(units) * unit);
        }

        /** Shape for these rows; says when they are fewer than a run has. */
        String text(int cutRows) {
            return shape.apply(cutRows)
                    + (cutRows < rows
                            ? String.format(java.util.Locale.ROOT, " (rows %,d cut to %,d)", rows, cutRows)
                            : "");
        }
    }

    /** Makes a case ready. */
    interface Body {
        /** Makes inputs, and outputs that are NaN, for so many rows. */
        Prepared prepare(Workbench bench, int rows);
    }

    /** Operation, place and shape, as filters search them. */
    String title() {
        return operation + ", " + BenchmarkRow.placeAndShape(place, extent.shape.apply(extent.rows));
    }
}
