package org.ieengine.kernels;

/**
 * Extent of a launch.
 *
 * @param gridX blocks in x, 1 to 2^31 - 1
 * @param gridY blocks in y, 1 to 65,535
 * @param gridZ blocks in z, 1 to 65,535
 * @param threads threads of a block, all in x, 1 to 1,024
 * @param sharedBytes dynamic shared memory of a block, in bytes
 */
public record LaunchShape(int gridX, int gridY, int gridZ, int threads, int sharedBytes) {
    private static final int MOST_ACROSS = 65_535;
    private static final int MOST_THREADS = 1024;

    /** Checks the limits that every GPU has. */
    public LaunchShape {
        if (gridX < 1 || gridY < 1 || gridZ < 1 || gridY > MOST_ACROSS || gridZ > MOST_ACROSS) {
            throw new IllegalArgumentException("a grid of " + gridX + " x " + gridY + " x " + gridZ + " blocks");
        }
        if (threads < 1 || threads > MOST_THREADS || sharedBytes < 0) {
            throw new IllegalArgumentException(
                    "a block of " + threads + " threads with " + sharedBytes + " bytes of shared memory");
        }
    }

    /** A row of blocks without dynamic shared memory. */
    public static LaunchShape of(int blocks, int threads) {
        return new LaunchShape(blocks, 1, 1, threads, 0);
    }
}
