package org.ieengine.cli.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ieengine.cli.report.BlockNumbers;
import org.ieengine.cli.report.Comparison;
import org.ieengine.cli.report.NamedRun;

/** The JSON document of a comparison, {@code "format": "ie-engine/compare/1"}. What was not measured is null. */
public final class ComparisonJson {
    /** Value of the key {@code format}. */
    public static final String FORMAT = "ie-engine/compare/1";

    /** Parts of the results that are carried over as they are. */
    private static final List<String> KEPT = List.of("model", "data", "engine", "settings", "ceiling", "prediction");

    private ComparisonJson() {}

    /** The document. */
    public static ObjectNode document(Comparison comparison) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT);
        ArrayNode runs = root.putArray("runs");
        comparison.runs().forEach(run -> runs.add(run(run)));
        ArrayNode differences = root.putArray("differences");
        for (Comparison.Setting setting : comparison.settings()) {
            if (setting.differs()) {
                ArrayNode values =
                        differences.addObject().put("name", setting.name()).putArray("values");
                setting.values().forEach(values::add);
            }
        }
        ArrayNode notes = root.putArray("notes");
        comparison.notes().forEach(notes::add);
        return root;
    }

    private static ObjectNode run(NamedRun run) {
        ObjectNode node =
                JsonNodeFactory.instance.objectNode().put("run", run.name()).put("directory", run.directory());
        for (String part : KEPT) {
            JsonNode value = run.document().json().path(part);
            node.set(part, value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value);
        }
        ArrayNode blocks = node.putArray("blocks");
        run.numbers().forEach(block -> blocks.add(block(block)));
        ArrayNode warnings = node.putArray("warnings");
        run.document().warnings().forEach(warnings::add);
        return node;
    }

    private static ObjectNode block(BlockNumbers block) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("control", block.control().isEmpty() ? null : block.control());
        node.put("layer", block.layer()).put("position", block.position());
        put(node, "exact_ie_bits", block.exactIe());
        put(node, "noise", block.resolution().noise());
        put(node, "resolution_ie_bits", block.resolution().ie());
        put(node, "resolution_macro_se", block.resolution().se());
        node.put(
                "critic",
                block.critic().label().isEmpty() ? null : block.critic().label());
        put(node, "critic_ie_bits", block.critic().ie());
        put(node, "critic_ie_sd", block.critic().sd());
        put(node, "critic_share", block.critic().share());
        put(node, "predictive_bits", block.predictive().bits());
        put(node, "predictive_se", block.predictive().se());
        return node;
    }

    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
