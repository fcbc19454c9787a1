package org.ieengine.engine.cuda;

import org.ieengine.kernels.GpuProperties;
import org.ieengine.kernels.LaunchShape;

/**
 * How a kernel walks over all elements of matrices of one shape: their rows and columns, or one long row when none of them has gaps.
 *
 * @param rows rows as the kernel sees them
 * @param columns columns as the kernel sees them
 */
record ElementWalk(long rows, long columns) {
    private static final int THREADS = 256;

    /** Elements that a thread takes at a time, where addresses allow it. */
    private static final int AT_ONCE = 4;

    /** Blocks of 256 threads that a multiprocessor holds, times the number of turns that even out their ends. */
    private static final int BLOCKS_PER_MULTIPROCESSOR = 32;

    /** Over matrices of the same shape. */
    static ElementWalk over(CudaTensor... matrices) {
        boolean dense = true;
        for (CudaTensor matrix : matrices) {
            dense &= matrix.dense();
        }
        CudaTensor first = matrices[0];
        return dense
                ? new ElementWalk(1, first.rows() * first.columns())
                : new ElementWalk(first.rows(), first.columns());
    }

    /** Row by row over a matrix, for kernels that need to know which row it is. */
    static ElementWalk byRow(CudaTensor matrix) {
        return new ElementWalk(matrix.rows(), matrix.columns());
    }

    /** Whether there is nothing to do. */
    boolean empty() {
        return rows == 0 || columns == 0;
    }

    /** Enough threads for all elements, or for the device to be busy. */
    LaunchShape shape(GpuProperties device) {
        long wanted = (rows * columns + THREADS * AT_ONCE - 1) / (THREADS * AT_ONCE);
        long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.multiprocessors();
        return LaunchShape.of((int) Math.min(wanted, most), THREADS);
    }
}
