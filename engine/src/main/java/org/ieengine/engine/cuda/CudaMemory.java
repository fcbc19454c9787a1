package org.ieengine.engine.cuda;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.MemoryOperations;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Allocation, transfers and copies. */
final class CudaMemory implements MemoryOperations {
    private final DeviceQueue queue;
    private final WeightUpload weights;
    private final CudaRows rowCopies;
    private final Element operands;

    /** @param operands how operands lie in memory */
    CudaMemory(DeviceQueue queue, WeightUpload weights, CudaRows rowCopies, Element operands) {
        this.queue = queue;
        this.operands = operands;
        this.weights = weights;
        this.rowCopies = rowCopies;
    }

    @Override
    public CudaTensor allocate(long rows, int columns) {
        return allocate(Element.F32, rows, columns);
    }

    @Override
    public CudaTensor allocateOperand(long rows, int columns) {
        return allocate(operands, rows, columns);
    }

    @Override
    public int operandBytes() {
        return operands.bytes();
    }

    @Override
    public long operandBytes(long rows, int columns) {
        return rows * operands.bytes() * operands.stride(columns);
    }

    private CudaTensor allocate(Element element, long rows, int columns) {
        if (rows < 0 || columns < 1) {
            throw new IllegalArgumentException("cannot allocate a matrix [" + rows + ", " + columns + "]");
        }
        long row = (long) element.bytes() * element.stride(columns);
        long bytes = rows > Long.MAX_VALUE / row ? Long.MAX_VALUE : rows * row;
        DeviceArena.Block block = queue.allocate(bytes);
        queue.fill(block.address(), 0, bytes / Integer.BYTES);
        return new CudaTensor(block, element, block.address(), rows, columns);
    }

    /** A matrix [rows, columns] of undefined contents on its way from or to the host. */
    private CudaTensor passing(int rows, int columns) {
        DeviceArena.Block block = queue.allocateBriefly((long) rows * columns * Float.BYTES);
        return new CudaTensor(block, block.address(), rows, columns);
    }

    @Override
    public CudaIndices indices(int[] values) {
        DeviceArena.Block block = queue.allocateBriefly((long) values.length * Integer.BYTES);
        CudaIndices indices = new CudaIndices(block, block.address(), values.length);
        write(values, indices);
        return indices;
    }

    @Override
    public CudaTensor load(StoredTensor source) {
        return load(source, Element.F32);
    }

    @Override
    public CudaTensor loadOperand(StoredTensor source) {
        return load(source, operands);
    }

    private CudaTensor load(StoredTensor source, Element element) {
        long[] shape = source.shape();
        long rows = shape.length == 2 ? shape[0] : 1;
        long width = shape.length == 0 ? 1 : shape[shape.length - 1];
        if (shape.length > 2 || width < 1 || width > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("load: the tensor " + source.name() + " of shape "
                    + Arrays.toString(shape) + " is no matrix [rows, columns] or vector [columns]");
        }
        int columns = (int) width;
        int stride = element.stride(columns);
        DeviceArena.Block block = queue.allocate(rows * stride * element.bytes());
        boolean loaded = false;
        try {
            queue.letGo(block, weights.stream());
            queue.waitFor(
                    element == Element.F32
                            ? weights.upload(source, block.address())
                            : weights.uploadRounded(source, columns, block.address(), stride));
            loaded = true;
            return new CudaTensor(block, element, block.address(), rows, columns);
        } finally {
            if (!loaded) {
                // What was queued before the fault may still write there.
                weights.finish();
                block.release();
            }
        }
    }

    @Override
    public void write(float[] values, Tensor target, long firstRow) {
        queue.requireNoRecording("write values");
        CudaTensor to = CudaTensor.operand(target);
        int rows = values.length / to.columns();
        if (values.length % to.columns() != 0 || firstRow < 0 || firstRow + rows > to.rows()) {
            throw new IllegalArgumentException("write: " + values.length + " values from row " + firstRow
                    + " on are no whole rows of a matrix " + to);
        }
        CudaTensor part = to.rowRange(firstRow, firstRow + rows);
        if (part.element() == Element.F32 && part.dense()) {
            queue.write(values, part.address());
        } else {
            try (CudaTensor dense = passing(rows, to.columns())) {
                queue.write(values, dense.address());
                rowCopies.copy(dense, part);
            }
        }
    }

    @Override
    public void write(int[] values, Indices target) {
        queue.requireNoRecording("write indices");
        CudaIndices to = CudaIndices.open(target);
        if (values.length != to.length()) {
            throw new IllegalArgumentException(
                    "write: " + values.length + " values [" + values.length + "] for [" + to.length() + "] indices");
        }
        to.holds(values);
        queue.write(values, to.address());
    }

    @Override
    public void read(Tensor source, long firstRow, int rows, float[] values) {
        queue.requireNoRecording("read values");
        CudaTensor from = CudaTensor.operand(source);
        if (firstRow < 0 || rows < 0 || firstRow + rows > from.rows() || (long) rows * from.columns() > values.length) {
            throw new IllegalArgumentException("read: " + rows + " rows from row " + firstRow + " on of a matrix "
                    + from + " into [" + values.length + "] values");
        }
        CudaTensor part = from.rowRange(firstRow, firstRow + rows);
        if (part.element() == Element.F32 && part.dense()) {
            queue.staging().read(part.address(), values, rows * from.columns());
        } else {
            try (CudaTensor dense = passing(rows, from.columns())) {
                rowCopies.copy(part, dense);
                queue.staging().read(dense.address(), values, rows * from.columns());
            }
        }
    }

    @Override
    public void fill(Tensor target, float value) {
        CudaTensor to = CudaTensor.operand(target);
        if (to.element() == Element.F32 && to.dense()) {
            queue.fill(to.address(), Float.floatToRawIntBits(value), to.rows() * to.columns());
        } else {
            rowCopies.fill(to, value);
        }
    }

    @Override
    public void copy(Tensor source, Tensor target) {
        CudaTensor from = CudaTensor.operand(source);
        CudaTensor to = CudaTensor.operand(target);
        CudaShapes.same("copy", from, to);
        CudaShapes.requireApartOrSame("copy", from, to);
        if (from.same(to)) {
            return;
        }
        if (from.element() == to.element() && from.dense() && to.dense()) {
            queue.copy(
                    from.address(),
                    to.address(),
                    from.rows() * from.columns() * from.element().bytes());
        } else {
            rowCopies.copy(from, to);
        }
    }

    @Override
    public void gatherRows(Tensor source, Indices rows, Tensor target) {
        rowCopies.gatherRows(source, rows, target);
    }

    @Override
    public void synchronise() {
        queue.synchronise();
    }

    @Override
    public Recording record(List<Runnable> series) {
        return queue.record(series);
    }

    @Override
    public void reserve(long bytes) {
        queue.requireNoRecording("reserve memory");
        queue.arena().reserve(bytes);
    }

    @Override
    public long freeBytes() {
        return queue.arena().freeBytes();
    }
}
