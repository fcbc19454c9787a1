package org.ieengine.kernels;

/**
 * What a GPU is.
 *
 * @param index its number among the visible ones
 * @param name its name
 * @param capability compute capability times ten: 80, 90
 * @param multiprocessors streaming multiprocessors
 * @param sharedBytes most shared memory of a block, in bytes
 * @param cacheBytes second-level cache, in bytes
 * @param totalBytes device memory, in bytes
 * @param driverVersion newest CUDA version that the driver serves, times 1000 (12040: 12.4)
 */
public record GpuProperties(
        int index,
        String name,
        int capability,
        int multiprocessors,
        int sharedBytes,
        int cacheBytes,
        long totalBytes,
        int driverVersion) {}
