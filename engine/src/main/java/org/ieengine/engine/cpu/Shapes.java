package org.ieengine.engine.cpu;

/** Checks of what an operation was given. Every message names the operation and both shapes. */
final class Shapes {
    private Shapes() {}

    /** Both matrices have the same shape. */
    static void same(String operation, CpuTensor a, CpuTensor b) {
        if (a.rows() != b.rows() || a.columns() != b.columns()) {
            throw new IllegalArgumentException(operation + ": shapes " + a + " and " + b + " must be the same");
        }
    }

    /** {@code found} has exactly that shape; {@code because} names the other operand and its shape. */
    static void require(String operation, CpuTensor found, long rows, long columns, String because) {
        if (found.rows() != rows || found.columns() != columns) {
            throw new IllegalArgumentException(operation + ": found " + found + ", expected [" + rows + ", " + columns
                    + "] to go with " + because);
        }
    }

    /** As many indices as the matrix has rows. */
    static void requireIndices(String operation, int[] indices, CpuTensor matrix) {
        if (indices.length != matrix.rows()) {
            throw new IllegalArgumentException(
                    operation + ": " + indices.length + " indices [" + indices.length + "] for a matrix " + matrix);
        }
    }

    /** Every index names a row of the table. */
    static void requireRows(String operation, int[] indices, CpuTensor table) {
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < 0 || indices[i] >= table.rows()) {
                throw new IllegalArgumentException(
                        operation + ": index " + indices[i] + " (entry " + i + ") is no row of a table " + table);
            }
        }
    }

    /** Every index names a column of the matrix. */
    static void requireColumns(String operation, int[] indices, CpuTensor matrix) {
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < 0 || indices[i] >= matrix.columns()) {
                throw new IllegalArgumentException(
                        operation + ": index " + indices[i] + " (entry " + i + ") is no column of a matrix " + matrix);
            }
        }
    }

    /** Input and output are the same place or share nothing. */
    static void requireApartOrSame(String operation, CpuTensor in, CpuTensor out) {
        if (in.overlaps(out) && !in.same(out)) {
            throw new IllegalArgumentException(operation + ": input " + in + " and output " + out + " overlap");
        }
    }

    /** Input and output share nothing. */
    static void requireApart(String operation, CpuTensor in, CpuTensor out) {
        if (in.overlaps(out)) {
            throw new IllegalArgumentException(operation + ": input " + in + " and output " + out + " overlap");
        }
    }
}
