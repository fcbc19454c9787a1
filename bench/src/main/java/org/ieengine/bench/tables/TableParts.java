package org.ieengine.bench.tables;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.bench.tasks.ActivationTasks;
import org.ieengine.bench.tasks.BeyondNormal;
import org.ieengine.bench.tasks.HighTruthGaussians;
import org.ieengine.bench.tasks.KnownTask;
import org.ieengine.bench.tasks.SymbolStates;
import org.ieengine.bench.tasks.SymbolTask;
import org.ieengine.bench.tasks.SymbolTasks;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Backend;

/** The parts by name: their tasks, and which list of estimators runs on them. */
final class TableParts {
    /** The part whose tasks come from a file of hidden states. */
    static final String ACTIVATIONS = "activations";

    /** Names of all parts. */
    static final List<String> NAMES = List.of("beyond-normal", "symbols", "gaussians", "growth", ACTIVATIONS);

    private static final int WIDTH = 64;

    private final Backend backend;
    private final TableEstimators estimators;
    private final List<Integer> samples;
    private final List<Path> states;

    /**
     * The parts.
     *
     * @param backend trains critics and computes truths
     * @param samples numbers of samples N; empty for each part's own
     * @param states files of hidden states, for part activations
     */
    TableParts(Backend backend, List<Integer> samples, List<Path> states) {
        this.backend = backend;
        this.estimators = new TableEstimators(backend);
        this.samples = List.copyOf(samples);
        this.states = List.copyOf(states);
    }

    /**
     * The plans of a part.
     *
     * @throws IllegalArgumentException for a name that is none of {@link #NAMES}
     */
    List<TablePlan<?>> plans(String part) {
        return switch (part) {
            case "beyond-normal" -> List.of(continuous(part, BeyondNormal.tasks(), 10_000));
            case "gaussians" ->
                List.of(continuous(part, HighTruthGaussians.tasks(16, 64, 256, 512), 2_000, 20_000, 200_000));
            case "symbols" -> List.of(symbols());
            case ACTIVATIONS -> List.of(continuous(part, activations(), 10_000));
            case "growth" -> List.of(continuousGrowth(), symbolGrowth());
            default -> throw new IllegalArgumentException("part " + part + " is none of " + String.join(", ", NAMES));
        };
    }

    private List<KnownTask> activations() {
        List<KnownTask> tasks = new ArrayList<>();
        states.forEach(file -> tasks.addAll(ActivationTasks.tasks(file, backend)));
        return tasks;
    }

    private List<Integer> sizes(int... own) {
        List<Integer> sizes = new ArrayList<>(samples);
        for (int n : own) {
            if (samples.isEmpty()) {
                sizes.add(n);
            }
        }
        return sizes;
    }

    private TablePlan<SamplePairs> continuous(String part, List<KnownTask> known, int... own) {
        List<TableTask<SamplePairs>> tasks = new ArrayList<>();
        for (int n : sizes(own)) {
            known.forEach(task -> tasks.add(TableTask.of(task, n)));
        }
        return new TablePlan<>(part, tasks, estimators.continuous());
    }

    private TablePlan<SymbolStates> symbols() {
        List<TableTask<SymbolStates>> tasks = new ArrayList<>();
        for (int n : sizes(2_000, 20_000, 300_000)) {
            SymbolTasks.tasks(n, WIDTH).forEach(task -> tasks.add(TableTask.of(task, WIDTH)));
        }
        return new TablePlan<>("symbols", tasks, estimators.symbols());
    }

    /** N at 16 dimensions a side, then dimensions at N = 10,000. */
    private TablePlan<SamplePairs> continuousGrowth() {
        List<TableTask<SamplePairs>> tasks = new ArrayList<>();
        KnownTask base = HighTruthGaussians.task(16, 5);
        for (int n : sizes(1_000, 3_000, 10_000, 30_000, 100_000)) {
            tasks.add(TableTask.of(base, n));
        }
        for (int d : new int[] {4, 64, 256}) {
            tasks.add(TableTask.of(HighTruthGaussians.task(d, 5), 10_000));
        }
        return new TablePlan<>("growth", tasks, estimators.continuousGrowth());
    }

    /** N at width 64, then widths at N = 20,000. */
    private TablePlan<SymbolStates> symbolGrowth() {
        List<TableTask<SymbolStates>> tasks = new ArrayList<>();
        for (int n : sizes(2_000, 6_000, 20_000, 60_000)) {
            tasks.add(distinct(n, WIDTH));
        }
        tasks.add(distinct(20_000, 16));
        tasks.add(distinct(20_000, 256));
        return new TablePlan<>("growth", tasks, estimators.symbolGrowth());
    }

    private static TableTask<SymbolStates> distinct(int samples, int width) {
        SymbolTask task = SymbolTasks.distinct(samples, width);
        return TableTask.of(new SymbolTask("distinct states, d = " + width, task.symbols(), task.beforeOf()), width);
    }
}
