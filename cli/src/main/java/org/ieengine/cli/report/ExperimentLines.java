package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.ieengine.cli.experiment.PointResult;
import org.ieengine.cli.experiment.PointRow;
import org.ieengine.cli.experiment.PointRow.Place;

/**
 * Lines over a horizontal axis along which points, positions or blocks lie.
 *
 * @param spots in the order of the axis
 */
record ExperimentLines(List<Spot> spots) {
    /**
     * One place on the axis.
     *
     * @param x where it lies
     * @param point what was measured there
     * @param layer block
     * @param position end of the sequence
     */
    record Spot(double x, PointResult point, int layer, int position) {
        Place place(String control) {
            return new Place(control, layer, position);
        }

        private String where() {
            return point.label().text() + ", block " + layer + ", position " + position;
        }
    }

    /** Every position of a point at one block. */
    static ExperimentLines positions(PointResult point, int layer) {
        List<Spot> spots = new ArrayList<>();
        for (int position = 0; position <= point.lastPosition(); position++) {
            spots.add(new Spot(position, point, layer, position));
        }
        return new ExperimentLines(spots);
    }

    /** Every block of a point at the last position. */
    static ExperimentLines blocks(PointResult point) {
        return new ExperimentLines(point.layers().stream()
                .map(layer -> new Spot(layer, point, layer, point.lastPosition()))
                .toList());
    }

    /** Every block of a point at the last position, by its depth: 0 at the first block, 1 at the last. */
    static ExperimentLines depths(PointResult point) {
        double last = Math.max(1, point.run().layers() - 1);
        return new ExperimentLines(point.layers().stream()
                .map(layer -> new Spot(layer / last, point, layer, point.lastPosition()))
                .toList());
    }

    /** The ceiling, the controls and the model at the leading noise, and the critic where there is one. */
    List<LinePlot.Line> all() {
        List<LinePlot.Line> lines = new ArrayList<>();
        lines.add(exact("exact", Stroke.CEILING));
        List<String> controls = spots.stream()
                .flatMap(spot -> spot.point.controls().stream())
                .distinct()
                .toList();
        for (String control : controls) {
            lines.add(seen(control, control.equals("untrained") ? Stroke.UNTRAINED : Stroke.SHUFFLED, control));
        }
        lines.add(critic("critic", Stroke.SECOND));
        lines.add(seen("model", Stroke.MODEL, ""));
        return lines;
    }

    /** Exact IE. */
    LinePlot.Line exact(String label, Stroke stroke) {
        return line(label, stroke, spot -> spot.point.exactIe(spot.place("")));
    }

    /** IE seen through the leading noise. */
    LinePlot.Line seen(String label, Stroke stroke, String control) {
        return line(label, stroke, spot -> spot.point.ie(PointRow.RESOLUTION, spot.place(control)));
    }

    /** Part of the state information that the sequence before the last token added, at the leading noise. */
    LinePlot.Line context(String label, Stroke stroke, String control) {
        return line(label, stroke, spot -> spot.point.context(spot.place(control)));
    }

    /** A quantity of each spot. */
    LinePlot.Line line(String label, Stroke stroke, ToDoubleFunction<Spot> quantity) {
        List<LinePlot.Point> points = new ArrayList<>();
        for (Spot spot : spots) {
            double bits = quantity.applyAsDouble(spot);
            points.add(
                    LinePlot.Point.of(spot.x, bits, spot.where() + ", " + label + ": " + NumberText.exactBits(bits)));
        }
        return new LinePlot.Line(label, stroke, points);
    }

    /** The critic's IE; with its deviation over seeds as a band where it was trained everywhere, otherwise single marks. */
    LinePlot.Line critic(String label, Stroke stroke) {
        List<Optional<PointRow>> rows = spots.stream()
                .map(spot -> spot.point.leading(PointRow.CRITIC, spot.place("")))
                .toList();
        boolean everywhere = rows.stream().allMatch(Optional::isPresent);
        List<LinePlot.Point> points = new ArrayList<>();
        for (int i = 0; i < spots.size(); i++) {
            Spot spot = spots.get(i);
            PointRow row = rows.get(i).orElse(null);
            points.add(
                    row == null
                            ? LinePlot.Point.of(spot.x, Double.NaN, null)
                            : new LinePlot.Point(
                                    spot.x,
                                    row.ie(),
                                    everywhere ? row.ieSd() : Double.NaN,
                                    row.macro().aboveCeiling(),
                                    spot.where() + ", " + label + ": " + NumberText.exactBits(row.ie()) + " ± "
                                            + NumberText.exactBits(row.ieSd())));
        }
        // A name stands at the right edge, which would be far from a sign at the left one.
        boolean reachesEnd = rows.get(rows.size() - 1).isPresent();
        return new LinePlot.Line(reachesEnd ? label : null, stroke, points);
    }
}
