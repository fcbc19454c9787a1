package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;

/** A table whose columns can be sorted (when scripts run) and that scrolls inside its own frame on a narrow screen. */
final class RowTable {
    /** A browser that sorts more rows keeps its reader waiting. */
    private static final int MOST_ROWS = 5000;

    private final String caption;
    private final List<String> headings;
    private final List<List<Cell>> rows = new ArrayList<>();

    /**
     * A cell.
     *
     * @param text what is shown
     * @param number what is sorted by; NaN for a text
     * @param style class in the style sheet; null for none
     */
    record Cell(String text, double number, String style) {
        static Cell text(String text) {
            return new Cell(text, Double.NaN, null);
        }

        static Cell number(String text, double number) {
            return new Cell(text, number, "number");
        }

        static Cell bits(double bits) {
            return number(NumberText.exactBits(bits), bits);
        }
    }

    RowTable(String caption, List<String> headings) {
        this.caption = caption;
        this.headings = List.copyOf(headings);
    }

    /** Adds a row with a cell for each heading. */
    void add(List<Cell> cells) {
        if (cells.size() != headings.size()) {
            throw new IllegalArgumentException(cells.size() + " cells for " + headings.size() + " columns");
        }
        rows.add(List.copyOf(cells));
    }

    /** The table. */
    Markup html() {
        Markup html = new Markup();
        html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
        html.open("table", "class", "sortable").element("caption", caption);
        html.open("thead").open("tr");
        for (int i = 0; i < headings.size(); i++) {
            boolean numeric = !rows.isEmpty() && "number".equals(rows.get(0).get(i).style);
            html.element("th", headings.get(i), "scope", "col", "class", numeric ? "number" : null);
        }
        html.close().close().line().open("tbody");
        for (List<Cell> row : rows.subList(0, Math.min(MOST_ROWS, rows.size()))) {
            html.open("tr");
            for (Cell cell : row) {
                String key = Double.isFinite(cell.number) ? Double.toString(cell.number) : null;
                html.element("td", cell.text, "class", cell.style, "data-v", key);
            }
            html.close().line();
        }
        html.close().close().close();
        if (rows.size() > MOST_ROWS) {
            html.element(
                    "p",
                    "The first " + NumberText.count(MOST_ROWS) + " of " + NumberText.count(rows.size())
                            + " rows; the CSV file beside this page has all of them.",
                    "class",
                    "hint");
        }
        return html;
    }
}
