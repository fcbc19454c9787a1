package org.ieengine.kernels;

/** A mark in a queue of work: recorded by {@link GpuStream#record}, reached when everything before it has happened. */
public interface GpuEvent extends AutoCloseable {
    /** Waits until it is reached; returns at once when it was never recorded. */
    void synchronise();

    /** Whether it has been reached, without waiting. */
    boolean reached();

    /** Milliseconds of device time from an earlier mark to this one; both must have been reached. */
    double millisecondsSince(GpuEvent earlier);

    @Override
    void close();
}
