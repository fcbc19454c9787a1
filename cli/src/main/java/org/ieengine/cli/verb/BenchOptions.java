package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.engine.benchmark.BenchmarkScale;
import org.ieengine.engine.benchmark.BenchmarkSettings;

/**
 * The options of {@code bench}, read.
 *
 * @param filters only rows that hold one of these; empty for all
 * @param small whether shapes are small
 * @param budgetMinutes as asked for; 0 when nothing was
 * @param seed of the values
 */
record BenchOptions(List<String> filters, boolean small, double budgetMinutes, long seed) {
    static final String STANDARD_DIRECTORY = "ie-bench";

    static final OptionTable TABLE = OptionTable.of(
            OptionGroup.of(
                    "What is measured",
                    OptionSpec.value(
                            "filter",
                            "TEXT[,TEXT]",
                            "only rows whose operation, place or shape holds one of these, in either case",
                            "all"),
                    OptionSpec.flag("list", "print what would be measured and stop"),
                    OptionSpec.flag(
                            "end-to-end",
                            "in place of the table: sequences/s of the sweep, epochs/s and row passes/s of the critic, share of"
                                    + " the time by kernel"),
                    OptionSpec.value(
                            "w",
                            "weights",
                            "DIR",
                            "with --end-to-end: the model that is swept",
                            "a GPT-2 small of random weights"),
                    OptionSpec.value(
                            "compare",
                            "OLD.json",
                            "a bench.json of before: its times and the speedup beside each row",
                            "none"),
                    OptionSpec.value(
                            "budget",
                            "MINUTES",
                            "rows are cut so that everything stays within it",
                            "3 on the CPU; none on CUDA, where memory alone cuts"),
                    OptionSpec.flag(
                            "small", "the same operations on small shapes: for an emulated device, or to see it work"),
                    SharedOptions.SEED),
            OptionGroup.of(
                    "Machine",
                    SharedOptions.DEVICE,
                    OptionSpec.value(
                            "precision",
                            "auto|f32|tf32|bf16",
                            "mode of the matrix products",
                            "auto: every one the device has; with --end-to-end the one that measure takes"),
                    SharedOptions.THREADS,
                    OptionSpec.value("memory", "G", "most host memory that tensors may take, in GiB", "what is free"),
                    SharedOptions.DEVICE_MEMORY),
            OptionGroup.of(
                    "Results",
                    OptionSpec.value(
                            "out",
                            "DIR",
                            "where bench.json and roofline.svg go; created when it is missing, files are replaced atomically",
                            STANDARD_DIRECTORY)),
            SharedOptions.TALK);

    private static final double PROCESSOR_MINUTES = 3;
    private static final double MOST_MINUTES = 1e6;

    static BenchOptions of(Arguments arguments) {
        return new BenchOptions(
                arguments.items("filter"),
                arguments.has("small"),
                arguments.number("budget", 0, MOST_MINUTES).orElse(0),
                arguments.integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0));
    }

    BenchmarkScale scale(boolean onGpu) {
        if (small) {
            return BenchmarkScale.SMALL;
        }
        return onGpu ? BenchmarkScale.DEVICE : BenchmarkScale.PROCESSOR;
    }

    /** Minutes for everything; infinite for no bound. */
    double minutes(boolean onGpu) {
        if (budgetMinutes > 0) {
            return budgetMinutes;
        }
        return onGpu && !small ? Double.POSITIVE_INFINITY : PROCESSOR_MINUTES;
    }

    BenchmarkSettings settings(boolean onGpu) {
        return new BenchmarkSettings(scale(onGpu), filters, 60 * minutes(onGpu), seed);
    }
}
