package org.ieengine.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkRow;
import org.ieengine.engine.benchmark.Ceilings;
import org.ieengine.engine.benchmark.Timing;
import org.ieengine.engine.benchmark.WholePass;

/** The outcome as {@code bench.json}. What is not there is null. */
public final class BenchJson {
    /** Value of the key {@code format}. */
    public static final String FORMAT = "ie-engine/bench/1";

    private BenchJson() {}

    /** The document. */
    public static ObjectNode document(BenchOutcome outcome) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT)
                .put("version", outcome.build().version())
                .put("commit", outcome.build().commit())
                .put("device", outcome.device());
        ObjectNode settings =
                root.putObject("settings").put("scale", outcome.settings().scale());
        ArrayNode filters = settings.putArray("filters");
        outcome.settings().filters().forEach(filters::add);
        number(settings, "budget_minutes", outcome.settings().budgetMinutes());
        settings.put("seed", outcome.settings().seed());
        ObjectNode ceilings = root.putObject("ceilings");
        outcome.ceilings().forEach(one -> ceilings.set(name(one.precision()), ceilings(one)));
        ArrayNode rows = root.putArray("rows");
        outcome.rows().forEach(row -> rows.add(row(row, outcome.comparison())));
        ArrayNode passes = root.putArray("end_to_end");
        outcome.passes().forEach(pass -> passes.add(pass(pass)));
        if (outcome.comparison().present()) {
            root.putObject("compared_with")
                    .put("device", outcome.comparison().device())
                    .put("commit", outcome.comparison().commit());
        }
        return root;
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void number(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.putNull(key);
        }
    }

    private static ObjectNode ceilings(Ceilings ceilings) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("gbps", ceilings.bytesPerSecond() * 1e-9)
                .put("tflops", ceilings.flopPerSecond() * 1e-12)
                .put("strict_tflops", ceilings.flopPerSecondStrict() * 1e-12)
                .put("matrix", ceilings.matrixSize())
                .put("by", ceilings.multiplier());
        return node;
    }

    private static ObjectNode row(BenchmarkRow row, BenchComparison comparison) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("kernel", row.operation())
                .put("place", row.place())
                .put("shape", row.placeAndShape())
                .put("precision", name(row.precision()));
        ArrayNode launched = node.putArray("launched");
        row.launched().forEach(launched::add);
        Timing timing = row.timing();
        times(node, timing);
        node.put("repetitions", timing == null ? 0 : timing.repetitions())
                .put("times", timing == null ? 0 : timing.times());
        number(node, "bytes", row.cost().bytes());
        number(node, "flop", row.cost().flop());
        number(node, "gbps", row.bytesPerSecond() * 1e-9);
        number(node, "tflops", row.flopPerSecond() * 1e-12);
        number(node, "share", row.share());
        BenchmarkRow.Rival rival = row.rival();
        node.put("rival", rival == null ? null : rival.name());
        number(
                node,
                "rival_seconds",
                rival == null || rival.timing() == null
                        ? Double.NaN
                        : rival.timing().seconds());
        node.put("rival_fault", rival == null ? "" : rival.fault());
        number(node, "ratio", row.ratio());
        number(node, "error", row.correctness().error());
        number(node, "tolerance", row.correctness().tolerance());
        node.put("passed", row.correctness().passed())
                .put("fault", row.correctness().fault());
        if (comparison.present()) {
            number(node, "old_seconds", comparison.oldSeconds(row));
            number(node, "speedup", comparison.speedup(row));
        }
        return node;
    }

    private static void times(ObjectNode node, Timing timing) {
        number(node, "seconds", timing == null ? Double.NaN : timing.seconds());
        number(node, "low_seconds", timing == null ? Double.NaN : timing.low());
        number(node, "high_seconds", timing == null ? Double.NaN : timing.high());
    }

    private static ObjectNode pass(BenchOutcome.Passed passed) {
        WholePass pass = passed.pass();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("name", pass.name()).put("shape", pass.shape()).put("precision", passed.precision());
        times(node, pass.timing());
        node.put("repetitions", pass.timing().repetitions())
                .put("passes_per_second", pass.perSecond())
                .put("unit", pass.unit())
                .put("units", pass.units())
                .put("units_per_second", pass.unitsPerSecond());
        ArrayNode parts = node.putArray("parts");
        for (WholePass.Part part : pass.parts()) {
            parts.addObject()
                    .put("name", part.name())
                    .put("seconds", part.seconds())
                    .put("calls", part.calls())
                    .put("share", part.share());
        }
        return node;
    }
}
