package org.ieengine.engine.cuda;

import java.util.Locale;
import org.ieengine.engine.tensor.Tensor;

/**
 * A matrix in device memory, or a view of one: element (r, c) lies at {@code address + b (r * stride + c)}, b the bytes of an
 * element.
 */
final class CudaTensor implements Tensor {
    private final Allocation allocation;
    private final Element element;
    private final long address;
    private final long rows;
    private final int columns;
    private final int stride;
    private final boolean owner;

    /** Memory that a tensor and its views share. */
    interface Allocation {
        /** Whether it has been given back. */
        boolean released();

        /** Gives it back. */
        void release();
    }

    /** A matrix of float32 that owns its memory. */
    CudaTensor(Allocation allocation, long address, long rows, int columns) {
        this(allocation, Element.F32, address, rows, columns);
    }

    /** A matrix that owns its memory, with the usual stride of such elements. */
    CudaTensor(Allocation allocation, Element element, long address, long rows, int columns) {
        this.allocation = allocation;
        this.element = element;
        this.address = address;
        this.rows = rows;
        this.columns = columns;
        this.stride = element.stride(columns);
        this.owner = true;
    }

    private CudaTensor(CudaTensor whole, long address, long rows, int columns) {
        this.allocation = whole.allocation;
        this.element = whole.element;
        this.address = address;
        this.rows = rows;
        this.columns = columns;
        this.stride = whole.stride;
        this.owner = false;
    }

    /**
     * The tensor as one of this backend, of float32.
     *
     * @throws IllegalArgumentException for null, a tensor of another backend, or one of other elements
     * @throws IllegalStateException when it has been closed
     */
    static CudaTensor open(Tensor tensor) {
        CudaTensor open = operand(tensor);
        if (open.element != Element.F32) {
            throw new IllegalArgumentException("the operation takes float32, the matrix " + open + " is an operand of "
                    + open.element.name().toLowerCase(Locale.ROOT));
        }
        return open;
    }

    /** As {@link #open}, whatever its elements are. */
    static CudaTensor operand(Tensor tensor) {
        if (!(tensor instanceof CudaTensor)) {
            throw new IllegalArgumentException(
                    tensor == null ? "a tensor is missing" : "the tensor belongs to another backend");
        }
        CudaTensor open = (CudaTensor) tensor;
        open.requireOpen();
        return open;
    }

    private void requireOpen() {
        if (allocation.released()) {
            throw new IllegalStateException("the tensor " + this + " was used after it had been closed");
        }
    }

    /** How an element lies in memory. */
    Element element() {
        return element;
    }

    /** Where element (0, 0) lies. */
    long address() {
        return address;
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

    /** Whether all its rows begin at multiples of 16 bytes, so that they can be read so many at a time. */
    boolean vectorRows() {
        return address % (element.ofVector() * element.bytes()) == 0 && stride % element.ofVector() == 0;
    }

    /** Whether its rows lie one after the other without gaps. */
    boolean dense() {
        return stride == columns || rows <= 1;
    }

    /** Whether an element of this may be one of the other. */
    boolean overlaps(CudaTensor other) {
        if (allocation != other.allocation || rows == 0 || other.rows == 0) {
            return false;
        }
        boolean apart = end() <= other.address || other.end() <= address;
        if (apart || stride != other.stride) {
            return !apart;
        }
        long elements = (address - other.address) / element.bytes();
        // Columns from the other's first one to this one's, in a row of both.
        long column = Math.floorMod(elements, stride);
        return column < other.columns || column + columns > stride;
    }

    private long end() {
        return address + element.bytes() * ((rows - 1) * stride + columns);
    }

    /** Same place and shape: what an operation in place gets as input and output. */
    boolean same(CudaTensor other) {
        return allocation == other.allocation
                && element == other.element
                && address == other.address
                && stride == other.stride
                && rows == other.rows
                && columns == other.columns;
    }

    @Override
    public CudaTensor rowRange(long from, long to) {
        requireOpen();
        if (from < 0 || to < from || to > rows) {
            throw new IllegalArgumentException("rows " + from + " to " + to + " of " + this);
        }
        return new CudaTensor(this, address + element.bytes() * from * stride, to - from, columns);
    }

    @Override
    public CudaTensor columnRange(int from, int to) {
        requireOpen();
        if (from < 0 || to <= from || to > columns) {
            throw new IllegalArgumentException("columns " + from + " to " + to + " of " + this);
        }
        return new CudaTensor(this, address + (long) element.bytes() * from, rows, to - from);
    }

    @Override
    public void close() {
        if (owner) {
            if (allocation.released()) {
                throw new IllegalStateException("the tensor " + this + " was closed twice");
            }
            allocation.release();
        }
    }

    @Override
    public String toString() {
        return "[" + rows + ", " + columns + "]";
    }
}
