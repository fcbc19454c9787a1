package org.ieengine.kernels;

/**
 * One GPU as its driver shows it: memory, streams, kernels of this project. One thread at a time; whatever was made here is closed
 * before the device is. Every method throws {@link GpuException} when the driver refuses.
 */
public interface GpuDevice extends AutoCloseable {
    /** What kind of GPU this is. */
    GpuProperties properties();

    /** Bytes of device memory that are free now. */
    long freeBytes();

    /**
     * Device memory of so many bytes, its contents undefined, aligned to 256.
     *
     * @throws GpuException of kind {@link GpuException.Kind#OUT_OF_MEMORY} when there is not so much
     */
    GpuMemory allocate(long bytes);

    /** Host memory that copies to and from the device can use while the host goes on; at most 2^31 - 1 bytes. */
    PinnedMemory allocatePinned(int bytes);

    /** A new queue of work. */
    GpuStream newStream();

    /** A new mark that can be put into a queue. */
    GpuEvent newEvent();

    /**
     * The kernel of that name; loads the module that holds it when it is the first of it.
     *
     * @throws IllegalArgumentException when no kernel has this name
     */
    GpuKernel kernel(String name);

    /**
     * Whether {@link #kernel} would find a kernel of that name: kernels of sm_90a are there on compute capability 9.0 only, bf16 and
     * tf32 products from 8.0 on.
     */
    boolean hasKernel(String name);

    /**
     * Whether a {@link GpuException} of kind {@link GpuException.Kind#LOST} has been thrown: nothing on the device can be used any
     * more, what is closed from now on is quiet, and there is nothing to wait for.
     */
    boolean lost();

    /** Releases the device. */
    @Override
    void close();
}
