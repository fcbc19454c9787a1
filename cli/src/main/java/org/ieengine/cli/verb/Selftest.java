package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.cli.BuildStamp;
import org.ieengine.cli.Console;
import org.ieengine.cli.SelftestFailedException;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.output.StatusLine;
import org.ieengine.cli.output.TextTable;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.engine.selftest.SelftestDevice;
import org.ieengine.engine.selftest.SelftestRow;
import org.ieengine.engine.selftest.SelftestScale;

/** Tries everything that a device computes against the CPU in float64 and says what passed. */
final class Selftest implements Verb {
    /** Value of the key {@code format} of the JSON document. */
    static final String FORMAT = "ie-engine/selftest/1";

    private static final OptionSpec SMALL =
            OptionSpec.flag("small", "the same operations on small shapes: quicker, for a CPU or an emulated device");

    @Override
    public String name() {
        return "selftest";
    }

    @Override
    public String synopsis() {
        return "[--device D] [options]";
    }

    @Override
    public String summary() {
        return "Every operation of a device on many shapes against float64 on the CPU, every model family against stored states,"
                + " a small measurement against the CPU: PASS or FAIL, with error and tolerance.";
    }

    @Override
    public OptionTable options() {
        return OptionTable.of(
                OptionGroup.of(
                        "What is tried",
                        SharedOptions.DEVICE,
                        OptionSpec.value(
                                "precision",
                                "auto|f32|tf32|bf16",
                                "mode of the matrix products",
                                "auto: every one the device has"),
                        SharedOptions.LIBRARIES,
                        SMALL,
                        SharedOptions.THREADS,
                        SharedOptions.DEVICE_MEMORY),
                SharedOptions.TALK);
    }

    @Override
    public void run(Arguments arguments, Console console) {
        arguments.noWords();
        DeviceChoice choice = DeviceChoice.of(arguments);
        long begin = System.nanoTime();
        Tested tested = Tested.of(choice);
        tested.warnings.forEach(console::warn);
        StatusLine status = new StatusLine(console);
        SelftestScale scale = arguments.has("small") ? SelftestScale.SMALL : SelftestScale.FULL;
        if (!arguments.has("quiet")) {
            console.message("selftest of " + tested.description);
        }
        List<SelftestRow> rows;
        try {
            rows = org.ieengine.engine.selftest.Selftest.run(tested, scale, (row, done, all) -> {
                if (console.interruption().requested()) {
                    throw new RunStoppedException("interrupted; nothing is kept, run it again");
                }
                if (!arguments.has("quiet")) {
                    status.show(() ->
                            row.precision() + ": " + done + " of " + all + ", " + row.operation() + " " + row.shape());
                }
            });
        } finally {
            status.clear();
        }
        double seconds = (System.nanoTime() - begin) * 1e-9;
        long failed = rows.stream().filter(row -> !row.passed()).count();
        if (arguments.has("json")) {
            JsonOutput.print(document(tested, rows, seconds), console.out());
        } else {
            console.out().print(table(rows));
            console.out()
                    .println(
                            failed == 0
                                    ? "PASS: all " + Figures.count(rows.size()) + " checks on " + tested.description
                                            + " in " + Figures.seconds(seconds)
                                    : "FAIL: " + Figures.count(failed) + " of " + Figures.count(rows.size())
                                            + " checks on " + tested.description);
        }
        if (failed > 0) {
            throw new SelftestFailedException(failed, rows.size());
        }
    }

    /** The device in each of its precisions. */
    private record Tested(DeviceChoice choice, List<Precision> precisions, String description, List<String> warnings)
            implements SelftestDevice {
        static Tested of(DeviceChoice choice) {
            try (ComputeDevice device = choice.open()) {
                return new Tested(
                        choice, choice.precisions(device), device.backend().description(), device.warnings());
            }
        }

        @Override
        public Session open(Precision precision) {
            return choice.in(precision).open();
        }
    }

    private static ObjectNode document(Tested tested, List<SelftestRow> rows, double seconds) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT)
                .put("version", BuildStamp.read().version())
                .put("device", tested.description)
                .put("passed", rows.stream().allMatch(SelftestRow::passed))
                .put("seconds", seconds);
        ArrayNode array = root.putArray("rows");
        for (SelftestRow row : rows) {
            ObjectNode node = array.addObject();
            node.put("operation", row.operation()).put("shape", row.shape()).put("precision", row.precision());
            node.put("tolerance", row.tolerance());
            if (Double.isFinite(row.error())) {
                node.put("error", row.error());
            } else {
                node.putNull("error");
            }
            node.put("passed", row.passed()).put("fault", row.fault());
        }
        return root;
    }

    /** One line for all shapes of an operation that passed, one for each that did not. */
    private static String table(List<SelftestRow> rows) {
        TextTable table = new TextTable();
        table.row("", "operation", "precision", "error", "tolerance", "shapes");
        for (List<SelftestRow> group : groups(rows)) {
            List<SelftestRow> passed =
                    group.stream().filter(SelftestRow::passed).toList();
            if (!passed.isEmpty()) {
                SelftestRow first = passed.get(0);
                double worst =
                        passed.stream().mapToDouble(SelftestRow::error).max().orElseThrow();
                String shapes = passed.size() == 1 ? first.shape() : passed.size() + " shapes";
                table.row(
                        "PASS", first.operation(), first.precision(), number(worst), number(first.tolerance()), shapes);
            }
            for (SelftestRow row : group) {
                if (!row.passed()) {
                    table.row(
                            "FAIL",
                            row.operation(),
                            row.precision(),
                            number(row.error()),
                            number(row.tolerance()),
                            row.shape() + (row.fault().isEmpty() ? "" : ": " + row.fault()));
                }
            }
        }
        return table.toString();
    }

    /** Rows of the same operation and precision, in the order in which these first come. */
    private static List<List<SelftestRow>> groups(List<SelftestRow> rows) {
        java.util.Map<String, List<SelftestRow>> groups = new java.util.LinkedHashMap<>();
        for (SelftestRow row : rows) {
            groups.computeIfAbsent(row.operation() + row.precision(), key -> new ArrayList<>())
                    .add(row);
        }
        return List.copyOf(groups.values());
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "none";
        }
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.1e", value);
    }
}
