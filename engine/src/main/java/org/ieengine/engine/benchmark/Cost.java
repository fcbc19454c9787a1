package org.ieengine.engine.benchmark;

/**
 * What an operation costs at the least.
 *
 * @param bytes that must be read or written once: inputs, and the output (twice where it is added to)
 * @param flop float operations: two for each multiplication and addition of a product, else those of the formula, a function such as
 *     the exponential counting as one
 */
public record Cost(double bytes, double flop) {
    /** Float operations a byte: the horizontal place in a roofline. */
    public double intensity() {
        return flop / bytes;
    }
}
