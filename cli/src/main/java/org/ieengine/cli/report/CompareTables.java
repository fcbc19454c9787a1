package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tables of a comparison: the runs, their numbers, and their settings side by side. */
record CompareTables(Comparison comparison) {
    /** A line a run. */
    Markup runs() {
        boolean predicted =
                comparison.runs().stream().anyMatch(r -> !prediction(r).isEmpty());
        List<String> headings = new ArrayList<>(List.of(
                "run", "model", "blocks", "d", "parameters", "data", "N", "T", "distinct", "ceiling", "exact IE", "σ"));
        if (predicted) {
            headings.addAll(List.of("cross-entropy", "perplexity", "top-1"));
        }
        RowTable table = new RowTable("The runs", headings);
        for (NamedRun run : comparison.runs()) {
            JsonNode model = run.document().json().path("model");
            Measurement measured = run.document().measured();
            List<RowTable.Cell> cells = new ArrayList<>();
            cells.add(RowTable.Cell.text(run.name()));
            cells.add(RowTable.Cell.text(run.document().modelName()));
            cells.add(count(JsonFields.number(model, "layers")));
            cells.add(count(JsonFields.number(model, "d")));
            double parameters = JsonFields.number(model, "parameters");
            cells.add(RowTable.Cell.number(NumberText.shortCount(parameters), parameters));
            cells.add(RowTable.Cell.text(run.document().sequencesName()));
            cells.add(count(run.document().sequences()));
            cells.add(count(run.document().tokens()));
            cells.add(count(JsonFields.number(run.document().json().path("data"), "distinct")));
            cells.add(RowTable.Cell.bits(measured.ceiling().macro()));
            cells.add(RowTable.Cell.bits(measured.ceiling().ie()));
            cells.add(RowTable.Cell.number(NumberText.decimals(measured.leadingNoise(), 2), measured.leadingNoise()));
            if (predicted) {
                JsonNode prediction = prediction(run);
                double top1 = JsonFields.number(prediction, "top1");
                double perplexity = JsonFields.number(prediction, "perplexity");
                cells.add(RowTable.Cell.bits(JsonFields.number(prediction, "cross_entropy_bits")));
                cells.add(RowTable.Cell.number(NumberText.decimals(perplexity, 1), perplexity));
                cells.add(RowTable.Cell.number(NumberText.percent(top1), top1));
            }
            table.add(cells);
        }
        return table.html();
    }

    private static JsonNode prediction(NamedRun run) {
        return run.document().json().path("prediction");
    }

    /** A line for each run, control, position and block. */
    Markup numbers() {
        String first = comparison.runs().get(0).name();
        RowTable table = new RowTable(
                "IE of every run by block and position",
                List.of(
                        "run",
                        "control",
                        "position",
                        "block",
                        "exact IE",
                        "IE at σ",
                        "se",
                        "less " + first,
                        "critic",
                        "IE of critic",
                        "sd",
                        "less " + first,
                        "share",
                        "P"));
        Map<String, BlockNumbers> base = new HashMap<>();
        comparison.runs().get(0).numbers().forEach(b -> base.put(key(b), b));
        for (NamedRun run : comparison.runs()) {
            for (BlockNumbers block : run.numbers()) {
                BlockNumbers other = base.get(key(block));
                BlockNumbers.Resolution seen = block.resolution();
                BlockNumbers.Critic critic = block.critic();
                table.add(List.of(
                        RowTable.Cell.text(run.name()),
                        RowTable.Cell.text(block.control()),
                        count(block.position()),
                        count(block.layer()),
                        RowTable.Cell.bits(block.exactIe()),
                        RowTable.Cell.bits(seen.ie()),
                        RowTable.Cell.bits(seen.se()),
                        RowTable.Cell.bits(
                                other == null
                                        ? Double.NaN
                                        : seen.ie() - other.resolution().ie()),
                        RowTable.Cell.text(critic.label()),
                        RowTable.Cell.bits(critic.ie()),
                        RowTable.Cell.bits(critic.sd()),
                        RowTable.Cell.bits(
                                other == null
                                        ? Double.NaN
                                        : critic.ie() - other.critic().ie()),
                        share(critic),
                        RowTable.Cell.bits(block.predictive().bits())));
            }
        }
        return table.html();
    }

    private static String key(BlockNumbers block) {
        return block.control() + " " + block.position() + " " + block.layer();
    }

    private static RowTable.Cell share(BlockNumbers.Critic critic) {
        String text = NumberText.percent(critic.share());
        return critic.aboveCeiling()
                ? new RowTable.Cell(text + " above the ceiling", critic.share(), "number alarm")
                : RowTable.Cell.number(text, critic.share());
    }

    /** Settings and provenance, a column a run. */
    Markup settings(boolean differing) {
        List<String> headings = new ArrayList<>();
        headings.add("setting");
        comparison.runs().forEach(run -> headings.add(run.name()));
        RowTable table = new RowTable(differing ? "What differs" : "What is the same", headings);
        for (Comparison.Setting setting : comparison.settings()) {
            if (setting.differs() == differing) {
                List<RowTable.Cell> cells = new ArrayList<>();
                cells.add(RowTable.Cell.text(setting.name()));
                setting.values().forEach(value -> cells.add(new RowTable.Cell(value, Double.NaN, "wrap")));
                table.add(cells);
            }
        }
        return table.html();
    }

    private static RowTable.Cell count(double value) {
        return RowTable.Cell.number(NumberText.count(value), value);
    }
}
