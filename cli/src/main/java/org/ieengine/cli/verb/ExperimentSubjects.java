package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.ieengine.cli.experiment.Demonstrations;
import org.ieengine.cli.experiment.ExperimentPoint;
import org.ieengine.cli.experiment.PointLabel;
import org.ieengine.cli.experiment.PointPlan;
import org.ieengine.cli.experiment.PointPlan.Subject;
import org.ieengine.cli.experiment.SequenceDraw;
import org.ieengine.cli.option.Arguments;
import org.ieengine.cli.option.UsageException;
import org.ieengine.cli.verb.ExperimentInputs.Text;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.loaders.dataset.Dropped;
import org.ieengine.loaders.dataset.EntityList;
import org.ieengine.loaders.dataset.IclLists;
import org.ieengine.loaders.dataset.IclSettings;
import org.ieengine.loaders.dataset.Perturbation;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.Progress;
import org.ieengine.loaders.text.SequenceSettings;
import org.ieengine.loaders.text.TokenMatrix;
import org.ieengine.loaders.text.Tokenizer;
import org.ieengine.loaders.text.Tokenizers;

/** The subjects of the experiments that compare several: texts, models, lists, perturbations. */
record ExperimentSubjects(ExperimentOptions options, ExperimentInputs inputs) {
    private static final String SEPARATOR = ",";
    private static final String TEXT_ENDINGS = "(\\.(txt|jsonl|ndjson|json|safetensors))?(\\.gz)?$";

    PointPlan plan() {
        return new PointPlan(options.settings());
    }

    /** A point for each model: the same text, each with its own tokenizer. */
    List<ExperimentPoint> modelSize() {
        List<String> paths = inputs.models().stream()
                .map(model -> model.directory().toString())
                .toList();
        List<String> names = ExperimentInputs.names(paths, "");
        List<String> directories = ExperimentInputs.directories(names);
        List<Text> texts = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            texts.add(inputs.text(i, inputs.source(), 0));
        }
        if (texts.stream().map(Text::tokens).distinct().count() > 1) {
            inputs.warn("the tokenizers of these models differ: "
                    + texts.get(0).tokens().tokens()
                    + " tokens are different stretches of the text, and even the exact values differ");
        }
        texts = inputs.atEqualNumber(texts);
        List<Subject> subjects = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            double x = Math.log10(inputs.models().get(i).parameters());
            subjects.add(inputs.subject(new PointLabel(directories.get(i), "", x, names.get(i)), texts.get(i)));
        }
        List<Integer> bySize = IntStream.range(0, subjects.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> subjects.get(i).label().x()))
                .toList();
        return plan().bySubject(subjects, bySize);
    }

    /** A point for each text. */
    List<ExperimentPoint> textSource() {
        List<String> names = ExperimentInputs.names(options.words(), TEXT_ENDINGS);
        List<String> directories = ExperimentInputs.directories(names);
        List<Text> texts = new ArrayList<>();
        for (String word : options.words()) {
            texts.add(inputs.text(0, inputs.source(word), 0));
        }
        int tokens = texts.get(0).tokens().tokens();
        for (int i = 1; i < texts.size(); i++) {
            if (texts.get(i).tokens().tokens() != tokens) {
                throw new UsageException(
                        "--tokens",
                        "required: " + options.words().get(0) + " has " + tokens + " tokens a sequence, "
                                + options.words().get(i) + " "
                                + texts.get(i).tokens().tokens());
            }
        }
        texts = inputs.atEqualNumber(texts);
        List<Subject> subjects = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            subjects.add(inputs.subject(new PointLabel(directories.get(i), "", i, names.get(i)), texts.get(i)));
        }
        return plan().bySubject(
                        subjects, IntStream.range(0, subjects.size()).boxed().toList());
    }

    /** Lists and natural text of the same N and T; critics at the ends of demonstrations. */
    List<ExperimentPoint> shots() {
        ModelDirectory model = inputs.models().get(0);
        EntityList entities = EntityList.of(options.entities());
        Arguments arguments = options.arguments();
        long samples = arguments.text("samples").filter("all"::equals).isPresent()
                ? SequenceSettings.ALL
                : arguments.integer64("samples", 1, Integer.MAX_VALUE).orElse(ExperimentOptions.STANDARD_SAMPLES);
        IclSettings settings = new IclSettings(options.shots(), SEPARATOR, samples, options.seed());
        int first = arguments.has("bos") ? 1 : 0;
        List<Integer> ends = new ArrayList<>();
        TokenMatrix tokens;
        int entitiesKept;
        try (Tokenizer tokenizer = Tokenizers.open(model.directory())) {
            IclLists lists = MeasureOptions.checked(() -> IclLists.inTokens(entities, settings, tokenizer));
            if (lists.tokens() + first > model.config().maxPositions()) {
                throw new UsageException(
                        "--shots",
                        options.shots() + " entities take " + (lists.tokens() + first) + " tokens, beyond the "
                                + model.config().maxPositions() + " positions of the model");
            }
            if (!lists.dropped().isEmpty()) {
                inputs.warn("entities left out, which take another number of tokens than " + lists.kept() + ": "
                        + String.join(
                                ", ",
                                lists.dropped().stream().map(Dropped::toString).toList()));
            }
            for (int shot = 0; shot < options.shots(); shot++) {
                ends.add(
                        first + lists.kept().firstTokens() + shot * lists.kept().laterTokens() - 1);
            }
            boolean single = lists.kept().firstTokens() == 2 && lists.kept().laterTokens() == 2;
            entitiesKept = single ? lists.entities().size() : 0;
            tokens = lists.tokens(tokenizer, Progress.SILENT);
        }
        Text text = inputs.text(0, inputs.source(), tokens.tokens() + first);
        Map<String, Object> how = new LinkedHashMap<>(text.source().options());
        how.put("entities", options.entities());
        how.put("shots", options.shots());
        Text list = new Text(
                0,
                first == 0
                        ? tokens
                        : SequenceDraw.withFirst(
                                tokens, model.config().bosTokenId().orElseThrow()),
                new DataProvenance(
                        "lists of " + options.entities(), entities.sha256(), tokens.sequences(), Map.of(), how));
        List<Text> equal = inputs.atEqualNumber(List.of(list, text));
        String name = "lists of " + options.shots() + " (" + PointLabel.directoryName(options.entities()) + ")";
        return plan().byPosition(List.of(
                with(
                        inputs.subject(new PointLabel("lists", "lists", Double.NaN, name), equal.get(0)),
                        new Demonstrations(ends, entitiesKept)),
                with(
                        inputs.subject(new PointLabel("text", "text", Double.NaN, "natural text"), equal.get(1)),
                        new Demonstrations(ends, 0))));
    }

    private static Subject with(Subject subject, Demonstrations demonstrations) {
        ExperimentPoint.Sample plain = subject.sample();
        return new Subject(
                subject.label(),
                new ExperimentPoint.Sample(plain.model(), plain.tokens(), plain.source(), demonstrations),
                subject.layers(),
                subject.tokens());
    }

    /** The text as it is and at every rate of every kind of perturbation. */
    List<ExperimentPoint> perturbation() {
        List<Perturbation.Kind> kinds = options.perturbations();
        List<Double> rates = options.rates();
        Text text = inputs.text(0, inputs.source(), 0);
        int[] ordinary = new int[0];
        if (kinds.contains(Perturbation.Kind.REPLACE)) {
            try (Tokenizer tokenizer = Tokenizers.open(inputs.models().get(0).directory())) {
                ordinary = tokenizer.ordinaryIds();
            }
        }
        List<Subject> subjects = new ArrayList<>();
        subjects.add(inputs.subject(new PointLabel("plain", "", 0, "plain"), text));
        List<Integer> critics = new ArrayList<>(List.of(0));
        boolean bos = options.arguments().has("bos");
        for (Perturbation.Kind kind : kinds) {
            String name = kind.name().toLowerCase(Locale.ROOT);
            for (double rate : rates) {
                if (kind == kinds.get(0)) {
                    critics.add(subjects.size());
                }
                String share = Double.toString(rate).replaceAll("\\.0$", "");
                Map<String, Object> how = new LinkedHashMap<>(text.source().options());
                how.put("by", name);
                how.put("rate", rate);
                subjects.add(perturbed(
                        new PointLabel(name + "-" + share, name, rate, name + " " + share),
                        text,
                        new Perturbation(kind, rate, bos, options.seed()),
                        new Replaced(ordinary, how)));
            }
        }
        return plan().bySubject(subjects, critics);
    }

    /** Ids to replace by, and how it is put down. */
    private record Replaced(int[] ordinaryIds, Map<String, Object> options) {}

    /** Sequences are perturbed when they are asked for: many points would hold many copies of them. */
    private Subject perturbed(PointLabel label, Text text, Perturbation perturbation, Replaced replaced) {
        DataProvenance plain = text.source();
        DataProvenance source =
                new DataProvenance(plain.path(), plain.sha256(), plain.read(), plain.skipped(), replaced.options);
        Supplier<TokenMatrix> tokens = () -> perturbation.apply(text.tokens(), replaced.ordinaryIds);
        return new Subject(
                label,
                new ExperimentPoint.Sample(text.model(), tokens, source, Demonstrations.NONE),
                inputs.models().get(text.model()).config().layers(),
                text.tokens().tokens());
    }
}
