package org.ieengine.engine.cuda;

import java.util.List;

/**
 * What the transposed first factor of a product adds up to along the depth, besides the product: with the gradients of a layer's
 * outputs, those of its biases.
 *
 * @param parts address of doubles [parts of the depth, rows of the product]
 */
record FactorSums(long parts) {
    /** What a kernel that could is given when they are not wanted. */
    static final List<Object> NONE = List.of(0L);

    /** What a kernel is given. */
    List<Object> arguments() {
        return List.of(parts);
    }
}
