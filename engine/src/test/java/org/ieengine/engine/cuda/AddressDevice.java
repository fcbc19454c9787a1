package org.ieengine.engine.cuda;

import java.util.Map;
import java.util.TreeMap;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.GpuKernel;
import org.ieengine.kernels.GpuMemory;
import org.ieengine.kernels.GpuProperties;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.PinnedMemory;

/** A device that hands out addresses with nothing behind them, and does nothing else. */
final class AddressDevice implements GpuDevice {
    private final long totalBytes;
    private final TreeMap<Long, Long> allocated = new TreeMap<>();
    private long next = 1 << 20;
    private int allocations;

    AddressDevice(long totalBytes) {
        this.totalBytes = totalBytes;
    }

    /** Whether all these bytes lie in one allocation. */
    boolean holds(long address, long bytes) {
        Map.Entry<Long, Long> entry = allocated.floorEntry(address);
        return entry != null && address + bytes <= entry.getKey() + entry.getValue();
    }

    long usedBytes() {
        return allocated.values().stream().mapToLong(Long::longValue).sum();
    }

    int allocations() {
        return allocations;
    }

    @Override
    public GpuProperties properties() {
        return new GpuProperties(0, "addresses", 80, 1, 1, 1, totalBytes, 12000);
    }

    @Override
    public long freeBytes() {
        return totalBytes - usedBytes();
    }

    @Override
    public GpuMemory allocate(long bytes) {
        if (bytes > freeBytes()) {
            throw new GpuException(GpuException.Kind.OUT_OF_MEMORY, "allocation of " + bytes + " bytes", "");
        }
        allocations++;
        long address = next;
        // Some allocations touch, as a driver's may.
        next += (bytes + 511) / 512 * 512 + (allocations % 2) * 512;
        allocated.put(address, bytes);
        return new GpuMemory() {
            @Override
            public long address() {
                return address;
            }

            @Override
            public long bytes() {
                return bytes;
            }

            @Override
            public void close() {
                if (allocated.remove(address) == null) {
                    throw new IllegalStateException("freed twice");
                }
            }
        };
    }

    @Override
    public PinnedMemory allocatePinned(int bytes) {
        throw new UnsupportedOperationException("this device has addresses and nothing else");
    }

    @Override
    public GpuStream newStream() {
        throw new UnsupportedOperationException("this device has addresses and nothing else");
    }

    @Override
    public GpuEvent newEvent() {
        throw new UnsupportedOperationException("this device has addresses and nothing else");
    }

    @Override
    public GpuKernel kernel(String name) {
        throw new UnsupportedOperationException("this device has addresses and nothing else");
    }

    @Override
    public boolean hasKernel(String name) {
        return false;
    }

    @Override
    public boolean lost() {
        return false;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
