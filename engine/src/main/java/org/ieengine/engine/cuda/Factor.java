package org.ieengine.engine.cuda;

/**
 * A factor of a matrix product.
 *
 * @param matrix as it lies in memory
 * @param transposed whether the factor is the transpose of that
 */
record Factor(CudaTensor matrix, boolean transposed) {
    /** Rows of the factor. */
    long rows() {
        return transposed ? matrix.columns() : matrix.rows();
    }

    /** Columns of the factor. */
    long columns() {
        return transposed ? matrix.rows() : matrix.columns();
    }

    /** Rows from {@code from} to before {@code to} of the factor, where they lie. */
    Factor rowRange(long from, long to) {
        if (from == 0 && to == rows()) {
            return this;
        }
        CudaTensor part = transposed ? matrix.columnRange((int) from, Math.toIntExact(to)) : matrix.rowRange(from, to);
        return new Factor(part, transposed);
    }

    /** The shape: {@code [rows, columns]}. */
    @Override
    public String toString() {
        return "[" + rows() + ", " + columns() + "]";
    }
}
