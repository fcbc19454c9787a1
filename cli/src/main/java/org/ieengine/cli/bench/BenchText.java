package org.ieengine.cli.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.cli.output.AlignedTable;
import org.ieengine.cli.output.AlignedTable.Column;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.benchmark.BenchmarkRow;
import org.ieengine.engine.benchmark.Ceilings;
import org.ieengine.engine.benchmark.Timing;
import org.ieengine.engine.benchmark.WholePass;

/** The outcome as a person reads it. */
public final class BenchText {
    /** Parts of a whole pass that are shown. */
    private static final int MOST_PARTS = 12;

    private BenchText() {}

    /** Ceilings, table, what was wrong; then whole passes. */
    public static String of(BenchOutcome outcome) {
        StringBuilder text = new StringBuilder();
        outcome.ceilings().forEach(one -> text.append(ceilings(one)).append('\n'));
        if (!outcome.rows().isEmpty()) {
            text.append('\n').append(table(outcome));
        }
        outcome.rows().stream().filter(row -> !row.correctness().passed()).forEach(row -> text.append(wrong(row))
                .append('\n'));
        outcome.passes().forEach(passed -> text.append('\n').append(pass(passed)));
        return text.toString();
    }

    private static String ceilings(Ceilings one) {
        return one.precision().name().toLowerCase(Locale.ROOT) + ": copies " + digits(one.bytesPerSecond() * 1e-9)
                + " GB/s; products " + digits(one.flopPerSecond() * 1e-12) + " TFLOP/s (" + one.multiplier() + ", "
                + Figures.count(one.matrixSize()) + " cubed)";
    }

    private static AlignedTable table(BenchOutcome outcome) {
        AlignedTable table = new AlignedTable(List.of(
                Column.name("operation"),
                Column.name("shape"),
                Column.name("precision"),
                Column.name("kernels"),
                Column.number("time"),
                Column.number("quartiles"),
                Column.number("GB/s"),
                Column.number("TFLOP/s"),
                Column.number("share"),
                Column.name("rival"),
                Column.number("ratio"),
                Column.number("before"),
                Column.number("speedup")));
        for (BenchmarkRow row : outcome.rows()) {
            Timing timing = row.timing();
            double old = outcome.comparison().oldSeconds(row);
            table.row(Arrays.asList(
                    row.operation(),
                    row.placeAndShape(),
                    row.precision().name().toLowerCase(Locale.ROOT),
                    String.join(", ", row.launched()),
                    timing == null ? "WRONG" : time(timing.seconds()),
                    timing == null ? null : time(timing.low()) + " to " + time(timing.high()),
                    shown(row.bytesPerSecond() * 1e-9),
                    row.cost().flop() == 0 ? null : shown(row.flopPerSecond() * 1e-12),
                    timing == null ? null : Figures.percent(row.share()),
                    row.rival() == null ? null : row.rival().name(),
                    shown(row.ratio()),
                    Double.isNaN(old) ? null : time(old),
                    shown(outcome.comparison().speedup(row))));
        }
        return table;
    }

    private static String wrong(BenchmarkRow row) {
        String why = row.correctness().fault().isEmpty()
                ? String.format(
                        Locale.ROOT,
                        "error %.1e, tolerance %.1e",
                        row.correctness().error(),
                        row.correctness().tolerance())
                : row.correctness().fault();
        return "WRONG: " + row.operation() + ", " + row.placeAndShape() + ", "
                + row.precision().name().toLowerCase(Locale.ROOT) + ": " + why;
    }

    private static String pass(BenchOutcome.Passed passed) {
        WholePass pass = passed.pass();
        StringBuilder text = new StringBuilder(pass.name() + ", " + passed.precision() + ": " + pass.shape() + "\n");
        text.append("    ")
                .append(time(pass.timing().seconds()))
                .append(" (quartiles ")
                .append(time(pass.timing().low()))
                .append(" to ")
                .append(time(pass.timing().high()))
                .append(", ")
                .append(pass.timing().repetitions())
                .append(" repetitions), ")
                .append(digits(pass.perSecond()))
                .append(" passes/s, ")
                .append(digits(pass.unitsPerSecond()))
                .append(' ')
                .append(pass.unit())
                .append("/s\n\n");
        AlignedTable table = new AlignedTable(List.of(
                Column.name("    part"), Column.number("share"), Column.number("time"), Column.number("calls")));
        List<WholePass.Part> parts = new ArrayList<>(pass.parts());
        for (WholePass.Part part : parts.subList(0, Math.min(parts.size(), MOST_PARTS))) {
            table.row(List.of(
                    "    " + part.name(),
                    Figures.percent(part.share()),
                    time(part.seconds()),
                    Figures.count(part.calls())));
        }
        return text.append(table).toString();
    }

    /** A time in the unit that suits it, to three digits. */
    static String time(double seconds) {
        if (!Double.isFinite(seconds)) {
            return "-";
        }
        if (seconds < 1e-3) {
            return digits(seconds * 1e6) + " us";
        }
        return seconds < 1 ? digits(seconds * 1e3) + " ms" : digits(seconds) + " s";
    }

    private static String shown(double value) {
        return Double.isNaN(value) ? null : digits(value);
    }

    /** To three digits, without an exponent. */
    static String digits(double value) {
        if (!Double.isFinite(value)) {
            return "-";
        }
        double size = Math.abs(value);
        if (size < 0.09995) {
            return size == 0
                    ? "0"
                    : new BigDecimal(value).round(new MathContext(3)).toPlainString();
        }
        int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
