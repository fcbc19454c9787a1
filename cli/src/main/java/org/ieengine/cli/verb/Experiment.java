package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.cli.Console;
import org.ieengine.cli.experiment.ExperimentKind;
import org.ieengine.cli.experiment.ExperimentPoint;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.output.Figures;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.cli.output.TextTable;
import org.ieengine.engine.ie.DoesNotFitException;
import org.ieengine.engine.ie.MemoryPlan.Place;

/** The experiments of the paper by name, each with its figures, its table and its page. */
final class Experiment implements Verb {
    /** Value of the key {@code format} of a plan as JSON. */
    static final String PLAN_FORMAT = "ie-engine/experiment-plan/1";

    @Override
    public String name() {
        return "experiment";
    }

    @Override
    public String synopsis() {
        return "NAME [DIR|FILE ...] [options]";
    }

    @Override
    public String summary() {
        return "The paper's experiments by name: " + ExperimentKind.labels()
                + "; what of each curve the exact ceiling predicts, beside what is measured.";
    }

    @Override
    public OptionTable options() {
        return ExperimentOptions.TABLE;
    }

    @Override
    public void run(Arguments arguments, Console console) {
        ExperimentOptions options = ExperimentOptions.of(arguments);
        options.settings();
        StopWatch stop = new StopWatch(console.interruption(), MeasureOptions.timeLimitSeconds(arguments));
        DeviceChoice choice = DeviceChoice.of(arguments);
        try (ExperimentInputs inputs = ExperimentInputs.open(options, console);
                ComputeDevice device = choice.open()) {
            device.warnings().forEach(inputs::warn);
            List<ExperimentPoint> points = MeasureOptions.checked(inputs::points);
            ExperimentRun run = new ExperimentRun(new ExperimentRun.Given(options, console, inputs, device), points);
            if (arguments.has("dry-run")) {
                printPlan(run, arguments.has("json"), console);
                requireFit(run);
                return;
            }
            requireFit(run);
            if (!arguments.has("quiet")) {
                console.message(
                        Figures.count(run.steps().size()) + " measurements, about " + Figures.seconds(run.seconds()));
            }
            ExperimentRun.Written written = run.carryOut(stop);
            if (arguments.has("json")) {
                JsonOutput.print(written.document(), console.out());
            } else {
                console.out().print(ExperimentText.of(written.result()));
            }
            if (!arguments.has("quiet")) {
                Path directory = options.directory();
                console.message("results: " + directory.resolve("experiment.json")
                        + ", experiment.csv, figures; report: " + directory.resolve(MeasureRun.REPORT));
            }
        }
    }

    private static void requireFit(ExperimentRun run) {
        for (ExperimentRun.Step step : run.steps()) {
            if (!step.plan().fits()) {
                throw new DoesNotFitException(step.plan());
            }
        }
    }

    private static void printPlan(ExperimentRun run, boolean json, Console console) {
        if (json) {
            ObjectNode root = JsonNodeFactory.instance.objectNode().put("format", PLAN_FORMAT);
            ArrayNode points = root.putArray("measurements");
            for (ExperimentRun.Step step : run.steps()) {
                points.addObject()
                        .put("name", step.name())
                        .put("backend_bytes", step.plan().bytes(Place.BACKEND))
                        .put("heap_bytes", step.plan().bytes(Place.HEAP))
                        .put("seconds", step.plan().seconds())
                        .put("fits", step.plan().fits());
            }
            root.put("seconds", run.seconds());
            JsonOutput.print(root, console.out());
            return;
        }
        TextTable table = new TextTable().row("measurement", "memory", "Java heap", "time, about");
        for (ExperimentRun.Step step : run.steps()) {
            table.row(
                    step.name(),
                    Figures.bytes(step.plan().bytes(Place.BACKEND)),
                    Figures.bytes(step.plan().bytes(Place.HEAP)),
                    Figures.seconds(step.plan().seconds()));
        }
        table.row("together", "", "", Figures.seconds(run.seconds()));
        console.out().print(table);
    }
}
