package org.ieengine.engine.benchmark;

import org.ieengine.engine.tensor.Tensor;

/**
 * A matrix on a backend whose values the host knows: rows repeat after {@code period} of them.
 *
 * @param tensor on the backend
 * @param values [period, columns], as the backend holds them
 * @param period rows after which they repeat
 */
record Matrix(Tensor tensor, float[] values, int period) {
    /** Element of a row and column. */
    float at(long row, int column) {
        return values[(int) (row % period) * tensor.columns() + column];
    }

    int rows() {
        return Math.toIntExact(tensor.rows());
    }

    int columns() {
        return tensor.columns();
    }
}
