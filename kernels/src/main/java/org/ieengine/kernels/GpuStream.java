package org.ieengine.kernels;

/**
 * A queue of work on a device. Methods return at once, the work happens in order; {@link #synchronise()} waits for it. Pinned
 * memory that a copy reads or writes must stay untouched until the copy has happened.
 */
public interface GpuStream extends AutoCloseable {
    /** Copies bytes from pinned host memory to device memory. */
    void upload(PinnedMemory from, long offset, long to, long bytes);

    /** Copies bytes from device memory to pinned host memory. */
    void download(long from, PinnedMemory to, long offset, long bytes);

    /** Copies bytes within device memory; the ranges may not overlap. */
    void copy(long from, long to, long bytes);

    /** Sets 32-bit words of device memory. */
    void fill(long address, int word, long words);

    /**
     * Queues a kernel.
     *
     * @param arguments a Long for each pointer or long, an Integer for each int, a Float for each float
     * @throws IllegalArgumentException when number or sizes of the arguments are not those of the kernel, or the shape is more than
     *     the device has
     */
    void launch(GpuKernel kernel, LaunchShape shape, Object... arguments);

    /** Puts a mark here. */
    void record(GpuEvent event);

    /** Work queued after this waits until the mark, recorded on any stream, is reached. */
    void waitFor(GpuEvent event);

    /**
     * Records the device work that {@code work} queues on this stream instead of doing it. Inside, waiting for the device and
     * uploads are errors.
     */
    GpuGraph capture(Runnable work);

    /** Queues everything that a graph holds. */
    void replay(GpuGraph graph);

    /** Waits until the queue is empty. Faults of kernels that ran earlier surface here. */
    void synchronise();

    @Override
    void close();
}
