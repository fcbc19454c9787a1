package org.ieengine.cli.verb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.ieengine.cli.Console;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.engine.ie.DoesNotFitException;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.InformationEmergence;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.engine.ie.ResultFiles;
import org.ieengine.engine.ie.ResultJson;
import org.ieengine.engine.ie.RunInputs;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenData;

/** The main job: Information Emergence of every block of a model on given sentences. */
final class Measure implements Verb {
    @Override
    public String name() {
        return "measure";
    }

    @Override
    public String synopsis() {
        return "--weights DIR --data FILE [options]";
    }

    @Override
    public String summary() {
        return "Information Emergence of every block of a model on given sentences, with its exact ceiling beside it.";
    }

    @Override
    public OptionTable options() {
        return MeasureOptions.TABLE;
    }

    @Override
    public void run(Arguments arguments, Console console) {
        arguments.noWords();
        Path weights = Arguments.path("--weights", arguments.required("weights"));
        MeasureSettings settings = MeasureOptions.settings(arguments);
        StopWatch stop = new StopWatch(console.interruption(), MeasureOptions.timeLimitSeconds(arguments));
        DeviceChoice choice = DeviceChoice.of(arguments);
        try (ModelDirectory model = ModelDirectory.open(weights);
                ComputeDevice device = choice.open()) {
            Sequences sequences = Sequences.of(arguments, model.config(), console.in());
            model.warnings().forEach(console::warn);
            device.warnings().forEach(console::warn);
            TokenData data = sequences.read(model, console, arguments.has("quiet"));
            data.warnings().forEach(console::warn);
            RunInputs planned = new RunInputs(
                    model, Provenance.unread(model), data.tokens(), sequences.provenance(data), device.provenance());
            MemoryPlan plan = MeasureOptions.checked(
                            () -> new InformationEmergence(settings, planned, device.backend()))
                    .plan(MeasureOptions.limits(arguments));
            if (arguments.has("dry-run")) {
                PlanText.print(plan, arguments.has("json"), console.out());
                requireFit(plan);
                return;
            }
            requireFit(plan);
            ModelProvenance origin = Provenance.of(model, console, arguments.has("quiet"));
            RunInputs inputs = new RunInputs(model, origin, planned.tokens(), planned.source(), planned.engine());
            InformationEmergence measurement = new InformationEmergence(settings, inputs, device.backend());
            new Run(arguments, console, stop, data, sequences, device.onGpu())
                    .carryOut(measurement, plan, settings, inputs);
        }
    }

    private static void requireFit(MemoryPlan plan) {
        if (!plan.fits()) {
            throw new DoesNotFitException(plan);
        }
    }

    /** What is done once everything has been checked: the first part that touches the output directory. */
    private record Run(
            Arguments arguments, Console console, StopWatch stop, TokenData data, Sequences sequences, boolean onGpu) {
        void carryOut(InformationEmergence measurement, MemoryPlan plan, MeasureSettings settings, RunInputs inputs) {
            boolean json = arguments.has("json");
            Path directory = arguments
                    .path("out")
                    .orElseGet(() ->
                            Sequences.standardDirectory(Path.of(inputs.model().path()), sequences.source()));
            if (!arguments.has("quiet")) {
                console.message(data.description());
                console.message(Sequences.counts(data));
                console.message(PlanText.line(plan));
            }
            MeasureProgress listener = new MeasureProgress(console, settings, stop)
                    .quiet(arguments.has("quiet"))
                    .table(!json)
                    .resuming(arguments.has("resume") ? directory : null)
                    .verbose(arguments.has("verbose"));
            IeResult result =
                    new MeasureRun(measurement, plan, directory, onGpu).carryOut(arguments.has("resume"), listener);
            print(result, json);
            if (!arguments.has("quiet")) {
                console.message("results: " + directory.resolve(ResultFiles.RESULTS) + ", " + ResultFiles.TABLE + ", "
                        + ResultFiles.CURVES + ", " + ResultFiles.PREDICTION + "; report: "
                        + directory.resolve(MeasureRun.REPORT));
            }
        }

        private void print(IeResult result, boolean json) {
            if (!json) {
                return;
            }
            try {
                ResultJson.write(result, console.out());
            } catch (IOException fault) {
                throw new UncheckedIOException(fault);
            }
        }
    }
}
