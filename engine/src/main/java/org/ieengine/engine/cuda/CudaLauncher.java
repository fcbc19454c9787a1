package org.ieengine.engine.cuda;

import org.ieengine.kernels.GpuProperties;
import org.ieengine.kernels.LaunchShape;

/** What the operations of the backend need of the device: its stream for their kernels, and working memory. */
interface CudaLauncher {
    /** The device. */
    GpuProperties properties();

    /** Whether the device has a kernel of that name. */
    boolean hasKernel(String kernel);

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

    /**
     * Memory that stays until it is released, aligned to 256, its contents undefined; not inside a recording.
     *
     * @throws org.ieengine.engine.tensor.MemoryExhaustedException when there is no room for it
     */
    DeviceArena.Block allocate(long bytes);

    /**
     * Refuses what recorded work cannot contain.
     *
     * @param what the refused, a verb and its object: {@code write values}
     */
    void requireNoRecording(String what);

    /** Whether work is being recorded now instead of done. */
    boolean recording();

    /** Reads bytes into the start of {@code target} and waits for them; not inside a recording. */
    void read(long address, byte[] target);

    /** As {@link #read(long, byte[])}. */
    void read(long address, int[] target);

    /** As {@link #read(long, byte[])}. */
    void read(long address, long[] target);

    /** As {@link #read(long, byte[])}. */
    void read(long address, float[] target);

    /** As {@link #read(long, byte[])}. */
    void read(long address, double[] target);

    /**
     * Copies bytes to device memory in the order of the stream, not waiting for it; {@code source} may be changed on return. Not
     * inside a recording.
     */
    void write(byte[] source, long address);

    /** As {@link #write(byte[], long)}. */
    void write(int[] source, long address);

    /** As {@link #write(byte[], long)}. */
    void write(long[] source, long address);

    /** As {@link #write(byte[], long)}. */
    void write(float[] source, long address);

    /** As {@link #write(byte[], long)}. */
    void write(double[] source, long address);
}
