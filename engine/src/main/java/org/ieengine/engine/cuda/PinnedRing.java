package org.ieengine.engine.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.PinnedMemory;

/**
 * Page-locked memory that bytes wait in on their way to the device. A stretch of it is taken again only after the stream has copied
 * it, so a caller may change its arrays as soon as a call returns; it waits only while the ring is full.
 */
final class PinnedRing implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private final GpuDevice device;
    private final GpuStream stream;
    private final PinnedMemory memory;
    private final int capacity;
    private final Deque<Stretch> inFlight = new ArrayDeque<>();
    private final Deque<GpuEvent> idleEvents = new ArrayDeque<>();
    private int next;

    /** Puts bytes into a buffer that has room for exactly those from {@code from} on. */
    interface Filler {
        void fill(long from, ByteBuffer target);
    }

    /** Bytes [from, to) of the ring that the stream copies before it reaches the event. */
    private record Stretch(int from, int to, GpuEvent copied) {
        boolean meets(int first, int end) {
            return from < end && first < to;
        }
    }

    PinnedRing(GpuDevice device, GpuStream stream, int capacity) {
        this.device = device;
        this.stream = stream;
        this.capacity = capacity;
        this.memory = device.allocatePinned(capacity);
    }

    /**
     * Queues a copy of bytes to the device, in pieces of at most half the ring so that one is filled while another is copied.
     *
     * @param unit pieces are whole multiples of so many bytes
     */
    void upload(long address, long bytes, int unit, Filler filler) {
        int most = Math.max(unit, capacity / 2 / unit * unit);
        for (long done = 0; done < bytes; done += most) {
            int count = (int) Math.min(most, bytes - done);
            int from = claim(count);
            filler.fill(done, slice(from, count));
            stream.upload(memory, from, address + done, count);
            GpuEvent copied = idleEvents.isEmpty() ? device.newEvent() : idleEvents.pop();
            stream.record(copied);
            inFlight.add(new Stretch(from, from + count, copied));
        }
    }

    private ByteBuffer slice(int from, int count) {
        return memory.buffer()
                .duplicate()
                .limit(from + count)
                .position(from)
                .slice()
                .order(ByteOrder.nativeOrder());
    }

    /** Start of so many bytes that no copy needs any more. */
    private int claim(int count) {
        if (count > capacity) {
            throw new IllegalArgumentException(count + " bytes for a ring of " + capacity);
        }
        boolean wraps = next + count > capacity;
        int from = wraps ? 0 : next;
        // Stretches lie in the order of the ring: those behind here first, then those from its start on.
        while (!inFlight.isEmpty()
                && (inFlight.peek().meets(from, from + count) || wraps && inFlight.peek().from >= next)) {
            Stretch oldest = inFlight.remove();
            oldest.copied.synchronise();
            idleEvents.push(oldest.copied);
        }
        next = (from + count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return from;
    }

    /** Frees the memory; copies must have ended. */
    @Override
    public void close() {
        inFlight.forEach(stretch -> stretch.copied.close());
        inFlight.clear();
        idleEvents.forEach(GpuEvent::close);
        idleEvents.clear();
        memory.close();
    }
}
