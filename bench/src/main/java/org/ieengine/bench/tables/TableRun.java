package org.ieengine.bench.tables;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.ieengine.bench.tables.EstimateLine.Column;
import org.ieengine.bench.tables.EstimateLine.Key;
import org.ieengine.bench.tables.EstimateLine.Truth;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;

/**
 * Fills the log: every estimator on every task with every seed that is not there yet; the first seed of all tasks before the second
 * of any. A sample is drawn once for all estimators. An estimator that throws is reported and leaves no line, so that the next run
 * tries it again; the others go on.
 */
final class TableRun {
    private final EstimateLog log;
    private final String device;
    private final Deadline deadline;
    private final PrintStream progress;
    private final List<String> faults = new ArrayList<>();

    /** When a run ends. */
    static final class Deadline {
        private final long nanoseconds;
        private final LongSupplier clock;
        private final long started;

        Deadline(long nanoseconds, LongSupplier clock) {
            this.nanoseconds = nanoseconds;
            this.clock = clock;
            this.started = clock.getAsLong();
        }

        static Deadline minutes(double minutes) {
            return new Deadline((long) (minutes * 60e9), System::nanoTime);
        }

        /** Called between estimates and from their listeners: throws when time is up. */
        void check() {
            if (clock.getAsLong() - started >= nanoseconds) {
                throw new TimeIsUp();
            }
        }
    }

    /** The limit of a run has come. */
    private static final class TimeIsUp extends RuntimeException {
        private static final long serialVersionUID = 1;

        TimeIsUp() {
            super("the time limit of the run has come");
        }
    }

    /**
     * A run.
     *
     * @param device what computes, as written into the lines
     * @param progress told of every estimate
     */
    TableRun(EstimateLog log, String device, Deadline deadline, PrintStream progress) {
        this.log = log;
        this.device = device;
        this.deadline = deadline;
        this.progress = progress;
    }

    /**
     * Runs plans one after the other.
     *
     * @param seeds seeds 0 to {@code seeds} - 1
     * @return whether everything was tried; false when time was up before
     */
    boolean run(List<TablePlan<?>> plans, int seeds) {
        try {
            for (TablePlan<?> plan : plans) {
                for (long seed = 0; seed < seeds; seed++) {
                    runSeed(plan, seed);
                }
            }
            return true;
        } catch (TimeIsUp end) {
            progress.println(end.getMessage() + "; what is finished stays, the same command goes on");
            return false;
        }
    }

    /** What estimators threw: column, seed and exception. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    private <S> void runSeed(TablePlan<S> plan, long seed) {
        for (TableTask<S> task : plan.tasks()) {
            List<TableEstimator<S>> missing = plan.estimators().stream()
                    .filter(e -> e.suits().test(task)
                            && !e.names().stream().allMatch(name -> log.has(key(plan, task, name, seed))))
                    .toList();
            if (!missing.isEmpty()) {
                deadline.check();
                S sample = task.sampleOf().apply(seed);
                for (TableEstimator<S> estimator : missing) {
                    deadline.check();
                    runOne(new Cell<>(plan, task, seed), estimator, sample);
                }
            }
        }
    }

    /** One task with one seed. */
    private record Cell<S>(TablePlan<S> plan, TableTask<S> task, long seed) {}

    private static Key key(TablePlan<?> plan, TableTask<?> task, String estimator, long seed) {
        return new Key(new Column(plan.part(), task.name(), task.samples(), estimator), seed);
    }

    private <S> void runOne(Cell<S> cell, TableEstimator<S> estimator, S sample) {
        TrainingListener listener = step -> deadline.check();
        String place = cell.task.name() + ", N = " + cell.task.samples() + ", seed " + cell.seed + ", ";
        List<ContinuousEstimate> estimates;
        try {
            estimates = estimator.estimation().estimate(sample, cell.seed, listener);
        } catch (TimeIsUp end) {
            throw end;
        } catch (RuntimeException fault) {
            faults.add(place + String.join("/", estimator.names()) + ": " + fault);
            progress.println("FAULT " + faults.get(faults.size() - 1));
            return;
        }
        List<String> names =
                estimates.stream().map(ContinuousEstimate::estimator).toList();
        if (!names.equals(estimator.names())) {
            throw new IllegalStateException("columns " + estimator.names() + " were filled with " + names);
        }
        Truth truth = new Truth(cell.task.truth(), cell.task.truthError());
        List<EstimateLine> finished = estimates.stream()
                .map(e -> new EstimateLine(key(cell.plan, cell.task, e.estimator(), cell.seed), truth, e, device))
                .toList();
        log.append(finished);
        for (EstimateLine line : finished) {
            progress.printf(
                    Locale.ROOT,
                    "%s%s: %.4f of %.4f nats, %.1f s%n",
                    place,
                    line.estimate().estimator(),
                    line.nats(),
                    line.truth().nats(),
                    line.estimate().seconds());
        }
    }
}
