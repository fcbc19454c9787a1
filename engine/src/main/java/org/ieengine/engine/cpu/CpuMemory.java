package org.ieengine.engine.cpu;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.MemoryOperations;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Allocation, transfers and copies. */
final class CpuMemory implements MemoryOperations {
    private final MemoryLedger ledger;
    private final RowPanels panels;

    CpuMemory(MemoryLedger ledger, RowPanels panels) {
        this.ledger = ledger;
        this.panels = panels;
    }

    @Override
    public CpuTensor allocate(long rows, int columns) {
        return CpuTensor.allocate(ledger, rows, columns);
    }

    @Override
    public CpuTensor allocateOperand(long rows, int columns) {
        return allocate(rows, columns);
    }

    @Override
    public int operandBytes() {
        return Float.BYTES;
    }

    @Override
    public long operandBytes(long rows, int columns) {
        return Float.BYTES * rows * columns;
    }

    @Override
    public Indices indices(int[] values) {
        return new CpuIndices(values);
    }

    @Override
    public Tensor load(StoredTensor source) {
        long[] shape = source.shape();
        long rows = shape.length == 2 ? shape[0] : 1;
        long columns = shape.length == 0 ? 1 : shape[shape.length - 1];
        if (shape.length > 2 || columns < 1 || columns > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("load: the tensor " + source.name() + " of shape "
                    + Arrays.toString(shape) + " is no matrix [rows, columns] or vector [columns]");
        }
        CpuTensor target = allocate(rows, (int) columns);
        try {
            // In this thread: a stored tensor need not be readable from several at once.
            int height = RowPanels.height(target.columns());
            float[] values = new float[height * target.columns()];
            for (long first = 0; first < rows; first += height) {
                int count = (int) Math.min(height, rows - first);
                source.read(first * columns, values, 0, count * target.columns());
                target.writeRows(first, count, values, 0);
            }
        } catch (RuntimeException | Error fault) {
            target.close();
            throw fault;
        }
        return target;
    }

    @Override
    public Tensor loadOperand(StoredTensor source) {
        return load(source);
    }

    @Override
    public void write(float[] values, Tensor target, long firstRow) {
        CpuTensor to = CpuTensor.open(target);
        int rows = values.length / to.columns();
        if (values.length % to.columns() != 0 || firstRow < 0 || firstRow + rows > to.rows()) {
            throw new IllegalArgumentException("write: " + values.length + " values from row " + firstRow
                    + " on are no whole rows of a matrix " + to);
        }
        to.writeRows(firstRow, rows, values, 0);
    }

    @Override
    public void write(int[] values, Indices target) {
        CpuIndices.write(values, target);
    }

    @Override
    public void read(Tensor source, long firstRow, int rows, float[] values) {
        CpuTensor from = CpuTensor.open(source);
        if (firstRow < 0 || rows < 0 || firstRow + rows > from.rows() || (long) rows * from.columns() > values.length) {
            throw new IllegalArgumentException("read: " + rows + " rows from row " + firstRow + " on of a matrix "
                    + from + " into [" + values.length + "] values");
        }
        from.readRows(firstRow, rows, values, 0);
    }

    @Override
    public void fill(Tensor target, float value) {
        CpuTensor to = CpuTensor.open(target);
        panels.forEach(to.rows(), to.columns(), (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * to.columns());
            Arrays.fill(values, 0, rows * to.columns(), value);
            to.writeRows(first, rows, values, 0);
        });
    }

    @Override
    public void copy(Tensor source, Tensor target) {
        CpuTensor from = CpuTensor.open(source);
        CpuTensor to = CpuTensor.open(target);
        Shapes.same("copy", from, to);
        Shapes.requireApartOrSame("copy", from, to);
        panels.forEach(to.rows(), to.columns(), (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * to.columns());
            from.readRows(first, rows, values, 0);
            to.writeRows(first, rows, values, 0);
        });
    }

    @Override
    public void gatherRows(Tensor source, Indices rows, Tensor target) {
        CpuTensor from = CpuTensor.open(source);
        CpuTensor to = CpuTensor.open(target);
        int[] wanted = CpuIndices.open(rows);
        Shapes.require("gatherRows", to, wanted.length, from.columns(), "source " + from);
        Shapes.requireApart("gatherRows", from, to);
        Shapes.requireRows("gatherRows", wanted, from);
        int columns = to.columns();
        panels.forEach(to.rows(), columns, (index, first, count, scratch) -> {
            float[] values = scratch.floats(0, count * columns);
            for (int r = 0; r < count; r++) {
                from.readRows(wanted[(int) first + r], 1, values, r * columns);
            }
            to.writeRows(first, count, values, 0);
        });
    }

    @Override
    public void synchronise() {
        // Every operation has happened when it returns.
    }

    @Override
    public Recording record(List<Runnable> series) {
        return new CpuRecording(() -> series.forEach(Runnable::run));
    }

    @Override
    public void reserve(long bytes) {
        // The system gives memory when it is written to; holding it beforehand would only take it from others.
    }

    @Override
    public long freeBytes() {
        return HostMemory.availableBytes();
    }

    /** Bytes held now. */
    long allocatedBytes() {
        return ledger.allocatedBytes();
    }

    /** The most bytes ever held at once. */
    long peakBytes() {
        return ledger.peakBytes();
    }
}
