package org.ieengine.loaders.safetensors;

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
}
