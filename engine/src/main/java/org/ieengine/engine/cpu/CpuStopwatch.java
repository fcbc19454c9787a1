package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Stopwatch;

/** By the clock: every operation has happened when it returns. */
final class CpuStopwatch implements Stopwatch {
    private long begin;
    private long end;

    @Override
    public void start() {
        begin = System.nanoTime();
    }

    @Override
    public void stop() {
        end = System.nanoTime();
    }

    @Override
    public double seconds() {
        return (end - begin) * 1e-9;
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
