package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ieengine.cli.Console;
import org.ieengine.cli.experiment.ExperimentJson;
import org.ieengine.cli.experiment.ExperimentPoint;
import org.ieengine.cli.experiment.ExperimentResult;
import org.ieengine.cli.experiment.ExperimentTable;
import org.ieengine.cli.experiment.Findings;
import org.ieengine.cli.experiment.PointResult;
import org.ieengine.cli.report.ExperimentPage;
import org.ieengine.engine.ie.DirectoryLock;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.InformationEmergence;
import org.ieengine.engine.ie.Journal;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.engine.ie.OutputFiles;
import org.ieengine.engine.ie.RunInputs;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.loaders.FileFault;
import org.ieengine.loaders.model.ModelDirectory;

/** Plans and carries out the measurements of an experiment, point by point, and writes what came out. */
final class ExperimentRun {
    private static final String DOCUMENT = "experiment.json";
    private static final String TABLE = "experiment.csv";

    private final Given given;
    private final List<Step> steps = new ArrayList<>();

    /**
     * What is carried out.
     *
     * @param options as they were given
     * @param console where is said how it goes
     * @param inputs models and what was said while reading
     * @param device what computes
     */
    record Given(ExperimentOptions options, Console console, ExperimentInputs inputs, ComputeDevice device) {}

    /**
     * One measurement.
     *
     * @param point what it belongs to
     * @param name of its directory
     * @param settings how it is measured
     * @param plan bytes and time
     */
    record Step(ExperimentPoint point, String name, MeasureSettings settings, MemoryPlan plan) {}

    /**
     * What was written.
     *
     * @param result the numbers
     * @param document {@code experiment.json}
     */
    record Written(ExperimentResult result, ObjectNode document) {}

    /** Plans every measurement; computes nothing. */
    ExperimentRun(Given given, List<ExperimentPoint> points) {
        this.given = given;
        for (ExperimentPoint point : points) {
            add(point, point.label().name(), point.exact());
            if (point.critic() != null) {
                add(point, point.label().name() + "-critic", point.critic());
            }
        }
    }

    private void add(ExperimentPoint point, String name, MeasureSettings settings) {
        ModelDirectory model = given.inputs.models().get(point.sample().model());
        InformationEmergence measurement = measurement(point, settings, Provenance.unread(model));
        steps.add(new Step(point, name, settings, measurement.plan(MeasureOptions.limits(given.options.arguments()))));
    }

    private InformationEmergence measurement(ExperimentPoint point, MeasureSettings settings, ModelProvenance origin) {
        ExperimentPoint.Sample sample = point.sample();
        RunInputs inputs = new RunInputs(
                given.inputs.models().get(sample.model()),
                origin,
                sample.tokens().get(),
                sample.source(),
                given.device.provenance());
        return MeasureOptions.checked(() -> new InformationEmergence(settings, inputs, given.device.backend()));
    }

    /** The measurements in order. */
    List<Step> steps() {
        return steps;
    }

    /** Seconds planned for all of them. */
    double seconds() {
        return steps.stream().mapToDouble(step -> step.plan.seconds()).sum();
    }

    /**
     * Measures what is not finished yet and writes document, table, figures and page.
     *
     * @throws RunStoppedException when it was asked to stop; what was finished is kept
     */
    Written carryOut(StopWatch stop) {
        ExperimentOptions options = given.options;
        boolean resume = options.arguments().has("resume");
        Path directory = options.directory();
        Map<String, Object> settings = options.asOptions(given.inputs.sequenceOptions());
        ExperimentSettingsFile written = ExperimentSettingsFile.in(directory);
        if (resume) {
            written.requireSame(settings);
        }
        List<ModelProvenance> origins = given.inputs.models().stream()
                .map(model ->
                        Provenance.of(model, given.console, options.arguments().has("quiet")))
                .toList();
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            if (!resume) {
                begin(directory);
            }
            written.write(settings);
            ExperimentResult result = measure(stop, origins, settings);
            return new Written(result, write(directory, result));
        } finally {
            lock.close();
        }
    }

    /** Journals of an earlier run are set aside where it did not finish, so that a later --resume finds none of other settings. */
    private void begin(Path directory) {
        for (Step step : steps) {
            Path place = place(directory, step);
            if (Files.exists(place.resolve(Journal.NAME))) {
                Journal.open(place, false).close();
            }
        }
    }

    private static Path place(Path directory, Step step) {
        return directory.resolve("points").resolve(step.name);
    }

    private ExperimentResult measure(StopWatch stop, List<ModelProvenance> origins, Map<String, Object> settings) {
        ExperimentOptions options = given.options;
        ExperimentProgress progress = new ExperimentProgress(
                given.console,
                stop,
                new ExperimentProgress.Talk(
                        options.arguments().has("quiet"), options.arguments().has("verbose")),
                seconds());
        Map<ExperimentPoint, List<IeResult>> finished = new LinkedHashMap<>();
        for (Step step : steps) {
            if (stop.reason() != null) {
                throw new RunStoppedException(stop.reason());
            }
            progress.next(step.name, step.plan.seconds());
            InformationEmergence measurement = measurement(
                    step.point, step.settings, origins.get(step.point.sample().model()));
            // Always continued: an earlier journal that does not belong to this run has been set aside.
            IeResult result = new MeasureRun(
                            measurement, step.plan, place(options.directory(), step), given.device.onGpu())
                    .carryOut(true, progress);
            finished.computeIfAbsent(step.point, absent -> new ArrayList<>()).add(result);
        }
        List<PointResult> points = new ArrayList<>();
        finished.forEach((point, results) ->
                points.add(PointResult.of(point, results.get(0), results.size() > 1 ? results.get(1) : null)));
        List<String> warnings = new ArrayList<>(given.inputs.warnings());
        warnings.addAll(progress.warnings());
        return new ExperimentResult(
                options.kind(),
                new ExperimentResult.Origin(given.device.provenance(), settings, models(finished), warnings),
                points,
                Findings.of(options.kind(), points),
                new ExperimentResult.Timing(stop.seconds(), Instant.now()));
    }

    private static List<IeResult.ModelSummary> models(Map<ExperimentPoint, List<IeResult>> finished) {
        Map<Integer, IeResult.ModelSummary> models = new TreeMap<>();
        finished.forEach((point, results) ->
                models.put(point.sample().model(), results.get(0).model()));
        return List.copyOf(models.values());
    }

    private static ObjectNode write(Path directory, ExperimentResult result) {
        Path figures = directory.resolve("figures");
        try {
            Files.createDirectories(figures);
        } catch (IOException fault) {
            throw FileFault.writing(figures.toString(), fault);
        }
        List<String> names = new ArrayList<>();
        ExperimentPage.figures(result).forEach((name, svg) -> {
            names.add("figures/" + name + ".svg");
            text(figures.resolve(name + ".svg"), svg);
        });
        OutputFiles.write(directory.resolve(TABLE), out -> ExperimentTable.write(result, out));
        text(directory.resolve(MeasureRun.REPORT), ExperimentPage.html(result));
        ObjectNode document = ExperimentJson.document(result, names);
        text(directory.resolve(DOCUMENT), document.toPrettyString() + "\n");
        return document;
    }

    private static void text(Path file, String content) {
        OutputFiles.write(file, out -> out.write(content.getBytes(StandardCharsets.UTF_8)));
    }
}
