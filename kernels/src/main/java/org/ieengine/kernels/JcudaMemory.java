package org.ieengine.kernels;

import jcuda.driver.JCudaDriver;

/** Memory of {@code cuMemAlloc}. */
final class JcudaMemory implements GpuMemory {
    private final JcudaDevice device;
    private final DriverPointers.Allocation pointer = new DriverPointers.Allocation();
    private final long bytes;
    private boolean closed;

    JcudaMemory(JcudaDevice device, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(bytes + " bytes of device memory");
        }
        this.device = device;
        this.bytes = bytes;
        int code = JCudaDriver.cuMemAlloc(pointer, bytes);
        device.check(code, () -> "cuMemAlloc of " + DriverFaults.size(bytes));
    }

    @Override
    public long address() {
        if (closed) {
            throw new IllegalStateException("the device memory is closed");
        }
        return pointer.address();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            device.release(() -> JCudaDriver.cuMemFree(pointer), "cuMemFree");
        }
    }
}
