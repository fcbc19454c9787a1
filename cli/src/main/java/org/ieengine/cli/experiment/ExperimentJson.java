package org.ieengine.cli.experiment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.NextTokenPrediction;
import org.ieengine.engine.ie.ResultJson;

/** The document {@code experiment.json}. What has no meaning or is not finite is null. */
public final class ExperimentJson {
    /** Value of the key {@code format}. */
    public static final String FORMAT = "ie-engine/experiment/1";

    private static final ObjectMapper JSON = new ObjectMapper();

    private ExperimentJson() {}

    /** The document as a tree. */
    public static ObjectNode document(ExperimentResult result, List<String> figures) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT).put("name", result.kind().label());
        root.set("engine", ResultJson.engine(result.origin().engine()));
        root.set("settings", JSON.valueToTree(result.origin().settings()));
        ArrayNode models = root.putArray("models");
        result.origin().models().forEach(model -> models.add(ResultJson.model(model)));
        ArrayNode points = root.putArray("points");
        result.points().forEach(point -> add(points.addObject(), point));
        ArrayNode findings = root.putArray("findings");
        result.findings()
                .forEach(finding ->
                        findings.addObject().put("part", finding.part().label()).put("text", finding.text()));
        result.origin().warnings().forEach(root.putArray("warnings")::add);
        figures.forEach(root.putArray("figures")::add);
        root.putObject("timings")
                .put("seconds", result.timing().seconds())
                .put("finished", result.timing().finished().toString());
        return root;
    }

    private static void add(ObjectNode node, PointResult point) {
        node.put("name", point.label().name())
                .put("curve", point.label().curve())
                .put("label", point.label().text());
        put(node, "x", point.label().x());
        node.put("model", point.run().model());
        node.put("directory", "points/" + point.label().name());
        IeResult.DataSummary data = point.run().data();
        node.putObject("data")
                .put("path", data.origin().path())
                .put("sha256", data.origin().sha256())
                .put("used", data.used())
                .put("tokens", data.tokens())
                .put("distinct", data.distinct());
        ObjectNode ceiling = node.putObject("ceiling");
        put(ceiling, "macro_bits", point.run().ceiling().macroBits());
        point.run().ceiling().microBits().forEach(ceiling.putArray("micro_bits")::add);
        put(ceiling, "ie_bits", point.run().ceiling().ieBits());
        ArrayNode rows = node.putArray("rows");
        point.rows().forEach(row -> add(rows.addObject(), row));
        ObjectNode predictions = node.putObject("prediction");
        point.predictions().forEach((control, value) -> add(predictions.putObject(named(control)), value));
    }

    private static void add(ObjectNode node, PointRow row) {
        node.put("control", row.place().control().isEmpty() ? null : row.place().control())
                .put("layer", row.place().layer())
                .put("position", row.place().position())
                .put("estimator", row.estimator())
                .put("leading", row.leading());
        put(node, "noise", row.noise());
        put(node, "ie_bits", row.ie());
        put(node, "ie_sd", row.ieSd());
        put(node, "ie_ceiling_bits", row.exactIe());
        put(node, "macro_bits", row.macro().bits());
        put(node, "macro_spread", row.macro().spread());
        put(node, "macro_ceiling_bits", row.macro().ceiling());
        put(node, "share", row.macro().share());
        node.put("above_ceiling", row.macro().aboveCeiling());
        put(node, "mean_micro_bits", row.macro().meanMicro());
        put(node, "context_bits", row.macro().context());
    }

    private static void add(ObjectNode node, NextTokenPrediction prediction) {
        node.put("sequences", prediction.sequences()).put("targets", prediction.targets());
        put(node, "cross_entropy_bits", prediction.crossEntropyBits());
        put(node, "se", prediction.se());
        put(node, "perplexity", prediction.perplexity());
        put(node, "top1", prediction.top1());
        put(node, "top1_se", prediction.top1Se());
        ArrayNode blocks = node.putArray("blocks");
        for (NextTokenPrediction.OfBlock block : prediction.blocks()) {
            ObjectNode each = blocks.addObject().put("layer", block.layer()).put("position", block.position());
            put(each, "predictive_bits", block.predictiveBits());
            put(each, "se", block.se());
        }
    }

    private static String named(String control) {
        return control.isEmpty() ? "model" : control;
    }

    /** A number, or null when it is not finite. */
    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
