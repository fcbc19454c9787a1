package org.ieengine.cli.report;

import java.util.List;
import java.util.Locale;

/**
 * Rates over intensity, both logarithmic, under the ceilings of the machine (Williams, Waterman and Patterson 2009, "Roofline"): the rising
 * line is the copy bandwidth, a level one the rate of large products. What lies on a line cannot be faster on this machine.
 *
 * @param title what the plot shows
 * @param roofs ceilings, at least one; points bear the colour of theirs
 */
public record RooflinePlot(String title, List<Roof> roofs) {
    private static final double WIDTH = 960;
    private static final double HEIGHT = 560;
    private static final double LEFT = 64;
    private static final double RIGHT = 944;
    private static final double TOP = 34;
    private static final double BOTTOM = 500;

    /** Keeps the order. */
    public RooflinePlot {
        roofs = List.copyOf(roofs);
        if (roofs.isEmpty()) {
            throw new IllegalArgumentException("a roofline needs a ceiling");
        }
    }

    /**
     * A pair of ceilings and what lies under them.
     *
     * @param name of the precision
     * @param gigabytes a second of a copy
     * @param teraflops of a large product
     * @param points under it
     */
    public record Roof(String name, double gigabytes, double teraflops, List<Point> points) {
        /** Keeps the order. */
        public Roof {
            points = List.copyOf(points);
        }

        /** TFLOP/s at most, at so many float operations a byte. */
        private double at(double intensity) {
            return Math.min(teraflops, gigabytes * intensity * 1e-3);
        }
    }

    /**
     * One row of a benchmark.
     *
     * @param intensity float operations a byte, above 0
     * @param teraflops reached, above 0
     * @param note what the pointer shows over it
     */
    public record Point(double intensity, double teraflops, String note) {}

    /** The plot as a file of its own. */
    public String file() {
        return FigureFile.svg(svg(), title);
    }

    /** A range of powers of ten. */
    private record Decades(int low, int high, double from, double to) {
        static Decades of(double least, double most, double from, double to) {
            int low = (int) Math.floor(Math.log10(least));
            return new Decades(low, Math.max(low + 1, (int) Math.ceil(Math.log10(most))), from, to);
        }

        double place(double value) {
            return from + (Math.log10(value) - low) / (high - low) * (to - from);
        }

        double lowest() {
            return Math.pow(10, low);
        }

        double highest() {
            return Math.pow(10, high);
        }
    }

    Markup svg() {
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        double slowest = Double.POSITIVE_INFINITY;
        double fastest = 0;
        for (Roof roof : roofs) {
            // The ridge, where both ceilings meet, is always in sight.
            double ridge = 1e3 * roof.teraflops / roof.gigabytes;
            least = Math.min(least, ridge);
            most = Math.max(most, ridge);
            fastest = Math.max(fastest, roof.teraflops);
            slowest = Math.min(slowest, roof.teraflops);
            for (Point point : roof.points) {
                least = Math.min(least, point.intensity);
                most = Math.max(most, point.intensity);
                slowest = Math.min(slowest, point.teraflops);
                fastest = Math.max(fastest, point.teraflops);
            }
        }
        Decades x = Decades.of(least, most, LEFT, RIGHT);
        Decades y = Decades.of(slowest, fastest, BOTTOM, TOP);
        double below = 24 * roofs.size();
        Markup svg = new Markup();
        svg.open(
                "svg",
                "viewBox",
                "0 0 " + NumberText.coordinate(WIDTH) + " " + NumberText.coordinate(HEIGHT + below),
                "role",
                "img",
                "aria-label",
                title,
                "class",
                "plot");
        axes(svg, x, y);
        for (int i = 0; i < roofs.size(); i++) {
            roof(svg, roofs.get(i), Stroke.run(i), x, y);
        }
        for (int i = 0; i < roofs.size(); i++) {
            Stroke stroke = Stroke.run(i);
            for (Point point : roofs.get(i).points) {
                stroke.mark(svg, x.place(point.intensity), y.place(point.teraflops), point.note);
            }
            entry(svg, label(roofs.get(i)), stroke, HEIGHT + 12 + 24 * i);
        }
        return svg.close();
    }

    private static String label(Roof roof) {
        return String.format(
                Locale.ROOT,
                "%s: copies %.4g GB/s, products %.4g TFLOP/s, %d points",
                roof.name,
                roof.gigabytes,
                roof.teraflops,
                roof.points.size());
    }

    private static void axes(Markup svg, Decades x, Decades y) {
        svg.element("text", "TFLOP/s", "class", "title", "x", "4", "y", "16");
        for (int decade = y.low; decade <= y.high; decade++) {
            double at = y.place(Math.pow(10, decade));
            PlotArea.line(svg, "grid", LEFT, at, RIGHT, at);
            svg.element(
                    "text",
                    power(decade),
                    "class",
                    "tick end",
                    "x",
                    NumberText.coordinate(LEFT - 8),
                    "y",
                    NumberText.coordinate(at),
                    "dy",
                    ".35em");
        }
        for (int decade = x.low; decade <= x.high; decade++) {
            double at = x.place(Math.pow(10, decade));
            PlotArea.line(svg, "grid", at, TOP, at, BOTTOM);
            svg.element(
                    "text",
                    power(decade),
                    "class",
                    "tick middle",
                    "x",
                    NumberText.coordinate(at),
                    "y",
                    NumberText.coordinate(BOTTOM + 19));
        }
        svg.element(
                "text",
                "intensity: float operations a byte",
                "class",
                "title middle",
                "x",
                NumberText.coordinate((LEFT + RIGHT) / 2),
                "y",
                NumberText.coordinate(BOTTOM + 44));
    }

    private static String power(int decade) {
        return decade < 0
                ? String.format(Locale.ROOT, "%." + -decade + "f", Math.pow(10, decade))
                : String.format(Locale.ROOT, "%,.0f", Math.pow(10, decade));
    }

    /** From where the bandwidth enters the plot, over the ridge, to its right edge. */
    private static void roof(Markup svg, Roof roof, Stroke stroke, Decades x, Decades y) {
        double ridge = 1e3 * roof.teraflops / roof.gigabytes;
        double begin = Math.max(x.lowest(), 1e3 * y.lowest() / roof.gigabytes);
        String path = "M" + place(x, y, begin, roof.at(begin)) + "L" + place(x, y, ridge, roof.teraflops) + "L"
                + place(x, y, x.highest(), roof.teraflops);
        svg.leaf("path", "class", "line " + stroke.style(), "d", path);
    }

    private static String place(Decades x, Decades y, double intensity, double teraflops) {
        return NumberText.coordinate(x.place(intensity)) + "," + NumberText.coordinate(y.place(teraflops));
    }

    private static void entry(Markup svg, String label, Stroke stroke, double y) {
        PlotArea.line(svg, "line " + stroke.style(), LEFT, y, LEFT + 26, y);
        stroke.mark(svg, LEFT + 13, y, null);
        svg.element(
                "text",
                label,
                "class",
                "entry",
                "x",
                NumberText.coordinate(LEFT + 34),
                "y",
                NumberText.coordinate(y),
                "dy",
                ".35em");
    }
}
