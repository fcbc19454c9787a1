package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.verb.PairSettings.Kind;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.array.ArrayFiles;
import org.ieengine.loaders.array.ArrayRows;

/** Mutual information of two arrays: the estimators as a tool of their own. */
final class MutualInformation implements Verb {
    /** Share of rows that repeat an earlier one from which on an array counts as discrete. */
    static final double REPEATED_SHARE = 0.05;

    @Override
    public String name() {
        return "mi";
    }

    @Override
    public String synopsis() {
        return "--x A --y B [options]";
    }

    @Override
    public String summary() {
        return "Mutual information of two arrays [N,dx] and [N,dy] in bits, with its exact ceiling.";
    }

    @Override
    public OptionTable options() {
        return MutualInformationOptions.TABLE;
    }

    @Override
    public void run(Arguments arguments, Console console) {
        arguments.noWords();
        String xName = arguments.required("x");
        String yName = arguments.required("y");
        PairSettings settings = MutualInformationOptions.settings(arguments);
        Kind asked = kind(arguments);
        if (asked != null) {
            settings.require(asked, "");
        }
        MemoryLimits limits = MeasureOptions.limits(arguments);
        DeviceChoice choice = DeviceChoice.of(arguments);
        long textBytes = ArrayFiles.heapBytes(xName) + ArrayFiles.heapBytes(yName);
        PairPlan.requireText(textBytes);
        try (ArrayRows x = ArrayFiles.open(xName);
                ArrayRows y = ArrayFiles.open(yName);
                ComputeDevice device = choice.open()) {
            requireEqualRows(x, y);
            PairPlan.Shape shape = PairPlan.Shape.of(x, y, textBytes);
            PairPlan before = new PairPlan(settings, device.backend(), limits, shape);
            (asked == Kind.CONTINUOUS ? before.withSamples(settings.estimatorsFor(asked)) : before).require();
            PairProgress progress = new PairProgress(console, arguments.has("quiet"));
            RowSymbols xSymbols = RowSymbols.of(x);
            progress.stopWhenInterrupted();
            RowSymbols ySymbols = RowSymbols.of(y);
            progress.stopWhenInterrupted();
            Kind kind = asked == null ? decided(xSymbols, ySymbols) : asked;
            String decision = asked == null ? reason(xSymbols, ySymbols) : "as --kind says";
            if (asked == null) {
                settings.require(kind, "; --kind auto decided " + kind.label() + ": " + decision);
                console.message("kind: " + kind.label() + " (" + decision + ")" + advice(kind));
            }
            settings.requireNeighbours(kind, (long) x.columns() + y.columns());
            Optional<String> groups = arguments.text("groups");
            int[] labels = groups.isPresent() ? GroupLabels.read(groups.get(), x.rows()) : new int[0];
            RowPairs pairs = RowPairs.of(xSymbols, ySymbols, labels, groups.orElse(""));
            List<String> names = settings.estimatorsFor(kind);
            new PairPlan(settings, device.backend(), limits, shape)
                    .with(names, kind, pairs.size())
                    .require();
            List<String> warnings = new ArrayList<>(warnings(xSymbols));
            warnings.addAll(warnings(ySymbols));
            warnings.addAll(device.warnings());
            boolean json = arguments.has("json");
            if (!json) {
                console.out().print(PairReport.heading(kind, decision, pairs));
                console.out().flush();
            }
            PairEstimates estimates = new PairEstimates(settings, kind, device.backend(), progress);
            PairAnswer answer = estimates.answer(pairs, decision, warnings);
            progress.clear();
            answer.warnings().forEach(console::warn);
            if (json) {
                PairReport.printDocument(answer, console.out());
            } else {
                PairReport.print(answer, console.out());
            }
        }
    }

    private static void requireEqualRows(ArrayRows x, ArrayRows y) {
        if (x.rows() != y.rows()) {
            throw new InputException(
                    y.name(),
                    "",
                    "has " + Figures.count(y.rows()) + " rows where " + x.name() + " has " + Figures.count(x.rows())
                            + "; row n of one belongs to row n of the other");
        }
    }

    /** The kind asked for; null for auto. */
    private static Kind kind(Arguments arguments) {
        String kind = arguments.choice("kind", "auto", "discrete", "continuous").orElse("auto");
        return kind.equals("auto") ? null : Kind.valueOf(kind.toUpperCase(Locale.ROOT));
    }

    private static Kind decided(RowSymbols x, RowSymbols y) {
        return x.repeated() < REPEATED_SHARE || y.repeated() < REPEATED_SHARE ? Kind.CONTINUOUS : Kind.DISCRETE;
    }

    private static String reason(RowSymbols x, RowSymbols y) {
        return "x repeats " + Figures.percent(x.repeated()) + " of its rows, y " + Figures.percent(y.repeated());
    }

    private static String advice(Kind kind) {
        return kind == Kind.CONTINUOUS
                ? "; if every distinct row is a symbol of its own, give --kind discrete"
                : "; if rows are measured values that happen to repeat, give --kind continuous";
    }

    private static List<String> warnings(RowSymbols symbols) {
        int constant = symbols.constantColumns();
        int columns = symbols.rows().columns();
        if (constant == 0) {
            return List.of();
        }
        return List.of(
                constant == columns
                        ? symbols.rows().name() + " is constant: mutual information is exactly 0 bits"
                        : symbols.rows().name() + ": " + constant + " of " + columns
                                + " columns are constant and carry nothing");
    }
}
