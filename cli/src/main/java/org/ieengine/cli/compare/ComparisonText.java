package org.ieengine.cli.compare;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import org.ieengine.cli.output.AlignedTable;
import org.ieengine.cli.output.AlignedTable.Column;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.report.BlockNumbers;
import org.ieengine.cli.report.Comparison;
import org.ieengine.cli.report.NamedRun;
import org.ieengine.cli.report.RunDocument;

/** The tables that are printed: a line a run, then a line for each run and block at the last position. */
public final class ComparisonText {
    private ComparisonText() {}

    /** Both tables. */
    public static String of(Comparison comparison) {
        return runs(comparison) + "\n" + blocks(comparison);
    }

    private static String runs(Comparison comparison) {
        AlignedTable table = new AlignedTable(List.of(
                Column.name("run"),
                Column.name("model"),
                Column.name("data"),
                Column.number("N"),
                Column.number("T"),
                Column.number("exact IE"),
                Column.number("sigma"),
                Column.number("CE bits"),
                Column.number("perplexity"),
                Column.number("top-1")));
        for (NamedRun run : comparison.runs()) {
            RunDocument document = run.document();
            JsonNode prediction = document.json().path("prediction");
            table.row(Arrays.asList(
                    run.name(),
                    document.modelName(),
                    document.sequencesName(),
                    count(document.sequences()),
                    count(document.tokens()),
                    decimals(document.measured().ceiling().ie(), 3),
                    decimals(document.measured().leadingNoise(), 2),
                    decimals(prediction.path("cross_entropy_bits").asDouble(Double.NaN), 3),
                    decimals(prediction.path("perplexity").asDouble(Double.NaN), 1),
                    percent(prediction.path("top1").asDouble(Double.NaN))));
        }
        return table.toString();
    }

    private static String blocks(Comparison comparison) {
        AlignedTable table = new AlignedTable(List.of(
                Column.name("run"),
                Column.name("control"),
                Column.number("block"),
                Column.number("exact IE"),
                Column.number("IE at sigma"),
                Column.name("critic"),
                Column.number("critic's IE"),
                Column.number("share of ceiling"),
                Column.number("P bits")));
        for (NamedRun run : comparison.runs()) {
            int last = run.document().measured().lastPosition();
            for (BlockNumbers block : run.numbers()) {
                if (block.position() == last) {
                    table.row(Arrays.asList(
                            run.name(),
                            block.control(),
                            Integer.toString(block.layer()),
                            decimals(block.exactIe(), 2),
                            decimals(block.resolution().ie(), 2),
                            block.critic().label(),
                            deviating(block.critic().ie(), block.critic().sd()),
                            share(block.critic()),
                            deviating(
                                    block.predictive().bits(),
                                    block.predictive().se())));
                }
            }
        }
        return table.toString();
    }

    private static String share(BlockNumbers.Critic critic) {
        String share = percent(critic.share());
        return critic.aboveCeiling() ? share + " (above)" : share;
    }

    private static String deviating(double bits, double deviation) {
        return Double.isFinite(deviation) ? decimals(bits, 2) + " ± " + decimals(deviation, 2) : decimals(bits, 2);
    }

    private static String decimals(double value, int decimals) {
        return Double.isFinite(value) ? Figures.decimals(value, decimals) : null;
    }

    private static String percent(double share) {
        return Double.isFinite(share) ? Figures.percent(share) : null;
    }

    private static String count(double value) {
        return Double.isFinite(value) ? Figures.count(Math.round(value)) : null;
    }
}
