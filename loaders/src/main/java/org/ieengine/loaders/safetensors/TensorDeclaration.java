package org.ieengine.loaders.safetensors;

import java.util.List;
import java.util.stream.LongStream;

/**
 * Name, element type and shape of a tensor that is going to be written.
 *
 * @param shape extents from 0 on; empty for a scalar
 */
public record TensorDeclaration(String name, ElementType type, List<Long> shape) {
    /**
     * Checks that the number of bytes fits a long.
     *
     * @throws IllegalArgumentException when an extent is negative, or the name is the one reserved for metadata
     * @throws ArithmeticException when the tensor has 2^63 bytes or more
     */
    public TensorDeclaration {
        shape = List.copyOf(shape);
        if (name.equals("__metadata__")) {
            throw new IllegalArgumentException("__metadata__ is no name for a tensor");
        }
        if (shape.stream().anyMatch(extent -> extent < 0)) {
            throw new IllegalArgumentException("shape " + shape + " of tensor " + name);
        }
        Math.multiplyExact(product(shape), type.bytes());
    }

    /** As the constructor, of a shape in plain numbers. */
    public static TensorDeclaration of(String name, ElementType type, long... shape) {
        return new TensorDeclaration(name, type, LongStream.of(shape).boxed().toList());
    }

    /** Number of elements. */
    public long elements() {
        return product(shape);
    }

    /** Number of bytes. */
    public long bytes() {
        return elements() * type.bytes();
    }

    private static long product(List<Long> shape) {
        long product = 1;
        for (long extent : shape) {
            product = Math.multiplyExact(product, extent);
        }
        return product;
    }
}
