package org.ieengine.cli.bench;

import java.util.List;
import org.ieengine.cli.BuildStamp;
import org.ieengine.engine.benchmark.BenchmarkRow;
import org.ieengine.engine.benchmark.Ceilings;
import org.ieengine.engine.benchmark.WholePass;

/**
 * What a benchmark found.
 *
 * @param build what ran
 * @param device what computed
 * @param settings how it was asked for
 * @param ceilings of each precision
 * @param rows in the order of measuring
 * @param passes whole passes
 * @param comparison with an older outcome; {@link BenchComparison#NONE} for none
 */
public record BenchOutcome(
        BuildStamp build,
        String device,
        Settings settings,
        List<Ceilings> ceilings,
        List<BenchmarkRow> rows,
        List<Passed> passes,
        BenchComparison comparison) {
    /** Keeps the orders. */
    public BenchOutcome {
        ceilings = List.copyOf(ceilings);
        rows = List.copyOf(rows);
        passes = List.copyOf(passes);
    }

    /**
     * How a benchmark was asked for.
     *
     * @param scale which shapes
     * @param filters only rows that hold one of these; empty for all
     * @param budgetMinutes infinite for none
     * @param seed of the values
     */
    public record Settings(String scale, List<String> filters, double budgetMinutes, long seed) {}

    /**
     * A whole pass in a precision.
     *
     * @param precision mode of the products: f32, tf32, bf16
     * @param pass what was measured
     */
    public record Passed(String precision, WholePass pass) {}

    /** Rows whose result was wrong. */
    public long wrong() {
        return rows.stream().filter(row -> !row.correctness().passed()).count();
    }
}
