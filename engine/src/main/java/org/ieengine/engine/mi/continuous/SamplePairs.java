package org.ieengine.engine.mi.continuous;

/**
 * N samples of a pair (x, y). The arrays are row-major, not copied, and must not be changed.
 *
 * @param x [N, dx]
 * @param dx width of x
 * @param y [N, dy]
 * @param dy width of y
 */
public record SamplePairs(float[] x, int dx, float[] y, int dy) {
    /**
     * Checks the shapes and that every value is finite.
     *
     * @throws IllegalArgumentException naming what does not fit, or the first value that is not finite
     */
    public SamplePairs {
        if (dx < 1 || dy < 1 || x.length % dx != 0 || y.length % dy != 0 || x.length / dx != y.length / dy) {
            throw new IllegalArgumentException("x of " + x.length + " values in rows of " + dx + " and y of " + y.length
                    + " in rows of " + dy + " must have equally many whole rows");
        }
        if (x.length == 0) {
            throw new IllegalArgumentException("there are no samples");
        }
        requireFinite("x", x, dx);
        requireFinite("y", y, dy);
    }

    private static void requireFinite(String name, float[] values, int columns) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(
                        name + " [" + i / columns + ", " + i % columns + "] is " + values[i] + ", not a finite number");
            }
        }
    }

    /** Number of samples N. */
    public int size() {
        return x.length / dx;
    }
}
