package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A bar for each state, made of parts that add up, with lines of other runs over it. A part below zero (sampling noise around
 * nothing) is drawn as nothing; the note of its bar gives the number.
 *
 * @param frame what is plotted
 * @param bars from left to right
 * @param parts names of the parts from the bottom up, with their class in the style sheet
 * @param overlays lines whose x is the index of a bar
 */
record StackedBars(PlotArea.Frame frame, List<Bar> bars, List<Part> parts, List<LinePlot.Line> overlays) {
    StackedBars {
        bars = List.copyOf(bars);
        parts = List.copyOf(parts);
        overlays = List.copyOf(overlays);
    }

    /**
     * One bar.
     *
     * @param name under it
     * @param values of the parts, from the bottom up; NaN for none
     * @param note shown on pointing at it
     */
    record Bar(String name, List<Double> values, String note) {
        Bar {
            values = List.copyOf(values);
        }
    }

    /** A part of every bar. */
    record Part(String label, String style) {}

    /** The drawing. */
    Markup svg() {
        PlotArea area = area();
        double pitch = area.px(1) - area.px(0);
        double width = Math.min(46, 0.66 * pitch);
        int every = (int) Math.ceil(bars.size() / 14.0);
        Markup svg = area.begin(tick -> {
            int index = (int) Math.round(tick);
            return index >= 0 && index < bars.size() && index % every == 0 ? bars.get(index).name : null;
        });
        for (int i = 0; i < bars.size(); i++) {
            draw(svg, area, i, width);
        }
        List<PlotArea.EndLabel> labels = new ArrayList<>(partLabels(area));
        for (LinePlot.Line line : overlays) {
            overlay(svg, area, line, labels);
        }
        area.endLabels(svg, labels);
        return svg.close();
    }

    private PlotArea area() {
        double high = 0;
        int characters = 0;
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i < bars.size(); i++) {
            high = Math.max(
                    high,
                    bars.get(i).values.stream().mapToDouble(StackedBars::above).sum());
            ticks.add((double) i);
        }
        for (Part part : parts) {
            characters = Math.max(characters, part.label.length());
        }
        for (LinePlot.Line line : overlays) {
            characters = Math.max(characters, line.label().length());
            for (LinePlot.Point point : line.points()) {
                high = Double.isFinite(point.y()) ? Math.max(high, point.y()) : high;
            }
        }
        return new PlotArea(frame, new Axis(-0.6, bars.size() - 0.4, ticks), Axis.fromZero(0, high, 5), characters, 0);
    }

    private void draw(Markup svg, PlotArea area, int index, double width) {
        Bar bar = bars.get(index);
        svg.open("g").element("title", bar.note);
        double base = 0;
        for (int k = 0; k < bar.values.size(); k++) {
            double value = above(bar.values.get(k));
            double top = area.py(base + value);
            svg.leaf(
                    "rect",
                    "class",
                    "bar " + parts.get(k).style,
                    "x",
                    NumberText.coordinate(area.px(index) - width / 2),
                    "y",
                    NumberText.coordinate(top),
                    "width",
                    NumberText.coordinate(width),
                    "height",
                    NumberText.coordinate(area.py(base) - top));
            base += value;
        }
        svg.close();
    }

    private List<PlotArea.EndLabel> partLabels(PlotArea area) {
        List<PlotArea.EndLabel> labels = new ArrayList<>();
        Bar last = bars.get(bars.size() - 1);
        double base = 0;
        for (int k = 0; k < parts.size(); k++) {
            double value = above(last.values.get(k));
            labels.add(
                    new PlotArea.EndLabel(parts.get(k).label, "part-" + parts.get(k).style, area.py(base + value / 2)));
            base += value;
        }
        return labels;
    }

    private static void overlay(Markup svg, PlotArea area, LinePlot.Line line, List<PlotArea.EndLabel> labels) {
        StringBuilder d = new StringBuilder();
        LinePlot.Point last = null;
        for (LinePlot.Point p : line.points()) {
            if (Double.isFinite(p.y())) {
                d.append(d.length() == 0 ? "M" : "L")
                        .append(NumberText.coordinate(area.px(p.x())))
                        .append(',')
                        .append(NumberText.coordinate(area.py(p.y())));
                last = p;
            }
        }
        if (last == null) {
            return;
        }
        svg.leaf("path", "class", "line over " + line.stroke().style(), "d", d.toString());
        for (LinePlot.Point p : line.points()) {
            if (Double.isFinite(p.y())) {
                line.stroke().mark(svg, area.px(p.x()), area.py(p.y()), p.note());
            }
        }
        labels.add(new PlotArea.EndLabel(line.label(), line.stroke().style(), area.py(last.y())));
    }

    private static double above(double value) {
        return Double.isFinite(value) ? Math.max(0, value) : 0;
    }
}
