package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Everything measured on one model and one set of sequences: the run itself, or one of its controls.
 *
 * @param name what it is called on the page
 * @param ceiling exact values of whole sequences
 * @param rows the rows of {@code layers}
 * @param states the state quantity
 */
public record Measurement(String name, Ceiling ceiling, List<LayerEntry> rows, List<StateEntry> states) {
    /** Exact values of whole sequences at the last position, blocks 1 and later. */
    public record Ceiling(double macro, List<Double> micro, double ie) {}

    /** The state quantity J at one state, position and noise level. */
    public record StateEntry(
            int state, int position, double noise, double bits, double se, double lastToken, double context) {
        private static StateEntry read(JsonNode row) {
            return new StateEntry(
                    JsonFields.index(row, "state"),
                    JsonFields.index(row, "position"),
                    JsonFields.number(row, "noise"),
                    JsonFields.number(row, "bits"),
                    JsonFields.number(row, "se"),
                    JsonFields.number(row, "last_token_bits"),
                    JsonFields.number(row, "context_bits"));
        }
    }

    /** Reads the document or the part of it that holds a control. */
    static Measurement read(String name, JsonNode part) {
        JsonNode ceiling = part.path("ceiling");
        return new Measurement(
                name,
                new Ceiling(
                        JsonFields.number(ceiling, "macro_bits"),
                        JsonFields.list(ceiling.path("micro_bits"), JsonFields::number),
                        JsonFields.number(ceiling, "ie_bits")),
                JsonFields.list(part.path("layers"), LayerEntry::read),
                JsonFields.list(part.path("states"), StateEntry::read));
    }

    /** Blocks that have a row, ascending. */
    public List<Integer> layers() {
        return List.copyOf(new TreeSet<>(rows.stream().map(LayerEntry::layer).toList()));
    }

    /** Positions that have a row, ascending. */
    public List<Integer> positions() {
        return List.copyOf(new TreeSet<>(rows.stream().map(LayerEntry::position).toList()));
    }

    /** The last position that was measured; -1 for none. */
    public int lastPosition() {
        return rows.stream().mapToInt(LayerEntry::position).max().orElse(-1);
    }

    /** Noise levels of resolution, ascending. */
    List<Double> noises() {
        return List.copyOf(new TreeSet<>(rows.stream()
                .filter(r -> r.source().resolution())
                .map(r -> r.source().noise())
                .filter(Double::isFinite)
                .toList()));
    }

    /** The noise level that leads: the one the document marks, or else the middle one; NaN for none. */
    public double leadingNoise() {
        for (LayerEntry row : rows) {
            if (row.source().resolution() && row.source().leading()) {
                return row.source().noise();
            }
        }
        List<Double> noises = noises();
        return noises.isEmpty() ? Double.NaN : noises.get(noises.size() / 2);
    }

    /** Rows of resolution at one noise level and position, by block. */
    public Map<Integer, LayerEntry> resolution(double noise, int position) {
        return byLayer(rows.stream()
                .filter(r -> r.source().resolution() && r.source().noise() == noise && r.position() == position)
                .toList());
    }

    /** The critics, in the order of the document: every estimator but resolution and those that know no symbols. */
    public List<LayerEntry.Source> critics() {
        return rows.stream()
                .map(LayerEntry::source)
                .filter(s -> !s.resolution() && !s.forComparison())
                .map(s -> new LayerEntry.Source(s.estimator(), s.protocol(), Double.NaN, false))
                .distinct()
                .toList();
    }

    /** Rows of a critic at one position, by block. */
    public Map<Integer, LayerEntry> critic(LayerEntry.Source critic, int position) {
        return byLayer(rows.stream()
                .filter(r -> r.source().label().equals(critic.label()) && r.position() == position)
                .toList());
    }

    /** The rows of each position as a measurement of their own, without states; long runs are looked through once. */
    Map<Integer, Measurement> perPosition() {
        Map<Integer, List<LayerEntry>> grouped = new TreeMap<>();
        rows.forEach(row ->
                grouped.computeIfAbsent(row.position(), p -> new ArrayList<>()).add(row));
        Map<Integer, Measurement> parts = new TreeMap<>();
        grouped.forEach(
                (position, part) -> parts.put(position, new Measurement(name, ceiling, List.copyOf(part), List.of())));
        return parts;
    }

    /** Rows of one block, of resolution at a noise level or of a critic, by position. */
    Map<Integer, LayerEntry> byPosition(int layer, Predicate<LayerEntry.Source> source) {
        Map<Integer, LayerEntry> found = new TreeMap<>();
        for (LayerEntry row : rows) {
            if (row.layer() == layer && source.test(row.source())) {
                found.putIfAbsent(row.position(), row);
            }
        }
        return found;
    }

    /** Rows of the estimators that know no symbols, in the order of the document. */
    List<LayerEntry> forComparison() {
        return rows.stream().filter(r -> r.source().forComparison()).toList();
    }

    /** States at one noise level and position, by index. */
    Map<Integer, StateEntry> statesAt(double noise, int position) {
        Map<Integer, StateEntry> found = new TreeMap<>();
        for (StateEntry state : states) {
            if (state.noise == noise && state.position == position) {
                found.put(state.state, state);
            }
        }
        return found;
    }

    /** Exact IE of a block at a position, from any row of it. */
    public double exactIe(int layer, int position) {
        return fromAnyRow(layer, position, LayerEntry::exactIe);
    }

    /** Ceiling of the macro term of a block at a position. */
    public double macroCeiling(int layer, int position) {
        return fromAnyRow(layer, position, r -> r.macro().ceiling());
    }

    /** Mean ceiling of the micro terms of a block at a position. */
    double microCeiling(int layer, int position) {
        return fromAnyRow(layer, position, LayerEntry::meanMicroCeiling);
    }

    /** One row for each position of a block, in ascending order, from the first estimator that has it. */
    Map<Integer, LayerEntry> positionsOf(int layer) {
        Map<Integer, LayerEntry> found = new TreeMap<>();
        for (LayerEntry row : rows) {
            if (row.layer() == layer) {
                found.putIfAbsent(row.position(), row);
            }
        }
        return found;
    }

    private double fromAnyRow(int layer, int position, ToDoubleFunction<LayerEntry> quantity) {
        return rows.stream()
                .filter(r -> r.layer() == layer && r.position() == position)
                .mapToDouble(quantity)
                .filter(Double::isFinite)
                .findFirst()
                .orElse(Double.NaN);
    }

    private static Map<Integer, LayerEntry> byLayer(List<LayerEntry> rows) {
        Map<Integer, LayerEntry> found = new TreeMap<>();
        rows.forEach(row -> found.putIfAbsent(row.layer(), row));
        return found;
    }
}
