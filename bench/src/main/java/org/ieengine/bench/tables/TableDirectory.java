package org.ieengine.bench.tables;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.FileFault;

/**
 * A directory of finished estimates, {@code estimates.jsonl}, and the tables written from them, {@code tables.md}.
 *
 * @param path the directory; created where missing
 * @param progress told of every estimate
 */
public record TableDirectory(Path path, PrintStream progress) {
    /** Name of the tables. */
    public static final String TABLES = "tables.md";

    /**
     * What to compute.
     *
     * @param parts names of parts
     * @param seeds number of seeds, from 0 on
     * @param samples numbers of samples N; empty for each part's own
     * @param states files of hidden states, for part activations
     * @param tasks parts of names of tasks; empty for all tasks
     * @param estimators names of estimators; empty for all
     * @param minutes when to stop; infinite for never
     */
    public record Selection(
            List<String> parts,
            int seeds,
            List<Integer> samples,
            List<Path> states,
            List<String> tasks,
            List<String> estimators,
            double minutes) {
        /** Copies the lists and checks the numbers and the names of parts. */
        public Selection {
            parts = List.copyOf(parts);
            samples = List.copyOf(samples);
            states = List.copyOf(states);
            tasks = List.copyOf(tasks);
            estimators = List.copyOf(estimators);
            if (seeds < 1 || !(minutes > 0) || samples.stream().anyMatch(n -> n < 2)) {
                throw new IllegalArgumentException("seeds and minutes are positive, samples at least 2: " + seeds + ", "
                        + minutes + ", " + samples);
            }
            if (parts.contains(TableParts.ACTIVATIONS) == states.isEmpty()) {
                throw new IllegalArgumentException(
                        "part " + TableParts.ACTIVATIONS + " and files of hidden states (--states) go together");
            }
            for (String part : parts) {
                if (!TableParts.NAMES.contains(part)) {
                    throw new IllegalArgumentException(
                            "part " + part + " is none of " + String.join(", ", TableParts.NAMES));
                }
            }
        }

        /** All of some parts, with their own numbers of samples and no end. */
        static Selection of(List<String> parts, int seeds) {
            return new Selection(parts, seeds, List.of(), List.of(), List.of(), List.of(), Double.POSITIVE_INFINITY);
        }

        private Predicate<String> task() {
            return name -> tasks.isEmpty() || tasks.stream().anyMatch(name::contains);
        }

        private Predicate<String> estimator() {
            return name -> estimators.isEmpty() || estimators.contains(name);
        }
    }

    /**
     * How a run ended.
     *
     * @param complete whether everything was tried; false when time was up
     * @param faults what estimators threw; those estimates are missing
     */
    public record Outcome(boolean complete, List<String> faults) {}

    /**
     * Computes what is selected and not finished yet.
     *
     * @throws IllegalArgumentException when no task or no estimator is left by the selection
     */
    public Outcome fill(Selection selection, Backend backend) {
        TableParts parts = new TableParts(backend, selection.samples, selection.states);
        List<TablePlan<?>> plans = new ArrayList<>();
        for (String part : selection.parts) {
            for (TablePlan<?> plan : parts.plans(part)) {
                TablePlan<?> left = plan.only(selection.task(), selection.estimator());
                if (!left.tasks().isEmpty() && !left.estimators().isEmpty()) {
                    plans.add(left);
                }
            }
        }
        if (plans.isEmpty()) {
            throw new IllegalArgumentException("no task with an estimator is called that: tasks " + selection.tasks
                    + ", estimators " + selection.estimators);
        }
        return fill(plans, selection, backend.description());
    }

    /** As {@link #fill(Selection, Backend)}, with given plans. */
    Outcome fill(List<TablePlan<?>> plans, Selection selection, String device) {
        try (EstimateLog log = EstimateLog.open(path)) {
            TableRun run = new TableRun(log, device, TableRun.Deadline.minutes(selection.minutes), progress);
            boolean complete = run.run(plans, selection.seeds);
            return new Outcome(complete, run.faults());
        }
    }

    /** Writes the tables of all finished estimates and returns the file. */
    public Path report() {
        Path file = path.resolve(TABLES);
        try (EstimateLog log = EstimateLog.open(path)) {
            String text = new TableReport(log.lines()).markdown();
            try {
                Files.writeString(file, text, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw FileFault.writing(file.toString(), e);
            }
        }
        return file;
    }
}
