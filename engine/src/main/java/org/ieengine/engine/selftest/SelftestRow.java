package org.ieengine.engine.selftest;

/**
 * What one check gave.
 *
 * @param operation what was tried
 * @param shape on what
 * @param precision mode of the matrix products: f32, tf32, bf16
 * @param tolerance greatest error that passes
 * @param error greatest error found, in the unit of the tolerance; NaN when there was none to find because of a fault
 * @param fault what went wrong besides, one line; empty for nothing
 */
public record SelftestRow(
        String operation, String shape, String precision, double tolerance, double error, String fault) {
    /** Whether the error is within the tolerance. */
    public boolean passed() {
        return fault.isEmpty() && error <= tolerance;
    }
}
