package org.ieengine.engine.tensor;

/**
 * Times operations of the backend that made it, where they happen: on a device by marks in its queue of work, on the processor by the
 * clock. May be used again and again.
 */
public interface Stopwatch extends AutoCloseable {
    /** Begins before the operations that are asked for from now on. */
    void start();

    /** Ends after the operations that were asked for so far; waits for nothing. */
    void stop();

    /** Seconds from the last start to the last stop; waits until both have happened. */
    double seconds();

    /** Frees what it holds. */
    @Override
    void close();
}
