package org.ieengine.cli.report;

import java.util.List;

/**
 * Names of the lines of a plot under it, in as many columns as fit, each behind a piece of its line. Long names are cut in the
 * drawing; tables beside it have them whole.
 *
 * @param entries in the order of reading; none for no legend
 */
record Legend(List<Entry> entries) {
    private static final double LINE_HEIGHT = 21;
    private static final double SWATCH = 26;
    /** Room for a letter: that of the enlarged text on a narrow screen. */
    private static final double LETTER = 8.4;

    private static final int LONGEST = 48;

    Legend {
        entries = List.copyOf(entries);
    }

    /** One line's name and how it is drawn. */
    record Entry(String label, Stroke stroke) {
        private String shown() {
            return label.codePointCount(0, label.length()) <= LONGEST
                    ? label
                    : label.substring(0, label.offsetByCodePoints(0, LONGEST - 1)) + "…";
        }
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Room that it needs. */
    double height() {
        return isEmpty() ? 0 : 6 + LINE_HEIGHT * rows();
    }

    /** Draws it into the room below the axes. */
    void draw(Markup svg, PlotArea area) {
        int rows = rows();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            // Down the columns, so that neighbours in the list stay neighbours.
            double x = 8 + i / rows * columnWidth();
            double y = area.height() + 12 + i % rows * LINE_HEIGHT;
            PlotArea.line(svg, "line " + entry.stroke.style(), x, y, x + SWATCH, y);
            entry.stroke.mark(svg, x + SWATCH / 2, y, null);
            svg.element(
                    "text",
                    entry.shown(),
                    "class",
                    "entry",
                    "x",
                    NumberText.coordinate(x + SWATCH + 8),
                    "y",
                    NumberText.coordinate(y),
                    "dy",
                    ".35em");
        }
    }

    private double columnWidth() {
        int longest = entries.stream()
                .mapToInt(e -> e.shown().codePointCount(0, e.shown().length()))
                .max()
                .orElse(0);
        return SWATCH + 24 + LETTER * longest;
    }

    private int rows() {
        int columns = Math.max(1, (int) (472 / columnWidth()));
        return (entries.size() + columns - 1) / columns;
    }
}
