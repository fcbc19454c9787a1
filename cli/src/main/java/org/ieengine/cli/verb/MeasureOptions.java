package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MeasureSettings.Control;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.MeasureSettings.Training;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.ie.Selection;

/** The options of {@code measure} and how they are read. */
final class MeasureOptions {
    static final int MOST_STEPS = 10_000_000;
    static final int MOST_SEEDS = 1000;
    private static final double GIBIBYTE = 1L << 30;
    private static final double MOST_GIBIBYTES = 1 << 20;
    private static final double MOST_MINUTES = 60 * 24 * 365;

    static final OptionSpec LAYERS = OptionSpec.value("layers", "all|LIST", "blocks to estimate, e.g. 0-3,11", "all");
    private static final OptionSpec POSITIONS = OptionSpec.value(
            "positions",
            "last|all|LIST",
            "token positions taken as the end of the macro sequence: E(l) at the last, or E(l, t)",
            "last");
    private static final OptionSpec ESTIMATOR = OptionSpec.value(
            "estimator",
            "NAME[,NAME]",
            "dv (a trained critic), nwj and smile (the same critic read in other ways), resolution (exact, through noise); for"
                    + " comparison infonce, gaussian, copula, ksg, which know no symbols; the exact ceiling is always reported",
            "dv,resolution");
    static final OptionSpec NOISE = OptionSpec.value(
            "noise",
            "S[,S]",
            "noise levels sigma of resolution, for standardised states; the middle one leads",
            "sqrt(2 d) times 1/32, 1/16, 1/8, 3/16, 5/16");
    private static final OptionSpec CONTROLS = OptionSpec.value(
            "controls",
            "untrained,shuffled",
            "the same run on a twin with random weights, on token order shuffled in each sequence; either or both",
            "off");
    static final OptionSpec PREDICTION = OptionSpec.value(
            "prediction",
            "N|off",
            "sequences whose next tokens are predicted: cross-entropy, perplexity and top-1, and by block the bits about the next"
                    + " token that the state of the whole sequence holds beyond that of its last token alone",
            "those of 16,384 tokens, 16 to 2,048");
    private static final OptionSpec SEGMENT = OptionSpec.value(
            "segment",
            "W",
            "slices of W dimensions with a critic each; bits are their mean, a shorter last slice is dropped",
            "off; paper: dimensions 0 to 767");

    /** The table. */
    static final OptionTable TABLE = OptionTable.of(
            SharedOptions.INPUT,
            OptionGroup.of("What is measured", LAYERS, POSITIONS, CONTROLS, PREDICTION),
            OptionGroup.of(
                    "How it is estimated",
                    SharedOptions.PROTOCOL,
                    ESTIMATOR,
                    NOISE,
                    SharedOptions.SEEDS,
                    SharedOptions.EPOCHS,
                    SharedOptions.BATCH,
                    SharedOptions.LEARNING_RATE,
                    SharedOptions.HOLDOUT,
                    SEGMENT,
                    SharedOptions.SEED),
            SharedOptions.MACHINE,
            OptionGroup.of(
                    "Output",
                    SharedOptions.OUT,
                    SharedOptions.RESUME,
                    OptionSpec.flag("dry-run", "print the plan (bytes and an estimate of time) and stop"),
                    SharedOptions.TIME_LIMIT,
                    SharedOptions.JSON,
                    SharedOptions.QUIET,
                    SharedOptions.VERBOSE,
                    SharedOptions.HELP));

    private MeasureOptions() {}

    /**
     * What decides the numbers.
     *
     * @throws UsageException naming the option at fault
     */
    static MeasureSettings settings(Arguments arguments) {
        MeasureSettings.Builder builder = MeasureSettings.builder()
                .layers(selection(arguments, "layers", Selection.ALL))
                .positions(selection(arguments, "positions", Selection.LAST))
                .protocol(protocol(arguments))
                .estimators(estimators(arguments))
                .noise(arguments.numbers("noise"))
                .seeds(arguments.integer("seeds", 1, MOST_SEEDS).orElse(0))
                .training(training(arguments))
                .segment(arguments.integer("segment", 1, Integer.MAX_VALUE).orElse(0))
                .bos(arguments.has("bos"))
                .prediction(prediction(arguments))
                .seed(arguments
                        .integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE)
                        .orElse(0));
        for (String control : arguments.items("controls")) {
            builder.control(control(control));
        }
        if (arguments.has("noise") && !estimators(arguments).contains(Estimator.RESOLUTION)) {
            throw new UsageException(
                    "--noise", "is of meaning to the estimator resolution, which --estimator leaves out");
        }
        return checked(builder::build);
    }

    /** Something whose refusal of an option becomes a fault of the command line. */
    interface Check<T> {
        T make();
    }

    /** Turns the refusal of an option, whose sentence begins with its name, into a fault of the command line. */
    static <T> T checked(Check<T> check) {
        try {
            return check.make();
        } catch (IllegalArgumentException refusal) {
            String message = String.valueOf(refusal.getMessage());
            if (!message.startsWith("--")) {
                throw refusal;
            }
            int end = message.indexOf(' ');
            String option = message.substring(0, end).replace(":", "");
            throw new UsageException(option, message.substring(end + 1), refusal);
        }
    }

    static Selection selection(Arguments arguments, String name, Selection standard) {
        String value = arguments.text(name).orElse(null);
        if (value == null) {
            return standard;
        }
        if (name.equals("layers") && value.strip().equals("last")) {
            throw new UsageException("--layers", "'last' is no choice here; give all or a list such as 0-3,11");
        }
        try {
            return Selection.parse(value);
        } catch (IllegalArgumentException fault) {
            throw new UsageException("--" + name, fault.getMessage(), fault);
        }
    }

    static Protocol protocol(Arguments arguments) {
        return Protocol.valueOf(arguments
                .choice("protocol", "standard", "paper")
                .orElse("standard")
                .toUpperCase(Locale.ROOT));
    }

    static Training training(Arguments arguments) {
        return new Training(
                arguments.integer("epochs", 1, MOST_STEPS).orElse(0),
                arguments.integer("batch", 2, Integer.MAX_VALUE).orElse(0),
                arguments.number("learning-rate", 0, Math.nextDown(1.0)).orElse(0),
                arguments.number("holdout", 0, Math.nextDown(1.0)).orElse(0));
    }

    static int prediction(Arguments arguments) {
        if (arguments.text("prediction").orElse("").equals("off")) {
            return MeasureSettings.PREDICTION_OFF;
        }
        return arguments.integer("prediction", 1, Integer.MAX_VALUE).orElse(MeasureSettings.PREDICTION_BY_RULE);
    }

    private static List<Estimator> estimators(Arguments arguments) {
        List<Estimator> estimators = new ArrayList<>();
        for (String name : arguments.items("estimator")) {
            estimators.add(Arrays.stream(Estimator.values())
                    .filter(estimator -> estimator.label().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new UsageException(
                            "--estimator",
                            "'" + name + "' is none of "
                                    + Arrays.stream(Estimator.values())
                                            .map(Estimator::label)
                                            .collect(Collectors.joining(", ")))));
        }
        return estimators.isEmpty() ? List.of(Estimator.DV, Estimator.RESOLUTION) : estimators;
    }

    static Control control(String name) {
        return switch (name) {
            case "untrained" -> Control.UNTRAINED;
            case "shuffled" -> Control.SHUFFLED;
            default -> throw new UsageException("--controls", "'" + name + "' is none of untrained, shuffled");
        };
    }

    /** What the plan may occupy. */
    static MemoryLimits limits(Arguments arguments) {
        return new MemoryLimits(bytes(arguments, "memory"), deviceMemory(arguments));
    }

    /** Most bytes of device memory; 0 for what is free. */
    static long deviceMemory(Arguments arguments) {
        return bytes(arguments, "device-memory");
    }

    private static long bytes(Arguments arguments, String name) {
        return Math.round(GIBIBYTE * arguments.number(name, 0, MOST_GIBIBYTES).orElse(0));
    }

    /** CPU threads. */
    static int threads(Arguments arguments) {
        return arguments.integer("threads", 1, 4096).orElse(Runtime.getRuntime().availableProcessors());
    }

    /** Seconds after which a run stops; infinite for no limit. */
    static double timeLimitSeconds(Arguments arguments) {
        return 60 * arguments.number("time-limit", 0, MOST_MINUTES).orElse(Double.POSITIVE_INFINITY);
    }
}
