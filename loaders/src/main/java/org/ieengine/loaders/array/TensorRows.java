package org.ieengine.loaders.array;

import java.util.Arrays;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;

/** A tensor [N, d], [N] or [N, 1, d] (hidden states of one position) of a safetensors file. Owns the file. */
final class TensorRows implements ArrayRows {
    private static final long EXACT = 1L << 53;

    private final SafetensorsFile file;
    private final StoredTensor tensor;
    private final String name;
    private final long rows;
    private final int columns;

    /** Takes the file over; closes it when the tensor is not of the shape expected. */
    TensorRows(SafetensorsFile file, StoredTensor tensor) {
        this.file = file;
        this.tensor = tensor;
        this.name = file.path() + ":" + tensor.name();
        long[] shape = tensor.shape();
        boolean onePosition = shape.length == 3 && shape[1] == 1;
        boolean table = shape.length == 2 || onePosition;
        if (!table && shape.length != 1 || table && shape[shape.length - 1] > Integer.MAX_VALUE) {
            file.close();
            throw new InputException(
                    file.path().toString(),
                    "tensor " + tensor.name(),
                    "shape " + Arrays.toString(shape) + " where [N, d], [N] or [N, 1, d] is expected");
        }
        this.rows = shape[0];
        this.columns = shape.length == 1 ? 1 : (int) shape[shape.length - 1];
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void read(long firstRow, int count, double[] target) {
        if (tensor.type() == ElementType.I64) {
            readExactly(firstRow, count, target);
        } else {
            tensor.read(firstRow * columns, target, 0, count * columns);
        }
    }

    private void readExactly(long firstRow, int count, double[] target) {
        long[] values = new long[count * columns];
        tensor.read(firstRow * columns, values, 0, values.length);
        for (int i = 0; i < values.length; i++) {
            if (values[i] > EXACT || values[i] < -EXACT) {
                throw new InputException(
                        name,
                        "row " + (firstRow + i / columns) + ", column " + i % columns,
                        values[i] + " is beyond 2^53; number the values from 0 upwards instead");
            }
            target[i] = values[i];
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
