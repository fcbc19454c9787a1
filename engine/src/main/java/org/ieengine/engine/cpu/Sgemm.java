package org.ieengine.engine.cpu;

/** A float32 matrix product in the calling thread. Several threads may ask for products of their own at once. */
interface Sgemm {
    /**
     * c = beta c + op(a) op(b), op transposing where asked; [m, k] times [k, n]. With beta 0 what c held is not read. Every extent
     * fits an int.
     */
    void multiply(Operand a, Operand b, float beta, CpuTensor c, Scratch scratch);

    /** What computes, for the report. */
    String name();

    /**
     * A factor.
     *
     * @param matrix as it lies in memory
     * @param transposed whether its transpose is meant
     */
    record Operand(CpuTensor matrix, boolean transposed) {
        /** Rows of the factor, after transposing. */
        long rows() {
            return transposed ? matrix.columns() : matrix.rows();
        }

        /** Columns of the factor, after transposing. */
        long columns() {
            return transposed ? matrix.rows() : matrix.columns();
        }

        /** Rows {@code from} to {@code to} of the factor. */
        Operand rowRange(long from, long to) {
            return transposed
                    ? new Operand(matrix.columnRange((int) from, (int) to), true)
                    : new Operand(matrix.rowRange(from, to), false);
        }

        /** Columns {@code from} to {@code to} of the factor. */
        Operand columnRange(long from, long to) {
            return transposed
                    ? new Operand(matrix.rowRange(from, to), true)
                    : new Operand(matrix.columnRange((int) from, (int) to), false);
        }
    }
}
