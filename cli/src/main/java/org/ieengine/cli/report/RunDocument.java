package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code results.json} as the page reads it.
 *
 * @param json the document, for settings and provenance
 * @param measured the run itself
 * @param controls the same run on twins
 * @param warnings texts
 */
public record RunDocument(JsonNode json, Measurement measured, List<Measurement> controls, List<String> warnings) {
    /** What the run itself is called beside its controls. */
    public static final String SELF = "this model";

    /** Reads the document; what it lacks is absent here too. */
    public static RunDocument read(JsonNode json) {
        List<Measurement> controls = new ArrayList<>();
        json.path("controls").properties().forEach(entry -> {
            Measurement control = Measurement.read(entry.getKey(), entry.getValue());
            if (!control.rows().isEmpty()) {
                controls.add(control);
            }
        });
        return new RunDocument(
                json,
                Measurement.read(SELF, json),
                List.copyOf(controls),
                JsonFields.list(json.path("warnings"), JsonNode::asText));
    }

    /** The run and its controls. */
    public List<Measurement> all() {
        List<Measurement> all = new ArrayList<>();
        all.add(measured);
        all.addAll(controls);
        return all;
    }

    /** Name of the model: the last part of its path. */
    public String modelName() {
        return lastPart(JsonFields.text(json.path("model"), "path", "unnamed model"));
    }

    /** Name of the file of sequences. */
    public String sequencesName() {
        return lastPart(JsonFields.text(json.path("data"), "path", "unnamed sequences"));
    }

    /** N; NaN when absent. */
    public double sequences() {
        return JsonFields.number(json.path("data"), "used");
    }

    /** T; NaN when absent. */
    public double tokens() {
        return JsonFields.number(json.path("data"), "tokens");
    }

    /** Number of the model's blocks; -1 when absent. */
    public int modelLayers() {
        return JsonFields.index(json.path("model"), "layers");
    }

    /** How a control or the run is drawn. */
    static Stroke stroke(Measurement measurement) {
        return switch (measurement.name()) {
            case SELF -> Stroke.MODEL;
            case "untrained" -> Stroke.UNTRAINED;
            case "shuffled" -> Stroke.SHUFFLED;
            default -> Stroke.SECOND;
        };
    }

    static String lastPart(String path) {
        String trimmed = path.replaceAll("[/\\\\]+$", "");
        String name = trimmed.substring(1 + Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\')));
        return name.isEmpty() ? path : name;
    }
}
