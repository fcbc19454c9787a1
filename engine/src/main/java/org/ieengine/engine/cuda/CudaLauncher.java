package org.ieengine.engine.cuda;

import org.ieengine.kernels.GpuProperties;
import org.ieengine.kernels.LaunchShape;

/** What the operations of the backend need of the device: its stream for their kernels, and working memory. */
interface CudaLauncher {
    /** The device. */
    GpuProperties properties();

    /**
     * Queues a kernel on the backend's stream.
     *
     * @param arguments a Long for each pointer or long, an Integer for each int, a Float for each float
     */
    void launch(String kernel, LaunchShape shape, Object... arguments);

    /** Sets 32-bit words of device memory, in the order of the stream. */
    void fill(long address, int word, long words);

    /** Copies bytes within device memory, in the order of the stream. */
    void copy(long from, long to, long bytes);

    /**
     * Address of working memory of so many bytes, aligned to 256, its contents undefined. It is the caller's until the next call
     * of this method by whichever operation.
     */
    long scratch(long bytes);

    /** Reads bytes into the start of {@code target} and waits for them; not inside a recording. */
    void read(long address, byte[] target);

    /** Copies bytes to device memory in the order of the stream, not waiting for it; {@code source} may be changed on return. */
    void write(byte[] source, long address);
}
