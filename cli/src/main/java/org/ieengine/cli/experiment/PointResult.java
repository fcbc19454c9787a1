package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.NextTokenPrediction;

/**
 * What came out at a point.
 *
 * @param label what the point is
 * @param run what was measured
 * @param rows every number, those without critics first
 * @param predictions of the next token by control, empty for the model itself; none where it was not measured
 */
public record PointResult(
        PointLabel label, Run run, List<PointRow> rows, Map<String, NextTokenPrediction> predictions) {
    /** Keeps the order. */
    public PointResult {
        rows = List.copyOf(rows);
        predictions = Collections.unmodifiableMap(new LinkedHashMap<>(predictions));
    }

    /**
     * What was measured.
     *
     * @param model index among the models of the experiment
     * @param layers number of its blocks
     * @param data the sequences
     * @param ceiling exact values at the last position, blocks 1 and later
     * @param demonstrations where lists are involved
     */
    public record Run(
            int model,
            int layers,
            IeResult.DataSummary data,
            IeResult.Ceiling ceiling,
            Demonstrations demonstrations) {}

    /**
     * Puts the results of a point together.
     *
     * @param critic null where no critics were trained
     */
    public static PointResult of(ExperimentPoint point, IeResult exact, IeResult critic) {
        List<PointRow> rows = new ArrayList<>(PointRow.of(exact));
        if (critic != null) {
            rows.addAll(PointRow.of(critic));
        }
        return new PointResult(
                point.label(),
                new Run(
                        point.sample().model(),
                        exact.model().layers(),
                        exact.source(),
                        exact.measured().ceiling(),
                        point.sample().demonstrations()),
                rows,
                predictions(exact));
    }

    private static Map<String, NextTokenPrediction> predictions(IeResult result) {
        Map<String, NextTokenPrediction> predictions = new LinkedHashMap<>();
        predictions.put("", result.measured().prediction());
        result.controls().forEach((name, control) -> predictions.put(name, control.prediction()));
        predictions.values().removeIf(Objects::isNull);
        return predictions;
    }

    /** Blocks measured, ascending. */
    public List<Integer> layers() {
        TreeSet<Integer> layers = new TreeSet<>();
        rows.forEach(row -> layers.add(row.place().layer()));
        return List.copyOf(layers);
    }

    /** Blocks from 1 on; all where there are no others. */
    public List<Integer> laterLayers() {
        List<Integer> later = layers().stream().filter(layer -> layer > 0).toList();
        return later.isEmpty() ? layers() : later;
    }

    /** The last block measured. */
    public int lastLayer() {
        List<Integer> layers = layers();
        return layers.get(layers.size() - 1);
    }

    /** The last position. */
    public int lastPosition() {
        return run.data().tokens() - 1;
    }

    /** The leading row of an estimator. */
    public Optional<PointRow> leading(String estimator, PointRow.Place place) {
        return rows.stream()
                .filter(row -> row.leading()
                        && row.estimator().equals(estimator)
                        && row.place().equals(place))
                .findFirst();
    }

    /** IE of the leading row of an estimator; NaN where it was not measured. */
    public double ie(String estimator, PointRow.Place place) {
        return leading(estimator, place).map(PointRow::ie).orElse(Double.NaN);
    }

    /** Part of the state information that the sequence before the last token added, at the leading noise; NaN where not measured. */
    public double context(PointRow.Place place) {
        return leading(PointRow.RESOLUTION, place)
                .map(row -> row.macro().context())
                .orElse(Double.NaN);
    }

    /** Exact IE; NaN where nothing was measured. */
    public double exactIe(PointRow.Place place) {
        return rows.stream()
                .filter(row -> row.place().equals(place))
                .mapToDouble(PointRow::exactIe)
                .findFirst()
                .orElse(Double.NaN);
    }

    /** Rows of the critics on the model itself. */
    public List<PointRow> critics() {
        return rows.stream()
                .filter(row -> row.critic() && row.place().control().isEmpty())
                .toList();
    }

    /** Controls measured, in order. */
    public List<String> controls() {
        return rows.stream()
                .map(row -> row.place().control())
                .filter(control -> !control.isEmpty())
                .distinct()
                .toList();
    }

    /** What the model itself predicts; null where it was not measured. */
    public NextTokenPrediction prediction() {
        return predictions.get("");
    }

    /** P of a block at the last position that has a next token; NaN where it was not measured. */
    public double predictive(String control, int layer) {
        NextTokenPrediction prediction = predictions.get(control);
        return prediction == null
                ? Double.NaN
                : predictive(new PointRow.Place(control, layer, prediction.lastPosition()));
    }

    /** P of a block at a position, or its mean over positions where that is -1; NaN where it was not measured. */
    public double predictive(PointRow.Place place) {
        NextTokenPrediction prediction = predictions.get(place.control());
        if (prediction == null) {
            return Double.NaN;
        }
        return Stream.concat(prediction.blocks().stream(), prediction.meanBlocks().stream())
                .filter(block -> block.layer() == place.layer() && block.position() == place.position())
                .mapToDouble(NextTokenPrediction.OfBlock::predictiveBits)
                .findFirst()
                .orElse(Double.NaN);
    }
}
