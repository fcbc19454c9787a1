package org.ieengine.engine.benchmark;

import java.util.List;
import java.util.Locale;

/**
 * How a benchmark is run.
 *
 * @param scale which shapes
 * @param filters only rows whose operation, place or shape holds one of these, in either case; empty for all
 * @param budgetSeconds for the whole table: rows are cut to stay within it; infinite to cut rows for want of memory alone
 * @param seed everything random follows from it
 */
public record BenchmarkSettings(BenchmarkScale scale, List<String> filters, double budgetSeconds, long seed) {
    /** Checks the budget. */
    public BenchmarkSettings {
        filters = List.copyOf(filters);
        if (!(budgetSeconds > 0)) {
            throw new IllegalArgumentException("a budget of " + budgetSeconds + " seconds");
        }
    }

    /** Whether a row of that title is wanted. */
    boolean wants(String title) {
        String text = title.toLowerCase(Locale.ROOT);
        return filters.isEmpty() || filters.stream().anyMatch(filter -> text.contains(filter.toLowerCase(Locale.ROOT)));
    }
}
