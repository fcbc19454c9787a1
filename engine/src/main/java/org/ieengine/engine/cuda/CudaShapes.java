package org.ieengine.engine.cuda;

/** Checks of what an operation was given. Every message names the operation and both shapes. */
final class CudaShapes {
    private CudaShapes() {}

    /** Both matrices have the same shape. */
    static void same(String operation, CudaTensor a, CudaTensor b) {
        if (a.rows() != b.rows() || a.columns() != b.columns()) {
            throw new IllegalArgumentException(operation + ": shapes " + a + " and " + b + " must be the same");
        }
    }

    /** Both matrices are of the same elements. */
    static void sameElement(String operation, CudaTensor a, CudaTensor b) {
        if (a.element() != b.element()) {
            throw new IllegalArgumentException(operation + ": " + a + " of " + a.element() + " and " + b + " of "
                    + b.element() + " must be of the same elements");
        }
    }

    /** {@code found} has exactly that shape; {@code because} names the other operand and its shape. */
    static void require(String operation, CudaTensor found, long rows, long columns, String because) {
        if (found.rows() != rows || found.columns() != columns) {
            throw new IllegalArgumentException(operation + ": found " + found + ", expected [" + rows + ", " + columns
                    + "] to go with " + because);
        }
    }

    /** As many indices as the matrix has rows. */
    static void requireIndices(String operation, CudaIndices indices, CudaTensor matrix) {
        if (indices.length() != matrix.rows()) {
            throw new IllegalArgumentException(
                    operation + ": " + indices.length() + " indices [" + indices.length() + "] for a matrix " + matrix);
        }
    }

    /** Input and output are the same place or share nothing. */
    static void requireApartOrSame(String operation, CudaTensor in, CudaTensor out) {
        if (in.overlaps(out) && !in.same(out)) {
            throw new IllegalArgumentException(operation + ": input " + in + " and output " + out + " overlap");
        }
    }

    /** Input and output share nothing. */
    static void requireApart(String operation, CudaTensor in, CudaTensor out) {
        if (in.overlaps(out)) {
            throw new IllegalArgumentException(operation + ": input " + in + " and output " + out + " overlap");
        }
    }
}
