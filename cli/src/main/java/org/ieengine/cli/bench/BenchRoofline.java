package org.ieengine.cli.bench;

import java.util.List;
import java.util.Locale;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.report.RooflinePlot;
import org.ieengine.cli.report.RooflinePlot.Point;
import org.ieengine.cli.report.RooflinePlot.Roof;
import org.ieengine.engine.benchmark.BenchmarkRow;
import org.ieengine.engine.benchmark.Ceilings;

/** The rows of an outcome under the ceilings of its machine. Rows without float operations have no place there. */
public final class BenchRoofline {
    private BenchRoofline() {}

    /** The plot as an SVG document. */
    public static String of(BenchOutcome outcome) {
        List<Roof> roofs = outcome.ceilings().stream()
                .map(one -> roof(one, outcome.rows()))
                .toList();
        return new RooflinePlot("Roofline of " + outcome.device(), roofs).file();
    }

    private static Roof roof(Ceilings ceilings, List<BenchmarkRow> rows) {
        List<Point> points = rows.stream()
                .filter(row -> row.precision() == ceilings.precision()
                        && row.timing() != null
                        && row.cost().flop() > 0)
                .map(row -> new Point(row.cost().intensity(), row.flopPerSecond() * 1e-12, note(row)))
                .toList();
        return new Roof(
                ceilings.precision().name().toLowerCase(Locale.ROOT),
                ceilings.bytesPerSecond() * 1e-9,
                ceilings.flopPerSecond() * 1e-12,
                points);
    }

    private static String note(BenchmarkRow row) {
        return row.operation() + ", " + row.placeAndShape() + ": "
                + BenchText.time(row.timing().seconds()) + ", " + BenchText.digits(row.flopPerSecond() * 1e-12)
                + " TFLOP/s, " + BenchText.digits(row.bytesPerSecond() * 1e-9) + " GB/s, "
                + Figures.percent(row.share()) + " of the ceiling";
    }
}
