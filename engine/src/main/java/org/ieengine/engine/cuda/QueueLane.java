package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuStream;

/** A stream with working memory of its own, so that what is queued on it disturbs no other lane. */
final class QueueLane implements AutoCloseable {
    private final GpuStream stream;
    private final GpuEvent mark;
    private final List<DeviceArena.Block> retired = new ArrayList<>();
    private DeviceArena.Block scratch;

    QueueLane(GpuDevice device) {
        this.stream = device.newStream();
        this.mark = device.newEvent();
    }

    GpuStream stream() {
        return stream;
    }

    /** What is queued here from now on waits for what was queued there so far. */
    void follow(QueueLane other) {
        other.stream.record(other.mark);
        stream.waitFor(other.mark);
    }

    /** Working memory of so many bytes, aligned to 256, that of the call before unless it was smaller. */
    long scratch(DeviceArena arena, long bytes) {
        if (scratch == null || scratch.bytes() < bytes) {
            // Grows by a half at least, so that a rising series of needs does not leave a block for each.
            DeviceArena.Block before = scratch;
            scratch = arena.allocate(before == null ? bytes : Math.max(bytes, before.bytes() + before.bytes() / 2));
            if (before != null) {
                retired.add(before);
            }
        }
        return scratch.address();
    }

    /** Frees working memory of earlier calls, which nothing recorded may need any more. */
    void freeRetired() {
        retired.forEach(DeviceArena.Block::release);
        retired.clear();
    }

    /** Frees all working memory, which nothing recorded may need any more. */
    void freeAll() {
        freeRetired();
        if (scratch != null) {
            scratch.release();
            scratch = null;
        }
    }

    /** Closes the stream; the working memory goes with its arena. */
    @Override
    public void close() {
        try (stream;
                mark) {
            retired.clear();
            scratch = null;
        }
    }
}
