package org.ieengine.cli.output;

import java.util.ArrayList;
import java.util.List;

/** A table of plain text for numbers: names to the left, numbers to the right of their columns, headings above. */
public final class AlignedTable {
    private static final String GAP = "   ";

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * A column.
     *
     * @param heading above it
     * @param number whether its cells stand to the right
     */
    public record Column(String heading, boolean number) {
        /** A column of names. */
        public static Column name(String heading) {
            return new Column(heading, false);
        }

        /** A column of numbers. */
        public static Column number(String heading) {
            return new Column(heading, true);
        }
    }

    /** A table with these columns. */
    public AlignedTable(List<Column> columns) {
        this.columns = List.copyOf(columns);
    }

    /** Adds a row with a cell for each column; null leaves the cell empty. */
    public void row(List<String> cells) {
        if (cells.size() != columns.size()) {
            throw new IllegalArgumentException(cells.size() + " cells for " + columns.size() + " columns");
        }
        rows.add(cells.stream().map(cell -> cell == null ? "" : printable(cell)).toList());
    }

    /** The lines, each ended. Columns without any cell are left out. */
    @Override
    public String toString() {
        List<Integer> shown = new ArrayList<>();
        int[] widths = new int[columns.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] = width(columns.get(c).heading());
            boolean used = false;
            for (List<String> row : rows) {
                widths[c] = Math.max(widths[c], width(row.get(c)));
                used |= !row.get(c).isEmpty();
            }
            if (used) {
                shown.add(c);
            }
        }
        StringBuilder text = new StringBuilder();
        append(text, columns.stream().map(Column::heading).toList(), shown, widths);
        rows.forEach(row -> append(text, row, shown, widths));
        return text.toString();
    }

    private void append(StringBuilder text, List<String> cells, List<Integer> shown, int[] widths) {
        List<String> padded = new ArrayList<>();
        for (int c : shown) {
            String space = " ".repeat(widths[c] - width(cells.get(c)));
            padded.add(columns.get(c).number() ? space + cells.get(c) : cells.get(c) + space);
        }
        text.append(String.join(GAP, padded).stripTrailing()).append('\n');
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    /** Names come from files: a control character in them must not reach the terminal. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
