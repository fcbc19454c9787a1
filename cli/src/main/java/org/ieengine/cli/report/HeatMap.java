package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A value for each block (from top to bottom) and position (from left to right): one colour whose strength is the value, with
 * the number in the cell while there is room. A cell without a value shows a dash.
 *
 * @param description for readers who cannot see it
 * @param rows blocks
 * @param columns positions
 * @param values [blocks][positions]; NaN for none
 * @param scale which values are weakest and strongest: its own, or one that several maps share
 * @param group how many neighbouring positions a column stands for, by their mean; columns are then named by their first
 */
record HeatMap(
        String description, List<Integer> rows, List<Integer> columns, double[][] values, Scale scale, int group) {
    /** Most columns that can still be told apart: 4 units each. */
    private static final int MOST_COLUMNS = 104;

    private static final double WIDTH = 480;
    private static final double LEFT = 56;
    private static final double RIGHT = 8;
    private static final double TOP = 26;
    private static final double LEGEND = 62;
    private static final double READABLE_CELL = 46;

    HeatMap {
        rows = List.copyOf(rows);
        columns = List.copyOf(columns);
    }

    /** A map of single positions. */
    HeatMap(String description, List<Integer> rows, List<Integer> columns, double[][] values, Scale scale) {
        this(description, rows, columns, values, scale, 1);
    }

    /** A map of single positions on its own scale. */
    HeatMap(String description, List<Integer> rows, List<Integer> columns, double[][] values) {
        this(description, rows, columns, values, Scale.of(List.<double[][]>of(values)));
    }

    /** The values without colour and with the strongest one, in bits. */
    record Scale(double low, double high) {
        /** From 0 or the least value to the greatest of all maps. */
        static Scale of(List<double[][]> maps) {
            double low = 0;
            double high = Double.NEGATIVE_INFINITY;
            for (double[][] map : maps) {
                for (double[] row : map) {
                    for (double value : row) {
                        low = Double.isFinite(value) ? Math.min(low, value) : low;
                        high = Double.isFinite(value) ? Math.max(high, value) : high;
                    }
                }
            }
            return new Scale(low, high);
        }

        private double strength(double value) {
            return high - low < 1e-12 ? 0.5 : (value - low) / (high - low);
        }
    }

    /** Whether any cell has a value. */
    boolean drawable() {
        for (double[] row : values) {
            for (double value : row) {
                if (Double.isFinite(value)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The same with so many neighbouring positions put together that it can be drawn. */
    private HeatMap condensed() {
        int size = (columns.size() + MOST_COLUMNS - 1) / MOST_COLUMNS;
        int groups = (columns.size() + size - 1) / size;
        List<Integer> firsts = new ArrayList<>();
        double[][] means = new double[rows.size()][groups];
        for (int g = 0; g < groups; g++) {
            int from = g * size;
            int to = Math.min(columns.size(), from + size);
            firsts.add(columns.get(from));
            for (int r = 0; r < rows.size(); r++) {
                means[r][g] = Arrays.stream(values[r], from, to)
                        .filter(Double::isFinite)
                        .average()
                        .orElse(Double.NaN);
            }
        }
        return new HeatMap(description + ", means of " + size + " positions", rows, firsts, means, scale, size);
    }

    /** The drawing. */
    Markup svg() {
        if (columns.size() > MOST_COLUMNS) {
            return condensed().svg();
        }
        double cellWidth = Math.min(110, (WIDTH - LEFT - RIGHT) / columns.size());
        double cellHeight = Math.max(14, Math.min(32, 420.0 / rows.size()));
        double bottom = TOP + cellHeight * rows.size();
        Markup svg = new Markup();
        svg.open(
                "svg",
                "viewBox",
                "0 0 " + NumberText.coordinate(WIDTH) + " " + NumberText.coordinate(bottom + LEGEND),
                "role",
                "img",
                "aria-label",
                description,
                "class",
                "plot heat");
        svg.element("text", "block", "class", "title", "x", "4", "y", "16");
        int everyRow = cellHeight < 18 ? 2 : 1;
        for (int r = 0; r < rows.size(); r++) {
            double y = TOP + r * cellHeight;
            if (r % everyRow == 0) {
                text(svg, "tick end", LEFT - 8, y + cellHeight / 2 + 4.5, Integer.toString(rows.get(r)));
            }
            for (int c = 0; c < columns.size(); c++) {
                // Edges at tenths, as they are written: neighbours meet without a seam.
                double left = Math.round(10 * (LEFT + c * cellWidth)) / 10.0;
                double right = Math.round(10 * (LEFT + (c + 1) * cellWidth)) / 10.0;
                cell(svg, new double[] {left, y, right - left, cellHeight}, r, c);
            }
        }
        int everyColumn = (int) Math.ceil(30 / cellWidth);
        for (int c = 0; c < columns.size(); c++) {
            if (c % everyColumn == 0) {
                double x = LEFT + (c + 0.5) * cellWidth;
                text(svg, "tick middle", x, bottom + 18, Integer.toString(columns.get(c)));
            }
        }
        text(svg, "title", LEFT, bottom + 48, group == 1 ? "position" : "position (means of " + group + ")");
        legend(svg, bottom);
        return svg.close();
    }

    private void cell(Markup svg, double[] box, int r, int c) {
        double value = values[r][c];
        boolean present = Double.isFinite(value);
        double strength = present ? scale.strength(value) : 0;
        String place = group == 1 ? ", position " : ", mean of " + group + " positions from ";
        String note = "block " + rows.get(r) + place + columns.get(c) + ": "
                + (present ? NumberText.exactBits(value) + " bits" : "no value");
        svg.open("g").element("title", note);
        // A white edge around cells of a few units would be most of what is seen.
        String edge = box[2] < 10 ? " fine" : "";
        rectangle(svg, "cell-back" + edge, box, null);
        if (present) {
            rectangle(svg, "cell" + edge, box, NumberText.decimals(0.06 + 0.94 * strength, 3));
        }
        if (box[2] >= READABLE_CELL && box[3] >= 18) {
            String style = "cell-text middle" + (strength > 0.76 ? " strong" : strength > 0.6 ? " mid" : "");
            text(svg, style, box[0] + box[2] / 2, box[1] + box[3] / 2 + 4.5, NumberText.bits(value));
        }
        svg.close();
    }

    private void legend(Markup svg, double bottom) {
        double width = 120;
        double right = WIDTH - 96;
        int steps = 24;
        for (int i = 0; i < steps; i++) {
            double x = right - width + i * width / steps;
            String strength = NumberText.decimals(0.06 + 0.94 * i / (steps - 1), 3);
            rectangle(svg, "cell legend", new double[] {x, bottom + 37, width / steps, 13}, strength);
        }
        text(svg, "tick end", right - width - 8, bottom + 48, NumberText.bits(scale.low));
        text(svg, "tick", right + 8, bottom + 48, NumberText.bits(scale.high) + " bits");
    }

    private static void rectangle(Markup svg, String style, double[] box, String strength) {
        svg.leaf(
                "rect",
                "class",
                style,
                "x",
                NumberText.coordinate(box[0]),
                "y",
                NumberText.coordinate(box[1]),
                "width",
                NumberText.coordinate(box[2]),
                "height",
                NumberText.coordinate(box[3]),
                "fill-opacity",
                strength);
    }

    private static void text(Markup svg, String style, double x, double y, String text) {
        svg.element("text", text, "class", style, "x", NumberText.coordinate(x), "y", NumberText.coordinate(y));
    }
}
