package org.ieengine.kernels;

/** An allocation in device memory. */
public interface GpuMemory extends AutoCloseable {
    /** Where it starts, as kernels see it. */
    long address();

    /** Its size. */
    long bytes();

    /** Frees it; work that uses it must have ended. */
    @Override
    void close();
}
