package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.experiment.ExperimentResult;
import org.ieengine.cli.experiment.PointResult;
import org.ieengine.cli.experiment.PointRow;
import org.ieengine.cli.experiment.PointRow.Place;
import org.ieengine.engine.ie.NextTokenPrediction;

/** The numbers of an experiment as tables. */
record ExperimentRows(ExperimentResult result) {
    /** A line for each point, block and position. */
    Markup summary() {
        List<String> controls = result.points().get(0).controls();
        boolean predicted = result.points().stream().anyMatch(point -> point.prediction() != null);
        List<String> headings = new ArrayList<>(List.of("point", "N", "block", "position", "exact IE", "σ", "IE at σ"));
        controls.forEach(control -> headings.add(control + " at σ"));
        headings.addAll(List.of("critic", "sd", "share"));
        if (predicted) {
            headings.addAll(List.of("cross-entropy", "P"));
        }
        RowTable table = new RowTable("IE by point, block and position", headings);
        for (PointResult point : result.points()) {
            for (int layer : point.layers()) {
                for (int position = 0; position <= point.lastPosition(); position++) {
                    Place place = new Place("", layer, position);
                    if (Double.isFinite(point.exactIe(place))) {
                        table.add(cells(point, place, controls, predicted));
                    }
                }
            }
        }
        return table.html();
    }

    private static List<RowTable.Cell> cells(PointResult point, Place place, List<String> controls, boolean predicted) {
        List<RowTable.Cell> cells = new ArrayList<>();
        cells.add(RowTable.Cell.text(point.label().text()));
        cells.add(number(point.run().data().used()));
        cells.add(number(place.layer()));
        cells.add(number(place.position()));
        cells.add(RowTable.Cell.bits(point.exactIe(place)));
        double noise =
                point.leading(PointRow.RESOLUTION, place).map(PointRow::noise).orElse(Double.NaN);
        cells.add(RowTable.Cell.number(NumberText.plain(noise), noise));
        cells.add(RowTable.Cell.bits(point.ie(PointRow.RESOLUTION, place)));
        for (String control : controls) {
            cells.add(RowTable.Cell.bits(
                    point.ie(PointRow.RESOLUTION, new Place(control, place.layer(), place.position()))));
        }
        PointRow critic = point.leading(PointRow.CRITIC, place).orElse(null);
        cells.add(RowTable.Cell.bits(critic == null ? Double.NaN : critic.ie()));
        cells.add(RowTable.Cell.bits(critic == null ? Double.NaN : critic.ieSd()));
        double share = critic == null ? Double.NaN : critic.macro().share();
        boolean above = critic != null && critic.macro().aboveCeiling();
        cells.add(new RowTable.Cell(NumberText.percent(share), share, above ? "number alarm" : "number"));
        if (predicted) {
            NextTokenPrediction prediction = point.prediction();
            boolean last = place.position() == point.lastPosition();
            cells.add(RowTable.Cell.bits(prediction == null ? Double.NaN : prediction.crossEntropyBits()));
            cells.add(RowTable.Cell.bits(last ? point.predictive("", place.layer()) : Double.NaN));
        }
        return cells;
    }

    /** Every leading row, those of controls too. */
    Markup every() {
        RowTable table = new RowTable(
                "Every leading row",
                List.of(
                        "point",
                        "run",
                        "block",
                        "position",
                        "estimator",
                        "σ",
                        "IE",
                        "IE sd",
                        "exact IE",
                        "macro",
                        "spread",
                        "macro ceiling",
                        "mean micro",
                        "context"));
        for (PointResult point : result.points()) {
            point.rows().stream().filter(PointRow::leading).forEach(row -> {
                PointRow.Terms macro = row.macro();
                table.add(List.of(
                        RowTable.Cell.text(point.label().text()),
                        RowTable.Cell.text(
                                row.place().control().isEmpty()
                                        ? "model"
                                        : row.place().control()),
                        number(row.place().layer()),
                        number(row.place().position()),
                        RowTable.Cell.text(row.estimator()),
                        RowTable.Cell.number(NumberText.plain(row.noise()), row.noise()),
                        RowTable.Cell.bits(row.ie()),
                        RowTable.Cell.bits(row.ieSd()),
                        RowTable.Cell.bits(row.exactIe()),
                        RowTable.Cell.bits(macro.bits()),
                        RowTable.Cell.bits(macro.spread()),
                        RowTable.Cell.bits(macro.ceiling()),
                        RowTable.Cell.bits(macro.meanMicro()),
                        RowTable.Cell.bits(macro.context())));
            });
        }
        return table.html();
    }

    private static RowTable.Cell number(int value) {
        return RowTable.Cell.number(NumberText.count(value), value);
    }
}
