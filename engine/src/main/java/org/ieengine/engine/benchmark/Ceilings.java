package org.ieengine.engine.benchmark;

import org.ieengine.engine.cuda.Precision;

/**
 * What the machine can do at most, as measured in the same run.
 *
 * @param precision mode of the products
 * @param bytesPerSecond read and written by a large copy
 * @param flopPerSecond of a large square product in this precision
 * @param flopPerSecondStrict of one in float32
 * @param matrixSize rows and columns of that product
 * @param multiplier what multiplied: own kernels, cuBLAS, OpenBLAS
 */
public record Ceilings(
        Precision precision,
        double bytesPerSecond,
        double flopPerSecond,
        double flopPerSecondStrict,
        int matrixSize,
        String multiplier) {
    /** Seconds that no program could stay below. */
    public double floorSeconds(Cost cost, boolean strict) {
        return Math.max(cost.bytes() / bytesPerSecond, cost.flop() / (strict ? flopPerSecondStrict : flopPerSecond));
    }
}
