package org.ieengine.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Stopwatch;

/** Moments in the work of a backend, and the time between each and the next, by a stopwatch for each: the host neither waits nor counts. */
final class StepTimes implements AutoCloseable {
    private final Backend backend;
    private final List<Stopwatch> started = new ArrayList<>();

    StepTimes(Backend backend) {
        this.backend = backend;
    }

    /** A moment behind everything asked for so far. */
    void mark() {
        if (!started.isEmpty()) {
            started.get(started.size() - 1).stop();
        }
        Stopwatch next = backend.stopwatch();
        started.add(next);
        next.start();
    }

    /** Seconds from each moment to the next; waits for the last one. */
    double[] seconds() {
        return started.stream()
                .limit(Math.max(0, started.size() - 1))
                .mapToDouble(Stopwatch::seconds)
                .toArray();
    }

    /** The middle one; the mean of both middle ones of an even number. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * Median seconds of the work, asked for again and again without waiting, after two runs that are not counted.
     *
     * @param repeats how often it is timed
     */
    static double medianOf(Backend backend, int repeats, Runnable work) {
        work.run();
        work.run();
        backend.synchronise();
        try (StepTimes times = new StepTimes(backend)) {
            times.mark();
            for (int i = 0; i < repeats; i++) {
                work.run();
                times.mark();
            }
            return median(times.seconds());
        }
    }

    /** A number of JSON with so many decimals. */
    static String json(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    @Override
    public void close() {
        started.forEach(Stopwatch::close);
    }
}
