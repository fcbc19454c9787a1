package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.MeasureSettings.Training;
import org.ieengine.engine.mi.CriticSettings;

/** The options of {@code mi} and how they are read. */
final class MutualInformationOptions {
    private static final List<String> ESTIMATORS = List.of("dv", "resolution");
    private static final List<String> LATER = List.of("null", "check", "k");

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
                            "discrete: equal rows are one symbol; auto decides by repeated rows and says so;"
                                    + " continuous is not in this version",
                            "auto")),
            OptionGroup.of(
                    "How it is estimated",
                    OptionSpec.value(
                            "estimator",
                            "auto|NAME[,NAME]",
                            "dv, resolution; the exact value of the symbols is always reported",
                            "auto: dv"),
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
                    OptionSpec.value("null", "K", "values under K random pairings; not in this version", ""),
                    OptionSpec.flag("check", "self-checks of an estimate; not in this version"),
                    OptionSpec.value("k", "K", "neighbours of ksg; not in this version", "")),
            SharedOptions.MACHINE,
            SharedOptions.TALK);

    private MutualInformationOptions() {}

    /** Refuses what later versions bring. */
    static void refuseLater(Arguments arguments) {
        for (String name : LATER) {
            if (arguments.has(name)) {
                throw new UsageException("--" + name, "is not in this version yet; leave it out");
            }
        }
    }

    /** Estimators asked for, the recommended one first. */
    static List<String> estimators(Arguments arguments) {
        List<String> names = arguments.items("estimator");
        if (names.isEmpty() || names.equals(List.of("auto"))) {
            return List.of("dv");
        }
        for (String name : names) {
            if (name.equals("auto")) {
                throw new UsageException("--estimator", "auto stands alone or not at all");
            }
            if (!ESTIMATORS.contains(name)) {
                throw LaterFeatures.estimator(name, "auto, " + String.join(", ", ESTIMATORS));
            }
        }
        if (arguments.has("noise") && !names.contains("resolution")) {
            throw new UsageException(
                    "--noise", "is of meaning to the estimator resolution, which --estimator leaves out");
        }
        return names;
    }

    /** How critics are trained. */
    static CriticSettings critics(Arguments arguments) {
        boolean paper = MeasureOptions.protocol(arguments) == Protocol.PAPER;
        CriticSettings settings = paper ? CriticSettings.paper() : CriticSettings.standard();
        Training training = MeasureOptions.training(arguments);
        int seeds = arguments.integer("seeds", 1, MeasureOptions.MOST_SEEDS).orElse(settings.critics());
        settings = settings.withCritics(seeds);
        settings = training.epochs() == 0 ? settings : settings.withSteps(training.epochs());
        settings = training.batch() == 0 ? settings : settings.withBatch(training.batch());
        settings = training.learningRate() == 0 ? settings : settings.withLearningRate(training.learningRate());
        return training.holdout() == 0 ? settings : settings.withHoldout(training.holdout());
    }
}
