package org.ieengine.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.kernels.GpuEvent;

/**
 * Moments in the work of a device, and the time between each and the next: the device's own, from its events, so that the host
 * neither waits nor counts. On the processor, where an operation has ended when its call returns, by the clock.
 */
final class StepTimes implements AutoCloseable {
    private final CudaBackend gpu;
    private final List<GpuEvent> events = new ArrayList<>();
    private final List<Long> nanos = new ArrayList<>();

    StepTimes(BenchDevice device) {
        this.gpu = device.onProcessor() ? null : (CudaBackend) device.backend();
    }

    /** A moment behind everything asked for so far. */
    void mark() {
        if (gpu == null) {
            nanos.add(System.nanoTime());
        } else {
            events.add(gpu.mark());
        }
    }

    /** Seconds from each moment to the next; waits for the last one. */
    double[] seconds() {
        int steps = Math.max(0, (gpu == null ? nanos.size() : events.size()) - 1);
        double[] seconds = new double[steps];
        if (gpu == null) {
            Arrays.setAll(seconds, i -> (nanos.get(i + 1) - nanos.get(i)) * 1e-9);
        } else if (steps > 0) {
            events.get(steps).synchronise();
            Arrays.setAll(seconds, i -> events.get(i + 1).millisecondsSince(events.get(i)) * 1e-3);
        }
        return seconds;
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
    static double medianOf(BenchDevice device, int repeats, Runnable work) {
        work.run();
        work.run();
        device.backend().synchronise();
        try (StepTimes times = new StepTimes(device)) {
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
        events.forEach(GpuEvent::close);
    }
}
