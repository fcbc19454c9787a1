package org.ieengine.engine.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.ieengine.engine.tensor.Tensor;

/** A matrix, or a view of one: element (r, c) lies at {@code offset + r * stride + c} of the memory. */
final class CpuTensor implements Tensor {
    private final FloatMemory memory;
    private final long offset;
    private final long rows;
    private final int columns;
    private final int stride;
    private final boolean owner;

    private CpuTensor(FloatMemory memory, long offset, long rows, int columns, int stride, boolean owner) {
        this.memory = memory;
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.stride = stride;
        this.owner = owner;
    }

    /** A zero-filled matrix [rows, columns]. */
    static CpuTensor allocate(MemoryLedger ledger, long rows, int columns) {
        if (rows < 0 || columns < 1) {
            throw new IllegalArgumentException("cannot allocate a matrix [" + rows + ", " + columns + "]");
        }
        long elements = rows > Long.MAX_VALUE / columns ? Long.MAX_VALUE : rows * columns;
        return new CpuTensor(ledger.allocate(elements), 0, rows, columns, columns, true);
    }

    /**
     * The tensor as one of this backend.
     *
     * @throws IllegalArgumentException for null or a tensor of another backend
     * @throws IllegalStateException when it has been closed
     */
    static CpuTensor open(Tensor tensor) {
        if (!(tensor instanceof CpuTensor)) {
            throw new IllegalArgumentException(
                    tensor == null ? "a tensor is missing" : "the tensor belongs to another backend");
        }
        CpuTensor own = (CpuTensor) tensor;
        own.memory.requireOpen();
        return own;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    /** Elements from one row to the next. */
    int stride() {
        return stride;
    }

    /** Whether its rows lie one after the other without gaps. */
    boolean contiguous() {
        return stride == columns || rows == 1;
    }

    /** Native address of the first element; only for native memory. */
    FloatPointer pointer() {
        return memory.pointer(offset);
    }

    @Override
    public CpuTensor rowRange(long from, long to) {
        memory.requireOpen();
        if (from < 0 || to < from || to > rows) {
            throw new IllegalArgumentException("rows " + from + " to " + to + " of a matrix " + this);
        }
        return new CpuTensor(memory, offset + from * stride, to - from, columns, stride, false);
    }

    @Override
    public CpuTensor columnRange(int from, int to) {
        memory.requireOpen();
        if (from < 0 || to <= from || to > columns) {
            throw new IllegalArgumentException("columns " + from + " to " + to + " of a matrix " + this);
        }
        return new CpuTensor(memory, offset + from, rows, to - from, stride, false);
    }

    /** The same elements of a matrix without gaps, seen as [rows, columns]. */
    CpuTensor reshape(long newRows, int newColumns) {
        if (!contiguous() || newRows * newColumns != rows * columns) {
            throw new IllegalArgumentException("a matrix " + this + " seen as [" + newRows + ", " + newColumns + "]");
        }
        return new CpuTensor(memory, offset, newRows, newColumns, newColumns, false);
    }

    /** Copies rows to the array, packed one after the other from {@code at} on. */
    void readRows(long first, int count, float[] target, int at) {
        if (stride == columns) {
            memory.get(offset + first * stride, target, at, count * columns);
            return;
        }
        for (int r = 0; r < count; r++) {
            memory.get(offset + (first + r) * stride, target, at + r * columns, columns);
        }
    }

    /** Copies packed rows of the array, from {@code at} on, to rows of the matrix. */
    void writeRows(long first, int count, float[] source, int at) {
        if (stride == columns) {
            memory.put(offset + first * stride, source, at, count * columns);
            return;
        }
        for (int r = 0; r < count; r++) {
            memory.put(offset + (first + r) * stride, source, at + r * columns, columns);
        }
    }

    /** Whether an element of this may be one of the other. */
    boolean overlaps(CpuTensor other) {
        if (memory != other.memory || rows == 0 || other.rows == 0) {
            return false;
        }
        boolean apart = end() <= other.offset || other.end() <= offset;
        if (apart || stride != other.stride) {
            return !apart;
        }
        long column = offset % stride;
        long otherColumn = other.offset % stride;
        return column < otherColumn + other.columns && otherColumn < column + columns;
    }

    private long end() {
        return offset + (rows - 1) * stride + columns;
    }

    /** Same place and shape: what an operation in place gets as input and output. */
    boolean same(CpuTensor other) {
        return memory == other.memory
                && offset == other.offset
                && stride == other.stride
                && rows == other.rows
                && columns == other.columns;
    }

    @Override
    public void close() {
        if (owner) {
            memory.close();
        }
    }

    /** The shape: {@code [rows, columns]}. */
    @Override
    public String toString() {
        return "[" + rows + ", " + columns + "]";
    }
}
