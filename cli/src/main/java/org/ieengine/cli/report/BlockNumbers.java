package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The leading numbers of one block at one position of a run or of one of its controls. Bits; NaN for what was not measured.
 *
 * @param control name of the control; empty for the run itself
 * @param layer block
 * @param position end of the macro sequence
 * @param exactIe what cannot be exceeded by an exact estimate
 * @param resolution seen through the leading noise level
 * @param critic read by the run's first critic
 * @param predictive what the state of the whole sequence knows of the next token beyond its last token's own state
 */
public record BlockNumbers(
        String control,
        int layer,
        int position,
        double exactIe,
        Resolution resolution,
        Critic critic,
        Predictive predictive) {

    /**
     * IE at the leading noise level.
     *
     * @param noise sigma
     * @param ie bits
     * @param se standard error of its macro term
     */
    public record Resolution(double noise, double ie, double se) {}

    /**
     * IE read by a critic.
     *
     * @param label which one; empty for none
     * @param ie bits, mean over seeds
     * @param sd deviation over seeds
     * @param share its macro term over its ceiling
     * @param aboveCeiling whether that macro term is more than there is
     */
    public record Critic(String label, double ie, double sd, double share, boolean aboveCeiling) {}

    /** Predictive bits P of a block and their standard error. */
    public record Predictive(double bits, double se) {}

    /** All of them: the run's blocks and positions, then those of its controls. */
    public static List<BlockNumbers> of(RunDocument run) {
        List<BlockNumbers> all = new ArrayList<>();
        add(all, "", run.measured(), run.json());
        for (Measurement control : run.controls()) {
            add(all, control.name(), control, run.json().path("controls").path(control.name()));
        }
        return all;
    }

    private static void add(List<BlockNumbers> all, String control, Measurement measured, JsonNode part) {
        Map<Integer, Map<Integer, List<LayerEntry>>> byPlace = new TreeMap<>();
        for (LayerEntry row : measured.rows()) {
            byPlace.computeIfAbsent(row.position(), p -> new TreeMap<>())
                    .computeIfAbsent(row.layer(), l -> new ArrayList<>())
                    .add(row);
        }
        double noise = measured.leadingNoise();
        int last = measured.lastPosition();
        Map<Integer, List<JsonNode>> predicted = new TreeMap<>();
        part.path("prediction").path("blocks").forEach(block -> predicted
                .computeIfAbsent(JsonFields.index(block, "layer"), l -> new ArrayList<>())
                .add(block));
        byPlace.forEach((position, layers) -> layers.forEach((layer, rows) -> all.add(new BlockNumbers(
                control,
                layer,
                position,
                rows.stream()
                        .mapToDouble(LayerEntry::exactIe)
                        .filter(Double::isFinite)
                        .findFirst()
                        .orElse(Double.NaN),
                resolution(rows, noise),
                critic(rows),
                predictive(predicted.getOrDefault(layer, List.of()), position, position == last)))));
    }

    private static Resolution resolution(List<LayerEntry> rows, double noise) {
        return rows.stream()
                .filter(row -> row.source().resolution() && row.source().noise() == noise)
                .findFirst()
                .map(row -> new Resolution(noise, row.ie().bits(), row.macro().se()))
                .orElse(new Resolution(noise, Double.NaN, Double.NaN));
    }

    private static Critic critic(List<LayerEntry> rows) {
        return rows.stream()
                .filter(row -> !row.source().resolution() && !row.source().forComparison())
                .findFirst()
                .map(row -> new Critic(
                        row.source().label(),
                        row.ie().bits(),
                        row.ie().sd(),
                        row.macro().share(),
                        row.macro().aboveCeiling()))
                .orElse(new Critic("", Double.NaN, Double.NaN, Double.NaN, false));
    }

    /** P at that position; at the last one, which has no next token, P at the last that has. */
    private static Predictive predictive(List<JsonNode> blocks, int position, boolean last) {
        int best = -1;
        Predictive found = new Predictive(Double.NaN, Double.NaN);
        for (JsonNode block : blocks) {
            int at = JsonFields.index(block, "position");
            if (at > best && (at == position || last)) {
                best = at;
                found = new Predictive(JsonFields.number(block, "predictive_bits"), JsonFields.number(block, "se"));
            }
        }
        return found;
    }
}
