package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.output.Figures;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.array.ArrayFiles;
import org.ieengine.loaders.array.ArrayRows;

/** Mutual information of two arrays: the estimators as a tool of their own. */
final class MutualInformation implements Verb {
    /** Share of rows that repeat an earlier one from which on an array counts as discrete. */
    private static final double REPEATED_SHARE = 0.05;

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
        MutualInformationOptions.refuseLater(arguments);
        String kind = arguments.choice("kind", "auto", "discrete", "continuous").orElse("auto");
        if (kind.equals("continuous")) {
            throw new UsageException("--kind", "continuous estimators are not in this version yet; it has discrete");
        }
        PairEstimates estimates = new PairEstimates(arguments, console);
        DeviceChoice choice = DeviceChoice.of(arguments);
        try (ArrayRows x = ArrayFiles.open(xName);
                ArrayRows y = ArrayFiles.open(yName);
                ComputeDevice device = choice.open()) {
            if (x.rows() != y.rows()) {
                throw new InputException(
                        y.name(),
                        "",
                        "has " + Figures.count(y.rows()) + " rows where " + x.name() + " has " + Figures.count(x.rows())
                                + "; row n of one belongs to row n of the other");
            }
            RowSymbols xSymbols = RowSymbols.of(x);
            RowSymbols ySymbols = RowSymbols.of(y);
            Optional<String> groups = arguments.text("groups");
            int[] labels = groups.isPresent() ? GroupLabels.read(groups.get(), x.rows()) : new int[0];
            RowPairs pairs = RowPairs.of(xSymbols, ySymbols, labels, groups.orElse(""));
            if (kind.equals("auto")) {
                decide(xSymbols, ySymbols, console);
            }
            List<String> warnings = new ArrayList<>(warnings(xSymbols));
            warnings.addAll(warnings(ySymbols));
            warnings.addAll(device.warnings());
            estimates.report(pairs, device.backend(), warnings);
        }
    }

    private static void decide(RowSymbols x, RowSymbols y, Console console) {
        String found = "x repeats " + Figures.percent(repeated(x)) + " of its rows, y " + Figures.percent(repeated(y));
        if (repeated(x) < REPEATED_SHARE || repeated(y) < REPEATED_SHARE) {
            throw new UsageException(
                    "--kind",
                    "auto decided continuous (" + found
                            + "), and continuous estimators are not in this version yet; if every"
                            + " distinct row is a symbol of its own, give --kind discrete");
        }
        console.message("kind: discrete (" + found + ")");
    }

    private static double repeated(RowSymbols symbols) {
        return 1 - symbols.count() / (double) symbols.symbol().length;
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
