package org.ieengine.bench;

import java.util.Arrays;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/** Large matrices of standard normal numbers for measurements: the same ones every time, repeating after about 2^20 numbers. */
final class NormalTensors {
    private static final int DISTINCT = 1 << 20;

    private NormalTensors() {}

    /** A new matrix [rows, columns] filled from the stream of that number. */
    static Tensor allocate(Backend backend, long rows, int columns, int stream) {
        Tensor tensor = backend.allocate(rows, columns);
        fill(backend, tensor, stream);
        return tensor;
    }

    /** The same as an operand of products, rounded where the backend keeps operands so. */
    static Tensor allocateOperand(Backend backend, long rows, int columns, int stream) {
        Tensor tensor = backend.allocateOperand(rows, columns);
        fill(backend, tensor, stream);
        return tensor;
    }

    /** Fills it from the stream of that number. */
    static void fill(Backend backend, Tensor tensor, int stream) {
        long rows = tensor.rows();
        int columns = tensor.columns();
        // An odd number of rows, so that no tile of a power of two of rows is like the next.
        int atOnce = (int) Math.max(1, Math.min(rows, DISTINCT / columns - 1 | 1));
        float[] values = new float[atOnce * columns];
        new Philox(0, stream, 0, 0, 0).normals(0, 1, values);
        for (long first = 0; first < rows; first += atOnce) {
            int now = (int) Math.min(atOnce, rows - first);
            backend.write(now == atOnce ? values : Arrays.copyOf(values, now * columns), tensor, first);
        }
    }
}
