package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;
import org.ieengine.engine.ie.MeasureSettings.Protocol;

/** The options of {@code mi} and how they are read. */
final class MutualInformationOptions {
    /** Options that override how critics are trained. */
    private static final List<String> OF_TRAINING = List.of("seeds", "epochs", "batch", "learning-rate", "holdout");

    private static final int MOST_NULLS = 100_000;
    private static final int MOST_NEIGHBOURS = 1_000_000;

    /** The table. */
    static final OptionTable TABLE = OptionTable.of(
            OptionGroup.of(
                    "Arrays",
                    OptionSpec.value(
                            "x", "A", "[N,dx]: .npy, .csv, .safetensors with one tensor, or FILE:NAME", "required"),
                    OptionSpec.value("y", "B", "[N,dy], as --x", "required"),
                    OptionSpec.value("groups", "FILE", "integer labels [N] whose members are hard to tell apart", ""),
                    OptionSpec.value(
                            "kind",
                            "auto|discrete|continuous",
                            "discrete: equal rows are one symbol; continuous: rows are samples of noisy values; auto"
                                    + " decides by repeated rows and says so",
                            "auto")),
            OptionGroup.of(
                    "How it is estimated",
                    OptionSpec.value(
                            "estimator",
                            "auto|NAME[,NAME]",
                            "dv, nwj, smile, infonce (trained critics), gaussian, copula, ksg (closed forms and nearest"
                                    + " neighbours), resolution (discrete data); auto recommends one and says why",
                            "auto"),
                    SharedOptions.PROTOCOL,
                    OptionSpec.value(
                            "noise",
                            "S[,S]",
                            "noise levels sigma of resolution, for standardised rows; the middle one leads",
                            "sqrt(2 dx) times 1/32, 1/16, 1/8, 3/16, 5/16"),
                    SharedOptions.SEEDS,
                    SharedOptions.EPOCHS,
                    SharedOptions.BATCH,
                    SharedOptions.LEARNING_RATE,
                    SharedOptions.HOLDOUT,
                    SharedOptions.SEED,
                    OptionSpec.value(
                            "null",
                            "K",
                            "the same estimators on K random orders of y, where the truth is zero: mean, deviation, greatest",
                            "0"),
                    OptionSpec.flag(
                            "check",
                            "laws that every estimator should keep, checked on these arrays with the recommended estimator"
                                    + " or those named"),
                    OptionSpec.value("k", "K", "neighbours of ksg", "3")),
            SharedOptions.MACHINE,
            SharedOptions.TALK);

    private MutualInformationOptions() {}

    /**
     * What was asked for.
     *
     * @throws UsageException naming the option at fault
     */
    static PairSettings settings(Arguments arguments) {
        PairSettings settings = new PairSettings(
                estimators(arguments),
                MeasureOptions.protocol(arguments) == Protocol.PAPER,
                arguments.integer("seeds", 1, MeasureOptions.MOST_SEEDS).orElse(0),
                MeasureOptions.training(arguments),
                arguments.numbers("noise"),
                arguments.integer("k", 1, MOST_NEIGHBOURS).orElse(0),
                arguments.integer("null", 1, MOST_NULLS).orElse(0),
                arguments.has("check"),
                arguments.has("groups"),
                arguments.integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0));
        if (arguments.has("noise") && !settings.estimators().contains(PairSettings.RESOLUTION)) {
            throw new UsageException(
                    "--noise", "is of meaning to the estimator resolution, which --estimator leaves out");
        }
        settings.requireTrained(OF_TRAINING.stream()
                .filter(arguments::has)
                .map(name -> "--" + name)
                .toList());
        return settings;
    }

    private static List<String> estimators(Arguments arguments) {
        List<String> names = arguments.items("estimator");
        if (names.equals(List.of("auto"))) {
            return List.of();
        }
        for (String name : names) {
            if (name.equals("auto")) {
                throw new UsageException("--estimator", "auto stands alone or not at all");
            }
            if (!PairSettings.names().contains(name)) {
                throw new UsageException(
                        "--estimator", "'" + name + "' is none of auto, " + String.join(", ", PairSettings.names()));
            }
        }
        return names;
    }
}
