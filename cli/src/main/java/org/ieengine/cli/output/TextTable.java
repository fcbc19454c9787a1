package org.ieengine.cli.output;

import java.util.ArrayList;
import java.util.List;

/** A table of plain text: columns as wide as their widest cell, the last one wrapped at 100 columns. */
public final class TextTable {
    private static final int WIDTH = 100;
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** Adds a row; rows may differ in length. */
    public TextTable row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** The lines, each ended. */
    @Override
    public String toString() {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size() - 1; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        rows.forEach(row -> append(text, row, widths));
        return text.toString();
    }

    private static void append(StringBuilder text, List<String> row, int[] widths) {
        StringBuilder head = new StringBuilder();
        for (int i = 0; i < row.size() - 1; i++) {
            head.append(row.get(i))
                    .append(" ".repeat(widths[i] - row.get(i).length()))
                    .append(GAP);
        }
        String start = head.toString();
        for (String line :
                org.ieengine.cli.option.UsageText.wrap(row.get(row.size() - 1), Math.max(30, WIDTH - start.length()))) {
            text.append((start + line).stripTrailing()).append('\n');
            start = " ".repeat(start.length());
        }
    }
}
