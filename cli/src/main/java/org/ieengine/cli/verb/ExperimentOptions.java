package org.ieengine.cli.verb;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.ieengine.cli.experiment.ExperimentKind;
import org.ieengine.cli.experiment.PointSettings;
import org.ieengine.cli.experiment.PointSettings.Critics;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.OptionGroup;
import org.ieengine.cli.option.OptionSpec;
import org.ieengine.cli.option.OptionTable;
import org.ieengine.cli.option.UsageException;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.Selection;
import org.ieengine.loaders.dataset.Perturbation;

/**
 * The options of {@code experiment} and how they are read.
 *
 * @param arguments as they were given
 * @param kind which experiment
 * @param words what follows its name: model directories or text files; empty for the experiments that take none
 */
record ExperimentOptions(Arguments arguments, ExperimentKind kind, List<String> words) {
    /** Sequences that are drawn when nothing else is asked for. */
    static final long STANDARD_SAMPLES = 1000;

    /** Critics per estimate when nothing else is asked for. */
    static final int STANDARD_SEEDS = 2;

    private static final int STANDARD_SHOTS = 4;
    private static final int MOST_SHOTS = 1 << 16;
    private static final List<Double> STANDARD_RATES = List.of(0.0, 0.25, 0.5, 0.75, 1.0);

    /** The table. */
    static final OptionTable TABLE = OptionTable.of(
            SharedOptions.input("1000"),
            OptionGroup.of(
                    "What is measured",
                    MeasureOptions.LAYERS,
                    OptionSpec.value(
                            "critics",
                            "three|all|none",
                            "where critics are trained: at three blocks and three points of the horizontal axis, everywhere,"
                                    + " nowhere; ceiling and resolution are at every point",
                            "three"),
                    OptionSpec.value(
                            "controls",
                            "NAME[,NAME]|none",
                            "untrained, a twin with random weights; shuffled, token order shuffled in each sequence",
                            "untrained,shuffled"),
                    MeasureOptions.PREDICTION,
                    OptionSpec.value(
                            "entities",
                            "country|animal|color|FILE",
                            "shots: what lists are made of; a file has one entity a line",
                            "country"),
                    OptionSpec.value("shots", "K", "shots: entities of a list; they set T for the text too", "4"),
                    OptionSpec.value(
                            "by", "KIND[,KIND]", "perturbation: shuffle, replace, repeat", "shuffle,replace,repeat"),
                    OptionSpec.value(
                            "rates",
                            "R[,R]",
                            "perturbation: shares of the tokens, 0 to 1; 0 is always measured",
                            "0,0.25,0.5,0.75,1")),
            OptionGroup.of(
                    "How it is estimated",
                    MeasureOptions.NOISE,
                    OptionSpec.value(
                            "seeds", "K", "independent critics per estimate: mean and standard deviation", "2"),
                    SharedOptions.SEED),
            SharedOptions.MACHINE,
            OptionGroup.of(
                    "Output",
                    OptionSpec.value(
                            "out",
                            "DIR",
                            "where results go; created when it is missing, files are replaced atomically",
                            "ie-experiment-<name>"),
                    SharedOptions.RESUME,
                    OptionSpec.flag(
                            "dry-run", "print the plan of every point (bytes and an estimate of time) and stop"),
                    SharedOptions.TIME_LIMIT,
                    SharedOptions.JSON,
                    SharedOptions.QUIET,
                    SharedOptions.VERBOSE,
                    SharedOptions.HELP));

    /** Options that one experiment alone has. */
    private static final Map<String, ExperimentKind> OWN = Map.of(
            "entities",
            ExperimentKind.SHOTS,
            "shots",
            ExperimentKind.SHOTS,
            "by",
            ExperimentKind.PERTURBATION,
            "rates",
            ExperimentKind.PERTURBATION);

    /**
     * Reads name and words, and checks that the options belong together.
     *
     * @throws UsageException naming what is missing, unknown or of another experiment
     */
    static ExperimentOptions of(Arguments arguments) {
        List<String> words = arguments.words();
        if (words.isEmpty()) {
            throw new UsageException("NAME", "required: one of " + ExperimentKind.labels());
        }
        ExperimentKind kind = ExperimentKind.find(words.get(0))
                .orElseThrow(() ->
                        new UsageException(words.get(0), "no such experiment; there are " + ExperimentKind.labels()));
        OWN.forEach((option, of) -> {
            if (arguments.has(option) && kind != of) {
                throw new UsageException("--" + option, "is an option of " + of.label() + ", not of " + kind.label());
            }
        });
        ExperimentOptions options = new ExperimentOptions(arguments, kind, words.subList(1, words.size()));
        options.checkWords();
        return options;
    }

    private void checkWords() {
        switch (kind) {
            case MODEL_SIZE -> {
                refuse("weights", "the models are words: experiment model-size DIR DIR ... --data FILE");
                requireTwo("model directories");
                if (arguments.text("data").filter("-"::equals).isPresent()) {
                    throw new UsageException(
                            "--data", "every model reads the text, standard input is read once; give a file");
                }
            }
            case TEXT_SOURCE -> {
                refuse("data", "the texts are words: experiment text-source FILE FILE ... --weights DIR");
                refuse("token-ids", "the texts are words: experiment text-source FILE FILE ... --weights DIR");
                requireTwo("texts");
                if (words.contains("-")) {
                    throw new UsageException("-", "standard input is no text here; give files");
                }
            }
            default -> {
                if (!words.isEmpty()) {
                    throw new UsageException(words.get(0), "unexpected word: an option starts with --");
                }
            }
        }
        if (kind == ExperimentKind.SHOTS) {
            refuse("tokens", "follows from --shots and the entities");
        }
    }

    private void refuse(String option, String why) {
        if (arguments.has(option)) {
            throw new UsageException("--" + option, why);
        }
    }

    private void requireTwo(String what) {
        if (words.size() < 2) {
            throw new UsageException(
                    kind.label(), "at least two " + what + " are compared, " + words.size() + " given");
        }
        Set<Path> seen = new LinkedHashSet<>();
        for (String word : words) {
            if (!seen.add(Arguments.path(word, word).toAbsolutePath().normalize())) {
                throw new UsageException(word, "comes twice; " + what + " to be compared must differ");
            }
        }
    }

    /** Model directories. */
    List<Path> models() {
        return kind == ExperimentKind.MODEL_SIZE
                ? words.stream().map(word -> Arguments.path(word, word)).toList()
                : List.of(Arguments.path("--weights", arguments.required("weights")));
    }

    /**
     * How points are measured.
     *
     * @throws UsageException naming the option at fault
     */
    PointSettings settings() {
        MeasureSettings.Builder builder = MeasureSettings.builder()
                .layers(MeasureOptions.selection(arguments, "layers", Selection.ALL))
                .estimators(List.of(Estimator.DV, Estimator.RESOLUTION))
                .noise(arguments.numbers("noise"))
                .prediction(MeasureOptions.prediction(arguments))
                .seeds(arguments.integer("seeds", 1, MeasureOptions.MOST_SEEDS).orElse(STANDARD_SEEDS))
                .bos(arguments.has("bos"))
                .seed(seed());
        List<String> controls =
                arguments.has("controls") ? arguments.items("controls") : List.of("untrained", "shuffled");
        if (!controls.equals(List.of("none"))) {
            controls.forEach(control -> builder.control(MeasureOptions.control(control)));
        }
        Critics critics = Critics.valueOf(arguments
                .choice("critics", "three", "all", "none")
                .orElse("three")
                .toUpperCase(Locale.ROOT));
        return new PointSettings(MeasureOptions.checked(builder::build), critics);
    }

    /** Everything random follows from it. */
    long seed() {
        return arguments.integer64("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(0);
    }

    /** What lists are made of. */
    String entities() {
        return arguments.text("entities").orElse("country");
    }

    /** Entities of a list. */
    int shots() {
        return arguments.integer("shots", 1, MOST_SHOTS).orElse(STANDARD_SHOTS);
    }

    /** How text is damaged. */
    List<Perturbation.Kind> perturbations() {
        if (!arguments.has("by")) {
            return List.of(Perturbation.Kind.values());
        }
        List<Perturbation.Kind> kinds = new ArrayList<>();
        for (String item : arguments.items("by")) {
            kinds.add(
                    switch (item) {
                        case "shuffle" -> Perturbation.Kind.SHUFFLE;
                        case "replace" -> Perturbation.Kind.REPLACE;
                        case "repeat" -> Perturbation.Kind.REPEAT;
                        default ->
                            throw new UsageException("--by", "'" + item + "' is none of shuffle, replace, repeat");
                    });
        }
        return kinds;
    }

    /** Rates above 0, ascending. */
    List<Double> rates() {
        if (!arguments.has("rates")) {
            return STANDARD_RATES.stream().filter(rate -> rate > 0).toList();
        }
        Set<Double> rates = new LinkedHashSet<>();
        for (String item : arguments.items("rates")) {
            double rate;
            try {
                rate = Double.parseDouble(item);
            } catch (NumberFormatException fault) {
                throw new UsageException("--rates", "'" + item + "' is not a number", fault);
            }
            if (!(rate >= 0 && rate <= 1)) {
                throw new UsageException("--rates", item + " is out of range: from 0 to 1");
            }
            if (!rates.add(rate)) {
                throw new UsageException("--rates", item + " comes twice");
            }
        }
        List<Double> above = rates.stream().filter(rate -> rate > 0).sorted().toList();
        if (above.isEmpty()) {
            throw new UsageException("--rates", "names no rate above 0, which is always measured");
        }
        return above;
    }

    /** Where results go. */
    Path directory() {
        return arguments.path("out").orElseGet(() -> Path.of("ie-experiment-" + kind.label()));
    }

    /**
     * Every option that can change a number with its value, by its name on the command line.
     *
     * @param sequences options of the sequences, as {@link Sequences} has them
     */
    Map<String, Object> asOptions(Map<String, Object> sequences) {
        PointSettings settings = settings();
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("name", kind.label());
        options.put("words", words);
        for (String input : List.of("weights", "data", "token-ids")) {
            options.put(input, arguments.text(input).orElse(null));
        }
        options.put("tokens", arguments.text("tokens").orElse(null));
        options.putAll(sequences);
        options.put("layers", settings.base().layers().toString());
        options.put("critics", settings.critics().name().toLowerCase(Locale.ROOT));
        options.put(
                "controls",
                settings.base().controls().stream()
                        .map(MeasureSettings.Control::label)
                        .toList());
        options.put("noise", settings.base().noise());
        options.put("prediction", settings.base().prediction());
        options.put("seeds", settings.base().critics());
        options.put("seed", seed());
        if (kind == ExperimentKind.SHOTS) {
            options.put("entities", entities());
            options.put("shots", shots());
        }
        if (kind == ExperimentKind.PERTURBATION) {
            options.put(
                    "by",
                    perturbations().stream()
                            .map(each -> each.name().toLowerCase(Locale.ROOT))
                            .toList());
            options.put("rates", rates());
        }
        return options;
    }
}
