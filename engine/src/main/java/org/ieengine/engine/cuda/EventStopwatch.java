package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Stopwatch;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuEvent;
import org.ieengine.kernels.GpuStream;

/** By two events on a stream. */
final class EventStopwatch implements Stopwatch {
    private final GpuStream stream;
    private final GpuEvent begin;
    private final GpuEvent end;

    EventStopwatch(GpuDevice device, GpuStream stream) {
        this.stream = stream;
        this.begin = device.newEvent();
        this.end = device.newEvent();
    }

    @Override
    public void start() {
        stream.record(begin);
    }

    @Override
    public void stop() {
        stream.record(end);
    }

    @Override
    public double seconds() {
        end.synchronise();
        return end.millisecondsSince(begin) * 1e-3;
    }

    @Override
    public void close() {
        begin.close();
        end.close();
    }
}
