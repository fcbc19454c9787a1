package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines over blocks, positions or training steps, each labelled at its end (many lines, or long names: in a legend beneath), with a band for a
 * deviation. The vertical axis always holds 0. Points without a value are left out and interrupt their line.
 *
 * @param frame what is plotted
 * @param wholeNumbers whether the horizontal axis counts things (blocks, positions)
 * @param lines in the order of drawing, the last one on top
 */
record LinePlot(PlotArea.Frame frame, boolean wholeNumbers, List<Line> lines) {
    /** More signs than this on a line cover it: they are left out, and pointing at a place still shows its note. */
    private static final int MOST_SIGNS = 64;

    LinePlot {
        lines = List.copyOf(lines);
    }

    /**
     * One line.
     *
     * @param label at its end; null for none
     * @param stroke how it is drawn
     * @param points ascending in x
     */
    record Line(String label, Stroke stroke, List<Point> points) {
        Line {
            points = List.copyOf(points);
        }

        private List<Point> drawn() {
            return points.stream().filter(Point::present).toList();
        }
    }

    /**
     * One point.
     *
     * @param x place
     * @param y value; NaN where there is none
     * @param spread deviation drawn as a band to both sides; NaN for none
     * @param flagged whether it is marked as above its ceiling
     * @param note shown on pointing at it; null for none
     */
    record Point(double x, double y, double spread, boolean flagged, String note) {
        static Point of(double x, double y, String note) {
            return new Point(x, y, Double.NaN, false, note);
        }

        private boolean present() {
            return Double.isFinite(x) && Double.isFinite(y);
        }

        private double reach() {
            return Double.isFinite(spread) ? Math.abs(spread) : 0;
        }
    }

    /** Whether any point has a value. */
    boolean drawable() {
        return lines.stream().anyMatch(line -> !line.drawn().isEmpty());
    }

    /** The drawing. */
    Markup svg() {
        PlotArea area = area();
        Legend legend = legend(area);
        area = new PlotArea(frame, area.x(), area.y(), legend.isEmpty() ? area.labelCharacters() : 0, legend.height());
        Markup svg = area.begin(NumberText::plain);
        List<PlotArea.EndLabel> labels = new ArrayList<>();
        for (Line line : lines) {
            List<Point> drawn = line.drawn();
            if (drawn.isEmpty()) {
                continue;
            }
            band(svg, area, line);
            path(svg, area, line);
            Stroke signs = drawn.size() > MOST_SIGNS ? line.stroke.withoutSigns() : line.stroke;
            for (Point point : drawn) {
                signs.mark(svg, area.px(point.x), area.py(point.y), point.note);
                if (point.flagged) {
                    svg.leaf(
                            "circle",
                            "class",
                            "flag",
                            "cx",
                            NumberText.coordinate(area.px(point.x)),
                            "cy",
                            NumberText.coordinate(area.py(point.y)),
                            "r",
                            "7");
                }
            }
            if (line.label != null && legend.isEmpty()) {
                double end = area.py(drawn.get(drawn.size() - 1).y);
                labels.add(new PlotArea.EndLabel(line.label, line.stroke.style(), end));
            }
        }
        area.endLabels(svg, labels);
        legend.draw(svg, area);
        return svg.close();
    }

    /** A legend when the labels do not fit beside the ends of the lines; an empty one when they do. */
    private Legend legend(PlotArea area) {
        List<Line> named = lines.stream()
                .filter(line -> line.label != null && !line.drawn().isEmpty())
                .toList();
        boolean beside = named.size() <= area.mostEndLabels() && area.labelCharacters() <= PlotArea.LONGEST_END_LABEL;
        return new Legend(
                beside
                        ? List.of()
                        : named.stream()
                                .map(line -> new Legend.Entry(line.label, line.stroke))
                                .toList());
    }

    private PlotArea area() {
        double first = Double.POSITIVE_INFINITY;
        double last = Double.NEGATIVE_INFINITY;
        double low = 0;
        double high = 0;
        int characters = 0;
        for (Line line : lines) {
            for (Point point : line.drawn()) {
                first = Math.min(first, point.x);
                last = Math.max(last, point.x);
                low = Math.min(low, point.y - point.reach());
                high = Math.max(high, point.y + point.reach());
            }
            characters = Math.max(characters, line.label == null ? 0 : line.label.length());
        }
        Axis x = wholeNumbers ? Axis.whole(first, last) : Axis.running(first, last);
        return new PlotArea(frame, x, Axis.fromZero(low, high, frame.small() ? 3 : 5), characters, 0);
    }

    /** The band of a line, interrupted where the line is. */
    private static void band(Markup svg, PlotArea area, Line line) {
        List<Point> piece = new ArrayList<>();
        for (Point p : line.points) {
            if (p.present() && Double.isFinite(p.spread)) {
                piece.add(p);
            } else {
                bandPiece(svg, area, piece, line.stroke.style());
                piece.clear();
            }
        }
        bandPiece(svg, area, piece, line.stroke.style());
    }

    private static void bandPiece(Markup svg, PlotArea area, List<Point> points, String style) {
        if (points.size() == 1) {
            Point p = points.get(0);
            PlotArea.line(
                    svg,
                    "whisker " + style,
                    area.px(p.x),
                    area.py(p.y - p.reach()),
                    area.px(p.x),
                    area.py(p.y + p.reach()));
        } else if (points.size() > 1) {
            StringBuilder outline = new StringBuilder();
            for (Point p : points) {
                outline.append(place(area, p.x, p.y + p.reach())).append(' ');
            }
            for (int i = points.size() - 1; i >= 0; i--) {
                Point p = points.get(i);
                outline.append(place(area, p.x, p.y - p.reach())).append(' ');
            }
            svg.leaf(
                    "polygon",
                    "class",
                    "band " + style,
                    "points",
                    outline.toString().strip());
        }
    }

    private static void path(Markup svg, PlotArea area, Line line) {
        StringBuilder d = new StringBuilder();
        boolean pen = false;
        for (Point p : line.points) {
            if (p.present()) {
                d.append(pen ? "L" : "M").append(place(area, p.x, p.y));
            }
            pen = p.present();
        }
        if (line.stroke.equals(Stroke.PLAIN) && line.drawn().size() == 1) {
            Point only = line.drawn().get(0);
            svg.leaf(
                    "circle",
                    "class",
                    "dot plain",
                    "cx",
                    NumberText.coordinate(area.px(only.x)),
                    "cy",
                    NumberText.coordinate(area.py(only.y)),
                    "r",
                    "3");
        }
        if (line.stroke.equals(Stroke.CEILING) && line.drawn().size() == 1) {
            double y = area.py(line.drawn().get(0).y);
            PlotArea.line(svg, "line ceiling", area.left(), y, area.right(), y);
        }
        svg.leaf("path", "class", "line " + line.stroke.style(), "d", d.toString());
    }

    private static String place(PlotArea area, double x, double y) {
        return NumberText.coordinate(area.px(x)) + "," + NumberText.coordinate(area.py(y));
    }
}
