package org.ieengine.cli.report;

import java.util.List;

/**
 * A figure of an experiment: on the page, where it may be one of many and is explained by the text beside it, and as a file of its
 * own, where its lines bear their names.
 *
 * @param name of the file, without its ending
 * @param title what it shows
 * @param axes titles of the axes
 * @param lines in the order of drawing
 */
record ExperimentFigure(String name, String title, Axes axes, List<LinePlot.Line> lines) {
    ExperimentFigure {
        lines = List.copyOf(lines);
    }

    /**
     * Titles of the axes.
     *
     * @param x what runs from left to right
     * @param whole whether it counts things
     * @param y what runs upwards, with its unit
     */
    record Axes(String x, boolean whole, String y) {}

    /** Whether any point has a value. */
    boolean drawable() {
        return plot(false, lines).drawable();
    }

    /** One of many on the page, without names at the ends of its lines. */
    LinePlot small() {
        return plot(
                true,
                lines.stream()
                        .map(line -> new LinePlot.Line(null, line.stroke(), line.points()))
                        .toList());
    }

    /** By itself. */
    LinePlot large() {
        return plot(false, lines);
    }

    private LinePlot plot(boolean small, List<LinePlot.Line> drawn) {
        return new LinePlot(new PlotArea.Frame(title, axes.x, axes.y, small), axes.whole, drawn);
    }

    /** The file: a complete SVG document. */
    String file() {
        return FigureFile.svg(large().svg(), title);
    }
}
