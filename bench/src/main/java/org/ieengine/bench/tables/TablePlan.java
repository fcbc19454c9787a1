package org.ieengine.bench.tables;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A part: every estimator on every task that it suits.
 *
 * @param <S> what estimators are given
 * @param part name of the part
 * @param tasks rows
 * @param estimators columns
 */
record TablePlan<S>(String part, List<TableTask<S>> tasks, List<TableEstimator<S>> estimators) {
    /** Copies the lists and refuses two tasks of one name and size. */
    TablePlan {
        tasks = List.copyOf(tasks);
        Set<String> names = new HashSet<>();
        for (TableTask<S> task : tasks) {
            if (!names.add(task.samples() + " samples of " + task.name())) {
                throw new IllegalArgumentException("two tasks of part " + part + " are called " + task.name());
            }
        }
        estimators = List.copyOf(estimators);
    }

    /** This with the tasks whose name, and the entries one of whose columns, passes. */
    TablePlan<S> only(Predicate<String> task, Predicate<String> estimator) {
        return new TablePlan<>(
                part,
                tasks.stream().filter(t -> task.test(t.name())).toList(),
                estimators.stream()
                        .filter(e -> e.names().stream().anyMatch(estimator))
                        .toList());
    }
}
