package org.ieengine.cli.verb;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.ieengine.cli.BuildStamp;
import org.ieengine.cli.Console;
import org.ieengine.cli.WrongResultsException;
import org.ieengine.cli.bench.BenchComparison;
import org.ieengine.cli.bench.BenchJson;
import org.ieengine.cli.bench.BenchOutcome;
import org.ieengine.cli.bench.BenchRoofline;
import org.ieengine.cli.bench.BenchText;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.output.JsonOutput;
import org.ieengine.engine.benchmark.Benchmark;
import org.ieengine.engine.benchmark.BenchmarkDevice;
import org.ieengine.engine.benchmark.EndToEnd;
import org.ieengine.engine.ie.DirectoryLock;
import org.ieengine.engine.ie.OutputFiles;
import org.ieengine.engine.ie.RunStoppedException;
import org.ieengine.loaders.model.ModelDirectory;

/** Measures every operation of a device over the shapes that a run has, beside the ceilings of the machine and its rivals. */
final class Bench implements Verb {
    static final String DOCUMENT = "bench.json";
    static final String FIGURE = "roofline.svg";

    @Override
    public String name() {
        return "bench";
    }

    @Override
    public String synopsis() {
        return "[--device D] [options]";
    }

    @Override
    public String summary() {
        return "Every operation of a device over the shapes that a run has, checked and then timed: GB/s, TFLOP/s, share of what the"
                + " machine can do, ratio to cuBLAS, cuDNN or OpenBLAS; a table, JSON, a roofline.";
    }

    @Override
    public OptionTable options() {
        return BenchOptions.TABLE;
    }

    @Override
    public void run(Arguments arguments, Console console) {
        arguments.noWords();
        BenchOptions options = BenchOptions.of(arguments);
        if (arguments.has("weights") && !arguments.has("end-to-end")) {
            throw new UsageException("--weights", "is of meaning to --end-to-end alone");
        }
        arguments.exclusive("list", "end-to-end");
        arguments.exclusive("compare", "end-to-end");
        arguments.exclusive("filter", "end-to-end");
        BenchComparison comparison =
                arguments.path("compare").map(BenchComparison::read).orElse(BenchComparison.NONE);
        DeviceChoice choice = DeviceChoice.of(arguments);
        Optional<Path> weights = arguments.path("weights");
        try (ModelDirectory model = weights.isPresent() ? ModelDirectory.open(weights.get()) : null) {
            BenchTarget target = BenchTarget.of(choice, MeasureOptions.limits(arguments));
            target.warnings().forEach(console::warn);
            if (arguments.has("list")) {
                list(target, options, console);
                return;
            }
            if (comparison.present() && !comparison.device().equals(target.description())) {
                console.warn("--compare: measured then on " + comparison.device() + ", now on " + target.description());
            }
            run(arguments, console, new Work(target, options, comparison, model));
        }
    }

    private static void list(BenchTarget target, BenchOptions options, Console console) {
        requireAny(Benchmark.titles(target, options.settings(target.onGpu()))).forEach(console.out()::println);
    }

    private static List<String> requireAny(List<String> titles) {
        if (titles.isEmpty()) {
            throw new UsageException("--filter", "nothing that would be measured holds any of these; --list shows all");
        }
        return titles;
    }

    /** What is to be done. */
    private record Work(BenchTarget target, BenchOptions options, BenchComparison comparison, ModelDirectory model) {}

    private static void run(Arguments arguments, Console console, Work work) {
        boolean whole = arguments.has("end-to-end");
        if (!whole) {
            requireAny(Benchmark.titles(work.target, work.options.settings(work.target.onGpu())));
        }
        Path out = arguments.path("out").orElse(Path.of(BenchOptions.STANDARD_DIRECTORY));
        BenchOutcome outcome;
        DirectoryLock lock = DirectoryLock.acquire(out);
        try {
            BenchProgress progress =
                    new BenchProgress(console, arguments.has("quiet"), work.options.minutes(work.target.onGpu()));
            if (!arguments.has("quiet")) {
                console.message("bench of " + work.target.description());
            }
            try {
                if (whole) {
                    passes(work, progress);
                } else {
                    Benchmark.run(work.target, work.options.settings(work.target.onGpu()), progress);
                }
            } catch (RunStoppedException stopped) {
                write(out, outcome(work, progress));
                throw new RunStoppedException("interrupted; what was measured so far is in " + out.resolve(DOCUMENT));
            } finally {
                progress.finish();
            }
            outcome = outcome(work, progress);
            write(out, outcome);
        } finally {
            lock.close();
        }
        if (arguments.has("json")) {
            JsonOutput.print(BenchJson.document(outcome), console.out());
        } else {
            console.out().print(BenchText.of(outcome));
        }
        if (!arguments.has("quiet")) {
            console.message("results: " + out.resolve(DOCUMENT)
                    + (outcome.rows().isEmpty() ? "" : ", roofline: " + out.resolve(FIGURE)));
        }
        if (outcome.wrong() > 0) {
            throw new WrongResultsException(outcome.wrong(), outcome.rows().size());
        }
    }

    private static void passes(Work work, BenchProgress progress) {
        try (BenchmarkDevice.Session session = work.target.openUsual()) {
            boolean onGpu = work.target.onGpu();
            EndToEnd.run(
                    session,
                    new EndToEnd.Settings(
                            work.model,
                            work.options.scale(onGpu),
                            60 * work.options.minutes(onGpu),
                            work.options.seed()),
                    progress::passed);
        }
    }

    private static BenchOutcome outcome(Work work, BenchProgress progress) {
        boolean onGpu = work.target.onGpu();
        return new BenchOutcome(
                BuildStamp.read(),
                work.target.description(),
                new BenchOutcome.Settings(
                        work.options.scale(onGpu).name().toLowerCase(java.util.Locale.ROOT),
                        work.options.filters(),
                        work.options.minutes(onGpu),
                        work.options.seed()),
                progress.ceilings(),
                progress.rows(),
                progress.passes().stream()
                        .map(pass -> new BenchOutcome.Passed(work.target.usual(), pass))
                        .toList(),
                work.comparison);
    }

    private static void write(Path out, BenchOutcome outcome) {
        ObjectNode document = BenchJson.document(outcome);
        write(out.resolve(DOCUMENT), document.toPrettyString() + "\n");
        if (!outcome.ceilings().isEmpty()) {
            write(out.resolve(FIGURE), BenchRoofline.of(outcome));
        }
    }

    private static void write(Path file, String text) {
        OutputFiles.write(file, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
