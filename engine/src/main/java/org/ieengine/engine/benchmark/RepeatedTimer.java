package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Stopwatch;
import org.ieengine.engine.tensor.Tensor;

/**
 * Times an operation: after a warm-up in several repetitions, before each of which the caches are flushed by writing a matrix larger than
 * they are. What is shorter than the clock can tell runs several times in a repetition, on a GPU as a recording, so that the host's part
 * in launching it does not count.
 */
final class RepeatedTimer implements AutoCloseable {
    private static final double GLANCE_SECONDS = 5e-3;

    private final Backend backend;
    private final Effort effort;
    private final Tensor flushed;
    private final Stopwatch stopwatch;

    /**
     * How often things are done.
     *
     * @param warmUps runs before anything counts, at least
     * @param fewest repetitions at least
     * @param most repetitions, and runs to warm up, at most
     * @param mostTimes runs in one repetition at most; what shrinks its input in place stays far from the smallest floats
     * @param leastSeconds repetitions that would be shorter run several times
     */
    record Effort(int warmUps, int fewest, int most, int mostTimes, double leastSeconds) {
        /** For a look at whether it works: all that can be is repeated, and recorded on a GPU. */
        static final Effort SMALL = new Effort(1, 2, 2, 2, 1);

        /** For numbers that count. */
        static Effort full(Backend backend) {
            return new Effort(2, 5, 25, 8, backend.ownMemory() ? 50e-6 : 1e-3);
        }
    }

    /** @param flushBytes more than the caches of the device hold */
    RepeatedTimer(Backend backend, Effort effort, long flushBytes) {
        this.backend = backend;
        this.effort = effort;
        this.flushed = backend.allocate(Math.max(1, flushBytes / (1024 * Float.BYTES)), 1024);
        this.stopwatch = backend.stopwatch();
    }

    Effort effort() {
        return effort;
    }

    /** What is timed. */
    record Timed(Runnable run, Runnable restore, boolean recordable) {}

    /** About how many seconds a run takes: the least of a few. */
    double glance(Timed timed) {
        timed.run.run();
        double least = Double.POSITIVE_INFINITY;
        double all = 0;
        for (int i = 0; i < effort.most && all < GLANCE_SECONDS; i++) {
            double seconds = single(timed);
            least = Math.min(least, seconds);
            all += seconds;
        }
        return Math.max(least, 1e-9);
    }

    private double single(Timed timed) {
        timed.restore.run();
        stopwatch.start();
        timed.run.run();
        stopwatch.stop();
        return stopwatch.seconds();
    }

    /** Times it for about so many seconds in all, more where five repetitions take longer. */
    Timing time(Timed timed, double budgetSeconds) {
        long begin = System.nanoTime();
        double quickest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < effort.warmUps || elapsed(begin) < budgetSeconds / 4 && i < effort.most; i++) {
            quickest = Math.min(quickest, single(timed));
        }
        int times = (int)
                Math.max(1, Math.min(effort.mostTimes, Math.ceil(effort.leastSeconds / Math.max(1e-9, quickest))));
        if (times == 1 || !timed.recordable || !backend.ownMemory()) {
            return repeated(timed, times, begin, budgetSeconds, () -> {
                for (int i = 0; i < times; i++) {
                    timed.run.run();
                }
            });
        }
        try (Recording recording = backend.record(() -> {
            for (int i = 0; i < times; i++) {
                timed.run.run();
            }
        })) {
            recording.replay();
            return repeated(timed, times, begin, budgetSeconds, recording::replay);
        }
    }

    private Timing repeated(Timed timed, int times, long begin, double budgetSeconds, Runnable runs) {
        List<Double> seconds = new ArrayList<>();
        while (seconds.size() < effort.fewest || seconds.size() < effort.most && elapsed(begin) < budgetSeconds) {
            timed.restore.run();
            backend.fill(flushed, seconds.size());
            stopwatch.start();
            runs.run();
            stopwatch.stop();
            seconds.add(stopwatch.seconds() / times);
        }
        return Timing.of(seconds.stream().mapToDouble(Double::doubleValue).toArray(), times);
    }

    private static double elapsed(long begin) {
        return (System.nanoTime() - begin) * 1e-9;
    }

    @Override
    public void close() {
        stopwatch.close();
        flushed.close();
    }
}
