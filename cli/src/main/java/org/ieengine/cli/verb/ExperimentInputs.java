package org.ieengine.cli.verb;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ieengine.cli.Console;
import org.ieengine.cli.experiment.Demonstrations;
import org.ieengine.cli.experiment.ExperimentPoint;
import org.ieengine.cli.experiment.PointLabel;
import org.ieengine.cli.experiment.PointPlan.Subject;
import org.ieengine.cli.experiment.SequenceDraw;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.DataSource;
import org.ieengine.loaders.text.TokenData;
import org.ieengine.loaders.text.TokenMatrix;

/** Opens the models and reads the sequences of an experiment. */
final class ExperimentInputs implements AutoCloseable {
    private final ExperimentOptions options;
    private final Console console;
    private final List<ModelDirectory> models = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private Map<String, Object> sequenceOptions = Map.of();

    private ExperimentInputs(ExperimentOptions options, Console console) {
        this.options = options;
        this.console = console;
    }

    /**
     * Opens the models.
     *
     * @throws org.ieengine.loaders.InputException when one cannot be opened
     */
    static ExperimentInputs open(ExperimentOptions options, Console console) {
        ExperimentInputs inputs = new ExperimentInputs(options, console);
        try {
            for (Path directory : options.models()) {
                ModelDirectory model = ModelDirectory.open(directory);
                inputs.models.add(model);
                model.warnings().forEach(inputs::warn);
            }
            return inputs;
        } catch (RuntimeException fault) {
            inputs.close();
            throw fault;
        }
    }

    /** The models, in the order of the command line. */
    List<ModelDirectory> models() {
        return models;
    }

    /** What a reader of the results should know; shown already. */
    List<String> warnings() {
        return warnings;
    }

    /** Options of the sequences, by name; known once points have been read. */
    Map<String, Object> sequenceOptions() {
        return sequenceOptions;
    }

    /** Shows a warning and keeps it for the result. */
    void warn(String warning) {
        warnings.add(warning);
        console.warn(warning);
    }

    /** Reads the sequences and says which points are to be measured. */
    List<ExperimentPoint> points() {
        ExperimentSubjects subjects = new ExperimentSubjects(options, this);
        return switch (options.kind()) {
            case LENGTH -> subjects.plan().byPosition(List.of(one()));
            case LAYERS -> subjects.plan().byBlock(one());
            case SHOTS -> subjects.shots();
            case PERTURBATION -> subjects.perturbation();
            case MODEL_SIZE -> subjects.modelSize();
            case TEXT_SOURCE -> subjects.textSource();
        };
    }

    private Subject one() {
        Text text = text(0, source(), 0);
        return subject(new PointLabel(options.kind().label(), "", Double.NaN, "the text"), text);
    }

    /**
     * Sequences as they were read.
     *
     * @param model which model reads them
     * @param tokens the sequences [N, T]
     * @param source where they came from
     */
    record Text(int model, TokenMatrix tokens, DataProvenance source) {
        /** The same with another number of sequences. */
        Text drawn(int count, long seed) {
            if (count >= tokens.sequences()) {
                return this;
            }
            Map<String, Object> all = new LinkedHashMap<>(source.options());
            all.put("drawn", count);
            DataProvenance fewer =
                    new DataProvenance(source.path(), source.sha256(), source.read(), source.skipped(), all);
            return new Text(model, SequenceDraw.of(tokens, count, seed), fewer);
        }
    }

    Subject subject(PointLabel label, Text text) {
        return new Subject(
                label,
                new ExperimentPoint.Sample(text.model, text::tokens, text.source, Demonstrations.NONE),
                models.get(text.model).config().layers(),
                text.tokens.tokens());
    }

    /** What {@code --data} or {@code --token-ids} names. */
    DataSource source() {
        return Sequences.source(options.arguments(), console.in());
    }

    /** A word as a text file, or token ids by its name. */
    DataSource source(String file) {
        Arguments.path(file, file);
        return file.toLowerCase(Locale.ROOT).endsWith(".safetensors")
                ? DataSource.tokenIds(Path.of(file))
                : new DataSource.Sentences(
                        file, options.arguments().text("field").orElse(""), console.in());
    }

    /**
     * Reads a source through the tokenizer of a model.
     *
     * @param tokens T; 0 for what the options say
     */
    Text text(int model, DataSource source, int tokens) {
        ModelDirectory directory = models.get(model);
        boolean quiet = options.arguments().has("quiet");
        Sequences asked =
                Sequences.of(options.arguments(), directory.config(), source, ExperimentOptions.STANDARD_SAMPLES);
        Sequences sequences =
                tokens == 0 ? asked : new Sequences(source, asked.settings().withTokens(tokens), asked.options());
        sequenceOptions = sequences.options();
        TokenData data = sequences.read(directory, console, quiet);
        data.warnings().forEach(this::warn);
        if (!quiet) {
            console.message(data.description());
            console.message(Sequences.counts(data));
        }
        return new Text(model, data.tokens(), sequences.provenance(data));
    }

    /** The same number of sequences of each: the least of all, said where it is less than what was read. */
    List<Text> atEqualNumber(List<Text> texts) {
        int least =
                texts.stream().mapToInt(text -> text.tokens.sequences()).min().orElseThrow();
        if (texts.stream().anyMatch(text -> text.tokens.sequences() > least)) {
            warn("numbers near the ceiling depend on N: " + Figures.count(least)
                    + " sequences of each are compared, as many as the shortest gives");
        }
        List<Text> equal = new ArrayList<>();
        texts.forEach(text -> equal.add(text.drawn(least, options.seed())));
        return equal;
    }

    /** Names that tell paths apart: their last parts where those differ, otherwise the paths. */
    static List<String> names(List<String> paths, String endings) {
        List<String> last = paths.stream()
                .map(path -> {
                    Path name = Path.of(path).toAbsolutePath().normalize().getFileName();
                    return name == null ? path : name.toString().replaceFirst(endings, "");
                })
                .toList();
        return last.stream().distinct().count() == last.size() ? last : paths;
    }

    /** Names of directories that tell points apart: a number is added where two texts give the same name. */
    static List<String> directories(List<String> texts) {
        List<String> names = new ArrayList<>();
        for (String text : texts) {
            String name = PointLabel.directoryName(text);
            int number = 2;
            String unused = name;
            while (names.contains(unused)) {
                unused = name + "-" + number++;
            }
            names.add(unused);
        }
        return names;
    }

    @Override
    public void close() {
        models.forEach(ModelDirectory::close);
    }
}
