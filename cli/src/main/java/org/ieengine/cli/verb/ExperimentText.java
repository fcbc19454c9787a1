package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.cli.experiment.ExperimentKind;
import org.ieengine.cli.experiment.ExperimentResult;
import org.ieengine.cli.experiment.Finding;
import org.ieengine.cli.experiment.PointResult;
import org.ieengine.cli.experiment.PointRow;
import org.ieengine.cli.experiment.PointRow.Place;
import org.ieengine.cli.option.UsageText;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.NextTokenPrediction;

/** The result of an experiment as a table of text with its findings beneath. */
final class ExperimentText {
    private static final int WIDTH = 100;
    private static final String GAP = "   ";

    private final ExperimentResult result;
    private final List<List<String>> rows = new ArrayList<>();

    private ExperimentText(ExperimentResult result) {
        this.result = result;
    }

    /** Table and findings, in 100 columns. */
    static String of(ExperimentResult result) {
        ExperimentText text = new ExperimentText(result);
        text.fill();
        StringBuilder all = new StringBuilder(text.table());
        Finding.Part part = null;
        for (Finding finding : result.findings()) {
            if (finding.part() != part) {
                part = finding.part();
                all.append('\n').append(part.heading()).append(":\n");
            }
            UsageText.wrap(finding.text(), WIDTH)
                    .forEach(line -> all.append(line).append('\n'));
        }
        return all.toString();
    }

    /** The places of a point that get a row: positions at the last block, blocks at the last position, or the last of both. */
    private List<Place> places(PointResult point) {
        int last = point.lastPosition();
        if (result.kind().byPosition()) {
            return IntStream.rangeClosed(0, last)
                    .mapToObj(position -> new Place("", point.lastLayer(), position))
                    .toList();
        }
        return result.kind() == ExperimentKind.LAYERS
                ? point.layers().stream()
                        .map(layer -> new Place("", layer, last))
                        .toList()
                : List.of(new Place("", point.lastLayer(), last));
    }

    private void fill() {
        List<String> controls = result.points().get(0).controls();
        boolean predicted = result.points().stream().anyMatch(point -> point.prediction() != null);
        List<String> heading = new ArrayList<>(List.of("point", "N", "block", "position", "exact IE", "IE at sigma"));
        heading.addAll(controls);
        heading.add("critic's IE");
        heading.add("share");
        if (predicted && !result.kind().byPosition()) {
            heading.addAll(List.of("CE", "P"));
        }
        rows.add(heading);
        for (PointResult point : result.points()) {
            for (Place place : places(point)) {
                List<String> cells = new ArrayList<>(List.of(
                        point.label().text(),
                        Figures.count(point.run().data().used()),
                        Integer.toString(place.layer()),
                        Integer.toString(place.position()),
                        Figures.bits(point.exactIe(place)),
                        Figures.bits(point.ie(PointRow.RESOLUTION, place))));
                for (String control : controls) {
                    Place twin = new Place(control, place.layer(), place.position());
                    cells.add(Figures.bits(point.ie(PointRow.RESOLUTION, twin)));
                }
                PointRow critic = point.leading(PointRow.CRITIC, place).orElse(null);
                cells.add(critic == null ? "-" : deviating(critic));
                cells.add(critic == null ? "-" : Figures.percent(critic.macro().share()));
                if (heading.contains("CE")) {
                    NextTokenPrediction prediction = point.prediction();
                    cells.add(prediction == null ? "-" : Figures.bits(prediction.crossEntropyBits()));
                    cells.add(Figures.bits(point.predictive("", place.layer())));
                }
                rows.add(cells);
            }
        }
    }

    private static String deviating(PointRow critic) {
        String sd = Double.isFinite(critic.ieSd()) ? " ± " + Figures.bits(critic.ieSd()) : "";
        return Figures.bits(critic.ie()) + sd + (critic.macro().aboveCeiling() ? " (above)" : "");
    }

    private String table() {
        StringBuilder text = new StringBuilder();
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String padding = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? "" : GAP).append(i == 0 ? row.get(i) + padding : padding + row.get(i));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
