package org.ieengine.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/** Memory of {@code cuMemHostAlloc}. */
final class JcudaPinned implements PinnedMemory {
    private final JcudaDevice device;
    private final DriverPointers.HostAllocation pointer = new DriverPointers.HostAllocation();
    private final ByteBuffer buffer;
    private boolean closed;

    JcudaPinned(JcudaDevice device, int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(bytes + " bytes of page-locked memory");
        }
        this.device = device;
        int code = JCudaDriver.cuMemHostAlloc(pointer, bytes, 0);
        device.check(code, () -> "cuMemHostAlloc of " + DriverFaults.size(bytes));
        buffer = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public ByteBuffer buffer() {
        requireOpen();
        return buffer;
    }

    /** Where it starts. */
    long address() {
        return pointer.address();
    }

    /** A stretch of it. */
    Pointer at(long offset, long bytes) {
        requireOpen();
        Objects.checkFromIndexSize(offset, bytes, (long) buffer.capacity());
        return new DriverPointers.Host(pointer.address() + offset);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the page-locked memory is closed");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.release(() -> JCudaDriver.cuMemFreeHost(pointer), "cuMemFreeHost");
        }
    }
}
