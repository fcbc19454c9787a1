package org.ieengine.bench.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.ieengine.bench.tables.EstimateLine.Column;
import org.ieengine.engine.cpu.CpuBackend;
import org.junit.jupiter.api.Test;

/** The parts as they are run: numbers of tasks, and that no two estimates share a key. */
class TablePartsTest {
    @Test
    void noTwoEstimatesOfThePartsShareAColumn() {
        try (CpuBackend backend = new CpuBackend(1)) {
            TableParts parts = new TableParts(backend, List.of(), List.of());
            for (String part : List.of("beyond-normal", "symbols", "gaussians", "growth")) {
                Set<Column> seen = new HashSet<>();
                int columns = 0;
                for (TablePlan<?> plan : parts.plans(part)) {
                    columns += count(part, plan, seen);
                }
                assertThat(columns).as(part).isPositive();
                assertThat(seen).as(part).hasSize(columns);
            }
        }
    }

    /** Columns that the entries of a plan fill on the tasks that they suit. */
    private static <S> int count(String part, TablePlan<S> plan, Set<Column> seen) {
        int columns = 0;
        for (TableTask<S> task : plan.tasks()) {
            for (TableEstimator<S> estimator : plan.estimators()) {
                for (String name : estimator.suits().test(task) ? estimator.names() : List.<String>of()) {
                    seen.add(new Column(part, task.name(), task.samples(), name));
                    columns++;
                }
            }
        }
        return columns;
    }

    @Test
    void partsHaveTheTasksThatTheyState() {
        try (CpuBackend backend = new CpuBackend(1)) {
            TableParts parts = new TableParts(backend, List.of(), List.of());
            assertThat(parts.plans("beyond-normal").get(0).tasks()).hasSize(40);
            assertThat(parts.plans("gaussians").get(0).tasks()).hasSize(4 * 4 * 3);
            assertThat(parts.plans("symbols").get(0).tasks()).hasSize(9 * 3);
            assertThatThrownBy(() -> parts.plans("none")).hasMessageContaining("beyond-normal");
        }
    }

    @Test
    void givenNumbersOfSamplesReplaceThoseOfThePart() {
        try (CpuBackend backend = new CpuBackend(1)) {
            TableParts parts = new TableParts(backend, List.of(300), List.of());
            assertThat(parts.plans("gaussians").get(0).tasks())
                    .hasSize(16)
                    .extracting(TableTask::samples)
                    .containsOnly(300L);
        }
    }
}
