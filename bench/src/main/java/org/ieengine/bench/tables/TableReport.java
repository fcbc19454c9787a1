package org.ieengine.bench.tables;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.ieengine.bench.tables.EstimateLine.Column;

/**
 * Markdown tables from finished estimates, one section a part and number of samples: truth, mean and standard deviation (n - 1) over
 * seeds in nats, seconds, and counts of tasks.
 */
final class TableReport {
    /** The estimator that others are compared with. */
    static final String RIVAL = "mine";

    /** Parts whose rows have different numbers of samples. */
    private static final Set<String> ALL_SIZES = Set.of("growth", "symbols");

    private static final double NEAR = 0.07;
    private static final double ABOVE = 0.05;

    private final Map<String, Section> sections = new LinkedHashMap<>();

    TableReport(List<EstimateLine> lines) {
        for (EstimateLine line : lines) {
            Column column = line.key().column();
            String title = sectionTitle(column);
            sections.computeIfAbsent(title, t -> new Section()).add(line);
        }
    }

    /** A number of samples has tables of its own, unless the part tells about such numbers. */
    private static String sectionTitle(Column column) {
        return ALL_SIZES.contains(column.part()) ? column.part() : column.part() + ", N = " + column.samples();
    }

    /** Values of one cell over seeds. */
    private static final class Cell {
        private final List<EstimateLine> lines = new ArrayList<>();

        double truth() {
            return lines.get(0).truth().nats();
        }

        String printedTruth() {
            double error = lines.get(0).truth().error();
            return String.format(Locale.ROOT, error > 0 ? "%.3f (se %.3f)" : "%.3f", truth(), error);
        }

        double mean() {
            return lines.stream().mapToDouble(EstimateLine::nats).average().orElse(Double.NaN);
        }

        double deviation() {
            double mean = mean();
            double sum = 0;
            for (EstimateLine line : lines) {
                sum += (line.nats() - mean) * (line.nats() - mean);
            }
            return lines.size() < 2 ? Double.NaN : Math.sqrt(sum / (lines.size() - 1));
        }

        double seconds() {
            return lines.stream()
                    .mapToDouble(line -> line.estimate().seconds())
                    .average()
                    .orElse(Double.NaN);
        }

        double rowPasses() {
            return lines.stream()
                    .mapToDouble(line -> line.estimate().rowPasses())
                    .average()
                    .orElse(Double.NaN);
        }

        double error() {
            return Math.abs(mean() - truth());
        }

        boolean near() {
            return error() <= NEAR;
        }

        /** Whether every seed is a number and at most 0.05 above the truth. */
        boolean neverAbove() {
            return lines.stream().allMatch(line -> line.nats() <= truth() + ABOVE);
        }
    }

    /** Rows in the order in which they were first met. */
    private static final class Section {
        private final Map<String, Map<String, Cell>> rows = new LinkedHashMap<>();
        private final Set<String> columns = new LinkedHashSet<>();
        private final Set<String> devices = new LinkedHashSet<>();

        void add(EstimateLine line) {
            Column column = line.key().column();
            String task =
                    ALL_SIZES.contains(column.part()) ? column.task() + ", N = " + column.samples() : column.task();
            rows.computeIfAbsent(task, t -> new LinkedHashMap<>())
                    .computeIfAbsent(column.estimator(), e -> new Cell())
                    .lines
                    .add(line);
            columns.add(column.estimator());
            devices.add(line.device());
        }
    }

    /** The whole text. */
    String markdown() {
        StringBuilder text = new StringBuilder(
                "# Estimators\n\nMutual information in nats. Mean and standard deviation over seeds.\n");
        sections.forEach((title, section) -> {
            text.append("\n## ").append(title).append("\n\n");
            text.append("Computed on: ")
                    .append(String.join("; ", section.devices))
                    .append(".\n\n");
            values(section, text);
            text.append(
                    "\nSeconds of an estimate (a number shared by estimators of one training is the training's):\n\n");
            figures(section, text, cell -> String.format(Locale.ROOT, "%.2f", cell.seconds()));
            text.append("\nRow passes of an estimate:\n\n");
            figures(section, text, cell -> String.format(Locale.ROOT, "%.0f", cell.rowPasses()));
            text.append('\n');
            counts(section, text);
        });
        return text.toString();
    }

    private static void header(List<String> names, StringBuilder text) {
        text.append("| ").append(String.join(" | ", names)).append(" |\n|");
        names.forEach(name -> text.append(" --- |"));
        text.append('\n');
    }

    private static void values(Section section, StringBuilder text) {
        List<String> names = new ArrayList<>(List.of("task", "truth"));
        names.addAll(section.columns);
        header(names, text);
        section.rows.forEach((task, cells) -> {
            Cell any = cells.values().iterator().next();
            text.append("| ")
                    .append(task)
                    .append(" | ")
                    .append(any.printedTruth())
                    .append(" |");
            for (String column : section.columns) {
                text.append(' ').append(value(cells.get(column))).append(" |");
            }
            text.append('\n');
        });
    }

    private static String value(Cell cell) {
        if (cell == null) {
            return "";
        }
        String mean = Double.isNaN(cell.mean()) ? "none" : String.format(Locale.ROOT, "%.3f", cell.mean());
        return Double.isNaN(cell.deviation()) ? mean : mean + String.format(Locale.ROOT, " ± %.3f", cell.deviation());
    }

    private interface Figure {
        String of(Cell cell);
    }

    private static void figures(Section section, StringBuilder text, Figure figure) {
        List<String> names = new ArrayList<>(List.of("task"));
        names.addAll(section.columns);
        header(names, text);
        section.rows.forEach((task, cells) -> {
            text.append("| ").append(task).append(" |");
            for (String column : section.columns) {
                Cell cell = cells.get(column);
                text.append(' ').append(cell == null ? "" : figure.of(cell)).append(" |");
            }
            text.append('\n');
        });
    }

    private static void counts(Section section, StringBuilder text) {
        header(
                List.of(
                        "estimator",
                        "tasks",
                        "mean within 0.07 nats",
                        "no seed more than 0.05 nats above",
                        "mean nearer than " + RIVAL),
                text);
        for (String column : section.columns) {
            int tasks = 0;
            int near = 0;
            int below = 0;
            int better = 0;
            int compared = 0;
            for (Map<String, Cell> cells : section.rows.values()) {
                Cell cell = cells.get(column);
                Cell rival = cells.get(RIVAL);
                if (cell != null) {
                    tasks++;
                    near += cell.near() ? 1 : 0;
                    below += cell.neverAbove() ? 1 : 0;
                    compared += rival != null ? 1 : 0;
                    better += rival != null && cell.error() < rival.error() ? 1 : 0;
                }
            }
            String nearer = column.equals(RIVAL) || compared == 0 ? "" : better + " of " + compared;
            text.append("| ")
                    .append(column)
                    .append(" | ")
                    .append(tasks)
                    .append(" | ")
                    .append(near)
                    .append(" | ");
            text.append(below).append(" | ").append(nearer).append(" |\n");
        }
    }
}
