package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.BuildStamp;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.output.TextTable;

/** Says what of this machine is usable, what is not, why, and what to do. */
final class Doctor implements Verb {
    /** Value of the key {@code format} of the JSON document. */
    static final String FORMAT = "ie-engine/doctor/1";

    @Override
    public String name() {
        return "doctor";
    }

    @Override
    public String synopsis() {
        return "[options]";
    }

    @Override
    public String summary() {
        return "Java, CPU, GPUs, driver, cuBLAS, cuDNN: what is usable, what is not, why, and the remedy.";
    }

    @Override
    public OptionTable options() {
        return OptionTable.of(OptionGroup.of("Output", SharedOptions.JSON, SharedOptions.VERBOSE, SharedOptions.HELP));
    }

    @Override
    public void run(Arguments arguments, Console console) {
        arguments.noWords();
        List<Finding> findings = new ArrayList<>();
        findings.addAll(HostFindings.all());
        findings.addAll(NativeFindings.all());
        findings.addAll(GpuFindings.all());
        if (arguments.has("json")) {
            JsonOutput.print(document(findings), console.out());
        } else {
            console.out().print(table(findings));
        }
    }

    private static ObjectNode document(List<Finding> findings) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", FORMAT);
        root.put("version", BuildStamp.read().version());
        ArrayNode rows = root.putArray("rows");
        for (Finding finding : findings) {
            rows.addObject()
                    .put("name", finding.name())
                    .put("usable", finding.usable())
                    .put("found", finding.found())
                    .put("reason", finding.reason())
                    .put("remedy", finding.remedy());
        }
        return root;
    }

    private static String table(List<Finding> findings) {
        TextTable table = new TextTable();
        for (Finding finding : findings) {
            table.row(finding.usable() ? "ok" : "--", finding.name(), finding.found());
            if (!finding.reason().isEmpty()) {
                table.row("", "", finding.reason());
            }
            if (!finding.remedy().isEmpty()) {
                table.row("", "", "remedy: " + finding.remedy());
            }
        }
        return BuildStamp.read() + "\n\n" + table;
    }
}
