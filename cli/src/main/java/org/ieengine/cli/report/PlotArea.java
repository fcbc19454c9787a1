package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * The frame of a plot: axes, grid, titles of the axes and the labels beside the ends of its lines. One unit is one CSS pixel at
 * the width the page is laid out for; on a narrow screen the drawing shrinks and the style sheet enlarges its text.
 *
 * @param frame what is plotted
 * @param x horizontal axis
 * @param y vertical axis
 * @param labelCharacters length of the longest label beside a line's end; 0 for none
 * @param below height kept free under the axes, for a legend
 */
record PlotArea(Frame frame, Axis x, Axis y, int labelCharacters, double below) {
    /**
     * What a plot says of itself.
     *
     * @param description for readers who cannot see it
     * @param xTitle what runs from left to right
     * @param yTitle what runs upwards, with its unit
     * @param small whether it is one of many
     */
    record Frame(String description, String xTitle, String yTitle, boolean small) {}

    /** A label beside the end of a line. */
    record EndLabel(String text, String style, double y) {}

    private static final double LINE_HEIGHT = 17;

    /** Longest label that fits beside a line's end. */
    static final int LONGEST_END_LABEL = 18;

    /** Most labels that stand beside the lines' ends: more do not fit, or could not be told apart by their colours. */
    int mostEndLabels() {
        return frame.small ? (int) ((bottom() - top()) / LINE_HEIGHT) : Stroke.COLOURS;
    }

    double width() {
        return frame.small ? 300 : 480;
    }

    double height() {
        return frame.small ? 200 : 300;
    }

    double left() {
        return 50;
    }

    double right() {
        double labels = labelCharacters == 0 ? 14 : 20 + 9.4 * Math.min(labelCharacters, LONGEST_END_LABEL);
        return width() - labels;
    }

    double top() {
        return 34;
    }

    double bottom() {
        return height() - 46;
    }

    /** Horizontal place of a value. */
    double px(double value) {
        return left() + x.fraction(value) * (right() - left());
    }

    /** Vertical place of a value. */
    double py(double value) {
        return bottom() - y.fraction(value) * (bottom() - top());
    }

    /** Opens the drawing and draws grid, ticks and titles; {@code xText} writes a tick of the horizontal axis, or null. */
    Markup begin(DoubleFunction<String> xText) {
        Markup svg = new Markup();
        svg.open(
                "svg",
                "viewBox",
                "0 0 " + NumberText.coordinate(width()) + " " + NumberText.coordinate(height() + below),
                "role",
                "img",
                "aria-label",
                frame.description,
                "class",
                frame.small ? "plot small" : "plot");
        svg.element("text", frame.yTitle, "class", "title", "x", "4", "y", "16");
        for (double tick : y.ticks()) {
            String at = NumberText.coordinate(py(tick));
            line(svg, tick == 0 ? "base" : "grid", left(), py(tick), right(), py(tick));
            svg.element(
                    "text",
                    NumberText.plain(tick),
                    "class",
                    "tick end",
                    "x",
                    NumberText.coordinate(left() - 8),
                    "y",
                    at,
                    "dy",
                    ".35em");
        }
        for (double tick : x.ticks()) {
            String text = xText.apply(tick);
            if (text != null) {
                svg.element(
                        "text",
                        text,
                        "class",
                        "tick middle",
                        "x",
                        NumberText.coordinate(px(tick)),
                        "y",
                        NumberText.coordinate(bottom() + 19));
            }
        }
        svg.element(
                "text",
                frame.xTitle,
                "class",
                "title middle",
                "x",
                NumberText.coordinate((left() + right()) / 2),
                "y",
                NumberText.coordinate(height() - 6));
        return svg;
    }

    /** Writes labels beside the lines' ends, moved apart where they would lie on one another. */
    void endLabels(Markup svg, List<EndLabel> labels) {
        List<EndLabel> sorted = new ArrayList<>(labels);
        sorted.sort(Comparator.comparingDouble(EndLabel::y));
        double[] places = new double[sorted.size()];
        double next = top() - 6;
        for (int i = 0; i < places.length; i++) {
            places[i] = Math.max(sorted.get(i).y(), next);
            next = places[i] + LINE_HEIGHT;
        }
        double limit = bottom();
        for (int i = places.length - 1; i >= 0; i--) {
            places[i] = Math.min(places[i], limit);
            limit = places[i] - LINE_HEIGHT;
        }
        for (int i = 0; i < places.length; i++) {
            EndLabel label = sorted.get(i);
            if (Math.abs(places[i] - label.y()) > 5) {
                line(svg, "leader", right() + 5, label.y(), right() + 11, places[i]);
            }
            svg.element(
                    "text",
                    label.text(),
                    "class",
                    "label " + label.style(),
                    "x",
                    NumberText.coordinate(right() + 13),
                    "y",
                    NumberText.coordinate(places[i]),
                    "dy",
                    ".35em");
        }
    }

    /** Draws a straight line. */
    static void line(Markup svg, String style, double x1, double y1, double x2, double y2) {
        svg.leaf(
                "line",
                "class",
                style,
                "x1",
                NumberText.coordinate(x1),
                "y1",
                NumberText.coordinate(y1),
                "x2",
                NumberText.coordinate(x2),
                "y2",
                NumberText.coordinate(y2));
    }
}
