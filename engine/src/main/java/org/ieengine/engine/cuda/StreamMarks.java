package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuStream;

/**
 * Numbered moments of a stream, for other streams to wait for. The latest {@value #KEPT} are kept as events; waiting for an older one
 * waits for the oldest that is left, which is later and therefore safe.
 */
final class StreamMarks implements AutoCloseable {
    private static final int KEPT = 64;

    private final GpuDevice device;
    private final GpuStream stream;
    private final List<GpuEvent> events = new ArrayList<>(KEPT);
    private long latest;
    private boolean workSince = true;

    StreamMarks(GpuDevice device, GpuStream stream) {
        this.device = device;
        this.stream = stream;
    }

    /** Takes note that something was queued on the stream. */
    void queued() {
        workSince = true;
    }

    /** Number of this moment, from 1; the same as before when nothing was queued since. */
    long mark() {
        if (workSince) {
            int slot = (int) (latest % KEPT);
            if (slot == events.size()) {
                events.add(device.newEvent());
            }
            stream.record(events.get(slot));
            latest++;
            workSince = false;
        }
        return latest;
    }

    /** Lets another stream wait for a moment; 0 is before all work. */
    void await(GpuStream other, long mark) {
        if (mark > 0) {
            long kept = Math.max(mark, latest - KEPT + 1);
            other.waitFor(events.get((int) ((kept - 1) % KEPT)));
        }
    }

    @Override
    public void close() {
        events.forEach(GpuEvent::close);
        events.clear();
    }
}
