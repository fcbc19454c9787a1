package org.ieengine.loaders.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor as it lies in a file: name, element type, shape, and its elements on demand, row-major. Nothing is copied to the
 * heap but what a call asks for; tensors beyond 2 GiB are read like any other.
 */
public interface StoredTensor {
    /** Name within the file. */
    String name();

    /** Element type as stored. */
    ElementType type();

    /** Shape; empty for a scalar. A fresh copy. */
    long[] shape();

    /** Number of elements: the product of the shape, 1 for a scalar. */
    long elements();

    /**
     * Reads {@code count} elements from {@code first} on (row-major order) widened (F64: rounded) to float32.
     *
     * @throws IndexOutOfBoundsException when the range leaves the tensor or the target
     */
    void read(long first, float[] target, int offset, int count);

    /** As {@link #read(long, float[], int, int)}, in float64. */
    void read(long first, double[] target, int offset, int count);

    /**
     * As {@link #read(long, float[], int, int)} for integer and boolean tensors.
     *
     * @throws org.ieengine.loaders.InputException when the tensor holds floating-point elements
     */
    void read(long first, long[] target, int offset, int count);

    /**
     * Reads elements as they are stored, little-endian and unconverted, from element {@code first} on until the target is full:
     * from its position to its limit. The byte order set on the target plays no part.
     *
     * @throws IllegalArgumentException when the room is no whole number of elements
     * @throws IndexOutOfBoundsException when the range leaves the tensor
     */
    default void readBytes(long first, ByteBuffer target) {
        if (type() != ElementType.F32) {
            throw new IllegalStateException("tensor " + name() + " of type " + type() + " gives no stored bytes");
        }
        int count = wholeElements(target);
        float[] values = new float[count];
        read(first, values, 0, count);
        target.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        target.position(target.limit());
    }

    /**
     * Elements that a buffer has room for.
     *
     * @throws IllegalArgumentException when the room is no whole number of elements
     */
    default int wholeElements(ByteBuffer target) {
        if (target.remaining() % type().bytes() != 0) {
            throw new IllegalArgumentException("room for " + target.remaining()
                    + " bytes is no whole number of elements of type " + type() + " (tensor " + name() + ")");
        }
        return target.remaining() / type().bytes();
    }
}
