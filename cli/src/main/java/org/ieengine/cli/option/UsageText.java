package org.ieengine.cli.option;

import java.util.ArrayList;
import java.util.List;

/** Writes a table of options for a person (100 columns) and for the documents (Markdown). */
public final class UsageText {
    private static final int WIDTH = 100;
    private static final int INDENT = 2;
    private static final int GAP = 2;
    private static final int WIDEST_NAME = 28;

    private UsageText() {}

    /** The options group by group, names on the left, what they do and their defaults on the right, in 100 columns. */
    public static String options(OptionTable table) {
        int names = table.options().stream()
                .mapToInt(spec -> column(spec).length())
                .filter(length -> length <= WIDEST_NAME)
                .max()
                .orElse(WIDEST_NAME);
        StringBuilder text = new StringBuilder();
        for (OptionGroup group : table.groups()) {
            text.append('\n').append(group.title()).append(":\n");
            for (OptionSpec spec : group.options()) {
                append(text, column(spec), meaning(spec), names);
            }
        }
        return text.toString();
    }

    /** Two columns: words and what they mean, in 100 columns. */
    public static String list(List<String[]> rows) {
        int names = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        rows.forEach(row -> append(text, row[0], row[1], names));
        return text.toString();
    }

    /** The options as rows of a Markdown table. */
    public static String markdown(OptionTable table) {
        StringBuilder text = new StringBuilder("| option | meaning | default |\n| --- | --- | --- |\n");
        for (OptionSpec spec : table.options()) {
            text.append("| `")
                    .append(spec.written().replace("|", "\\|"))
                    .append("` | ")
                    .append(spec.meaning().replace("|", "\\|"))
                    .append(" | ")
                    .append(spec.standard().replace("|", "\\|"))
                    .append(" |\n");
        }
        return text.toString();
    }

    /** Breaks a paragraph into lines of at most {@code width} columns. */
    public static List<String> wrap(String paragraph, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : paragraph.split(" ")) {
            if (line.length() > 0 && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    private static String column(OptionSpec spec) {
        return spec.letter().isEmpty() ? "    " + spec.written() : spec.written();
    }

    private static String meaning(OptionSpec spec) {
        return spec.standard().isEmpty() ? spec.meaning() : spec.meaning() + " [" + spec.standard() + "]";
    }

    private static void append(StringBuilder text, String name, String meaning, int names) {
        int left = INDENT + names + GAP;
        String head = " ".repeat(INDENT) + name;
        if (head.length() > left - GAP) {
            text.append(head).append('\n');
            head = "";
        }
        for (String line : wrap(meaning, WIDTH - left)) {
            text.append(head)
                    .append(" ".repeat(left - head.length()))
                    .append(line)
                    .append('\n');
            head = "";
        }
    }
}
