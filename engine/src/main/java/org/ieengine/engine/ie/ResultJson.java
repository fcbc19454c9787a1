package org.ieengine.engine.ie;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/**
 * The JSON document of a result, {@code "format": "ie-engine/results/1"}. Numbers are JSON numbers in the shortest form that
 * reads back to the same bits; what has no meaning, is absent or not finite is null.
 */
public final class ResultJson {
    /** Value of the key {@code format}. */
    public static final String FORMAT = "ie-engine/results/1";

    private static final ObjectMapper JSON = new ObjectMapper().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ResultJson() {}

    /** Writes the document with line breaks and a final one; leaves the stream open. */
    public static void write(IeResult result, OutputStream out) throws IOException {
        JSON.writerWithDefaultPrettyPrinter().writeValue(out, document(result));
        out.write('\n');
    }

    /** The document as a tree. */
    public static ObjectNode document(IeResult result) {
        ObjectNode root = NODES.objectNode();
        root.put("format", FORMAT);
        root.set("engine", engine(result.engine()));
        root.set("model", model(result.model()));
        root.set("data", source(result.source()));
        root.set("settings", JSON.valueToTree(result.settings()));
        addMeasured(root, result.measured());
        if (!result.controls().isEmpty()) {
            ObjectNode controls = root.putObject("controls");
            for (Map.Entry<String, IeResult.Measured> control :
                    result.controls().entrySet()) {
                addMeasured(controls.putObject(control.getKey()), control.getValue());
            }
        }
        ArrayNode warnings = root.putArray("warnings");
        result.warnings().forEach(warnings::add);
        root.putObject("journal")
                .put("settings_sha256", result.journal().settingsSha256())
                .put("estimates", result.journal().estimates());
        ObjectNode timings = root.putObject("timings");
        result.timings().seconds().forEach((name, seconds) -> put(timings, name, seconds));
        timings.put("finished", result.timings().finished().toString());
        return root;
    }

    /** What computed, as every document of results has it under {@code engine}. */
    public static ObjectNode engine(EngineProvenance engine) {
        return NODES.objectNode()
                .put("version", engine.version())
                .put("commit", engine.commit())
                .put("java", engine.java())
                .put("os", engine.os())
                .put("device", engine.device())
                .put("precision", engine.precision())
                .put("libraries", engine.libraries());
    }

    /** A model, as every document of results has it under {@code model}. */
    public static ObjectNode model(IeResult.ModelSummary model) {
        return NODES.objectNode()
                .put("path", model.origin().path())
                .put("family", model.family())
                .put("layers", model.layers())
                .put("d", model.width())
                .put("vocab", model.vocabulary())
                .put("parameters", model.origin().parameters())
                .put("config_sha256", model.origin().configSha256())
                .put("weights_sha256", model.origin().weightsSha256())
                .put(
                        "tokenizer_sha256",
                        model.origin().tokenizerSha256().isEmpty()
                                ? null
                                : model.origin().tokenizerSha256());
    }

    private static ObjectNode source(IeResult.DataSummary source) {
        ObjectNode node = NODES.objectNode()
                .put("path", source.origin().path())
                .put("sha256", source.origin().sha256())
                .put("read", source.origin().read())
                .put("used", source.used());
        ObjectNode skipped = node.putObject("skipped");
        source.origin().skipped().forEach(skipped::put);
        return node.put("tokens", source.tokens()).put("distinct", source.distinct());
    }

    private static void addMeasured(ObjectNode target, IeResult.Measured measured) {
        ObjectNode ceiling = target.putObject("ceiling");
        put(ceiling, "macro_bits", measured.ceiling().macroBits());
        putAll(ceiling, "micro_bits", measured.ceiling().microBits());
        put(ceiling, "ie_bits", measured.ceiling().ieBits());
        ArrayNode layers = target.putArray("layers");
        measured.layers().forEach(row -> layers.add(row(row)));
        ArrayNode states = target.putArray("states");
        measured.states().forEach(state -> states.add(state(state)));
        NextTokenJson.put(target, measured.prediction());
    }

    private static ObjectNode row(IeResult.LayerRow row) {
        ObjectNode node = NODES.objectNode()
                .put("layer", row.layer())
                .put("position", row.position())
                .put("estimator", row.estimator())
                .put("protocol", row.protocol());
        put(node, "noise", row.noise());
        put(node, "ie_bits", row.ieBits());
        put(node, "ie_sd", row.ieSd());
        put(node, "ie_ceiling_bits", row.exactIeBits());
        node.put("leading", row.leading());
        node.set("macro", macro(row.macro()));
        ArrayNode micro = node.putArray("micro");
        row.micro().forEach(term -> micro.add(micro(term)));
        return node;
    }

    private static ObjectNode macro(IeResult.MacroTerm macro) {
        ObjectNode node = NODES.objectNode();
        put(node, "bits", macro.bits());
        put(node, "sd", macro.sd());
        put(node, "ceiling_bits", macro.ceilingBits());
        put(node, "share", macro.share());
        putAll(node, "seeds", macro.seeds());
        put(node, "row_passes", macro.rowPasses());
        node.put("above_ceiling", macro.aboveCeiling());
        if (macro.resolution() != null) {
            put(node, "se", macro.resolution().se());
            put(node, "last_token_bits", macro.resolution().lastTokenBits());
            put(node, "context_bits", macro.resolution().contextBits());
        }
        if (!macro.segments().isEmpty()) {
            ArrayNode segments = node.putArray("segments");
            for (IeResult.SegmentValue segment : macro.segments()) {
                ObjectNode slice =
                        segments.addObject().put("first", segment.first()).put("width", segment.width());
                put(slice, "bits", segment.bits());
                put(slice, "sd", segment.sd());
            }
        }
        return node;
    }

    private static ObjectNode micro(IeResult.MicroTerm term) {
        ObjectNode node = NODES.objectNode().put("position", term.position());
        put(node, "bits", term.bits());
        put(node, "sd", term.sd());
        put(node, "ceiling_bits", term.ceilingBits());
        return node.put("distinct", term.distinct());
    }

    private static ObjectNode state(IeResult.StateRow state) {
        ObjectNode node = NODES.objectNode().put("state", state.state()).put("position", state.position());
        put(node, "noise", state.noise());
        put(node, "bits", state.bits());
        put(node, "se", state.se());
        put(node, "last_token_bits", state.lastTokenBits());
        put(node, "context_bits", state.contextBits());
        return node;
    }

    private static void putAll(ObjectNode node, String name, List<Double> values) {
        ArrayNode array = node.putArray(name);
        for (Double value : values) {
            if (Double.isFinite(value)) {
                array.add(value.doubleValue());
            } else {
                array.addNull();
            }
        }
    }

    /** A number, or null when it is not finite. */
    private static void put(ObjectNode node, String name, double value) {
        if (!Double.isFinite(value)) {
            node.putNull(name);
        } else if (value == Math.rint(value) && Math.abs(value) < 1e15 && name.equals("row_passes")) {
            node.put(name, (long) value);
        } else {
            node.put(name, value);
        }
    }
}
