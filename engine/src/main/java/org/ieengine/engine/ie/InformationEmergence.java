package org.ieengine.engine.ie;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.ie.MeasureSettings.Control;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.Subject.Grid;
import org.ieengine.engine.ie.Subject.Segment;
import org.ieengine.engine.mi.ResolutionSettings;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.UntrainedWeights;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelTensors;
import org.ieengine.loaders.model.ModelWeights;

/**
 * The main job: Information Emergence of every wanted block at every wanted position,
 *
 * <pre>E(l, t) = MI(h[l+1]^ma ; h[l]^ma) - 1/(t+1) * sum over u = 0..t of MI(h[l+1]^mi_u ; h[l]^mi_u)</pre>
 *
 * with the exact ceiling first, then the estimators asked for. Use: {@link #plan}, then {@link #run} with that plan.
 */
public final class InformationEmergence {
    /** Width to which the published protocol cuts wider states. */
    private static final int PUBLISHED_WIDTH = 768;

    private final MeasureSettings settings;
    private final RunInputs inputs;
    private final BlockEstimates.Means means;
    private final List<Subject> subjects = new ArrayList<>();

    /**
     * Checks settings against model and sequences, sorts the prefixes and counts the symbols.
     *
     * @param backend what computes; stays the caller's to close
     * @throws IllegalArgumentException naming the option that does not fit the model or the sequences (a block or position that
     *     does not exist, a segment wider than the states); the command line exits with 2
     */
    public InformationEmergence(MeasureSettings settings, RunInputs inputs, Backend backend) {
        this(settings, inputs, backend, new BackendEstimators(settings, backend));
    }

    InformationEmergence(MeasureSettings settings, RunInputs inputs, Backend backend, Estimators estimators) {
        this.settings = settings;
        this.inputs = inputs;
        this.means = new BlockEstimates.Means(estimators, settings.seed(), backend);
        Grid grid = grid();
        PrefixTree sequences = new PrefixTree(inputs.tokens());
        // Up to the last position wanted, as far as a token follows.
        int predicted =
                hasHead() ? Math.min(grid.lastPosition() + 1, inputs.tokens().tokens() - 1) : 0;
        int count = NextTokens.count(settings.prediction(), inputs.tokens().sequences(), predicted);
        int[] drawn = count == 0 ? new int[0] : NextTokens.draw(count, sequences, settings.seed());
        subjects.add(subject("", sequences, grid, drawn));
        for (Control control : settings.controls()) {
            PrefixTree own = control == Control.SHUFFLED
                    ? new PrefixTree(TokenShuffle.of(sequences, settings.bos(), settings.seed()))
                    : sequences;
            subjects.add(subject(control.label(), own, grid, drawn));
        }
    }

    private Subject subject(String control, PrefixTree sequences, Grid grid, int[] predicted) {
        PairSource pairs = new PairSource(sequences, settings.bos(), grid.lastPosition());
        NextTokens nextTokens = predicted.length == 0
                ? null
                : new NextTokens(
                        pairs,
                        predicted,
                        Math.min(grid.lastPosition() + 1, inputs.tokens().tokens() - 1),
                        inputs.weights().config().layers() - 1);
        return new Subject(control, sequences, pairs, new ExactInformation(sequences), grid, nextTokens);
    }

    private boolean hasHead() {
        return inputs.weights().config().tiedHead() || inputs.weights().names().contains(ModelTensors.HEAD);
    }

    private Grid grid() {
        ModelConfig config = inputs.weights().config();
        int width = config.width();
        boolean resolution = settings.estimators().contains(Estimator.RESOLUTION);
        List<Double> noise = settings.noise().isEmpty() ? ResolutionSettings.standardSigmas(width) : settings.noise();
        List<Segment> segments = new ArrayList<>();
        if (settings.segment() > width) {
            throw new IllegalArgumentException(
                    "--segment " + settings.segment() + " is wider than the states of the model, " + width);
        }
        if (settings.segment() > 0) {
            for (int first = 0; first + settings.segment() <= width; first += settings.segment()) {
                segments.add(new Segment(first, settings.segment(), false));
            }
        } else {
            boolean cut = settings.protocol() == Protocol.PAPER && width > PUBLISHED_WIDTH;
            segments.add(new Segment(0, cut ? PUBLISHED_WIDTH : width, true));
        }
        return new Grid(
                settings.layers().resolve(config.layers(), "--layers: block"),
                settings.positions().resolve(inputs.tokens().tokens(), "--positions: position"),
                resolution ? noise.stream().mapToDouble(Double::doubleValue).toArray() : new double[0],
                segments);
    }

    /** The exact ceiling, known before anything runs. */
    public IeResult.Ceiling ceiling() {
        return subjects.get(0).exact().ceiling();
    }

    /** Bytes and time of the run within the limits. Does not throw when it does not fit: see {@link MemoryPlan#fits()}. */
    public MemoryPlan plan(MemoryLimits limits) {
        MemoryPlan plan = new RunPlanner(settings, inputs, means, subjects).plan(limits);
        return plan.fits() ? plan : new PlanAdvice(settings, inputs, this::planOf).advise(plan, limits);
    }

    /** Bytes of the run, without its time and without advice: reads no weights and computes nothing. */
    public MemoryPlan bytes(MemoryLimits limits) {
        return new RunPlanner(settings, inputs, means, subjects).bytes(limits, List.of());
    }

    /** The bytes of another run on the same model. */
    private MemoryPlan planOf(MeasureSettings other, RunInputs otherInputs, MemoryLimits limits) {
        InformationEmergence run = new InformationEmergence(other, otherInputs, means.backend(), means.estimators());
        return run.bytes(limits);
    }

    /**
     * Runs what the journal does not hold yet.
     *
     * @param plan from {@link #plan}
     * @param journal where finished estimates are kept; stays the caller's to close
     * @throws DoesNotFitException when the plan does not fit
     * @throws RunStoppedException when the listener asked for it
     * @throws org.ieengine.loaders.InputException for a state that is not finite, naming block, position and sequence
     * @throws org.ieengine.engine.tensor.MemoryExhaustedException when the memory that was planned is no longer to be had
     * @throws OptionChangedException when the journal belongs to a run with other options
     */
    public IeResult run(MemoryPlan plan, Journal journal, RunListener listener) {
        if (!plan.fits()) {
            throw new DoesNotFitException(plan);
        }
        long begin = System.nanoTime();
        Map<String, Object> options = options();
        JournalIdentity identity = JournalIdentity.of(identityOptions(options));
        journal.begin(identity, inputs.engine().computer(), plan.batchRows());
        means.backend().reserve(plan.bytes(MemoryPlan.Place.BACKEND));
        List<String> early = earlyWarnings();
        early.forEach(listener::warning);
        RunState state = new RunState(new RunState.Given(settings, inputs, means, plan, journal, listener), subjects);
        Map<String, IeResult.Measured> measured = new LinkedHashMap<>();
        ResultWarnings warnings = new ResultWarnings(journal);
        try {
            for (Subject subject : subjects) {
                listener.ceiling(subject.control(), subject.exact().ceiling());
                runSubject(state, subject);
                IeResult.Measured one = state.assembler().measured(subject);
                int before = warnings.list().size();
                warnings.add(settings, subject, one);
                warnings.list().stream().skip(before).forEach(listener::warning);
                measured.put(subject.control(), one);
            }
        } finally {
            means.estimators().close();
        }
        warnings.addComputers().ifPresent(listener::warning);
        warnings.addBatchRows().ifPresent(listener::warning);
        List<String> all = new ArrayList<>(early);
        all.addAll(warnings.list());
        state.spent("total_seconds", begin);
        Map<String, NextTokenPrediction> predictions = new LinkedHashMap<>();
        measured.forEach((control, one) -> {
            if (one.prediction() != null) {
                predictions.put(control, one.prediction());
            }
        });
        listener.predictions(predictions);
        return result(new Finished(options, measured, all, state.seconds(), journal, identity));
    }

    private void runSubject(RunState state, Subject subject) {
        if (subject.control().equals(Control.UNTRAINED.label())) {
            try (ModelWeights twin = new UntrainedWeights(inputs.weights().config(), settings.seed())) {
                new SubjectRun(state, subject, twin).run();
            }
        } else {
            new SubjectRun(state, subject, inputs.weights()).run();
        }
    }

    private record Finished(
            Map<String, Object> options,
            Map<String, IeResult.Measured> measured,
            List<String> warnings,
            Map<String, Double> seconds,
            Journal journal,
            JournalIdentity identity) {}

    private IeResult result(Finished run) {
        ModelConfig config = inputs.weights().config();
        Map<String, IeResult.Measured> controls = new LinkedHashMap<>(run.measured);
        IeResult.Measured own = controls.remove("");
        List<IeResult.Curve> curves = new ArrayList<>();
        for (Subject subject : subjects) {
            curves.addAll(TrainingCurves.of(settings, subject, run.journal));
        }
        return new IeResult(
                inputs.engine(),
                new IeResult.ModelSummary(
                        inputs.model(), config.family(), config.layers(), config.width(), config.vocabulary()),
                new IeResult.DataSummary(
                        inputs.source(),
                        inputs.tokens().sequences(),
                        inputs.tokens().tokens(),
                        subjects.get(0).exact().distinctSequences()),
                run.options,
                own,
                controls,
                curves,
                run.warnings,
                new IeResult.RunTimings(run.seconds, Instant.now()),
                new IeResult.JournalSummary(run.identity.sha256(), run.journal.size()));
    }

    /** Every option that can change a number; the noise levels filled in. */
    private Map<String, Object> options() {
        Map<String, Object> options = new LinkedHashMap<>(inputs.source().options());
        options.put("tokens", inputs.tokens().tokens());
        options.putAll(settings.asOptions());
        double[] noise = subjects.get(0).grid().noise();
        List<Double> levels = new ArrayList<>();
        for (double level : noise) {
            levels.add(level);
        }
        options.put("noise", levels);
        NextTokens nextTokens = subjects.get(0).nextTokens();
        options.put("prediction", nextTokens == null ? null : nextTokens.sequences());
        options.put("libraries", inputs.engine().libraries());
        return options;
    }

    /** The options, and check sums of what they were applied to under the names of the options that gave it. */
    private Map<String, Object> identityOptions(Map<String, Object> options) {
        Map<String, Object> identity = new LinkedHashMap<>(options);
        identity.put(
                "weights", inputs.model().configSha256() + " " + inputs.model().weightsSha256());
        identity.put("data", inputs.source().sha256());
        return identity;
    }

    private List<String> earlyWarnings() {
        List<String> warnings = new ArrayList<>();
        int width = inputs.weights().config().width();
        List<Segment> segments = subjects.get(0).grid().segments();
        Segment last = segments.get(segments.size() - 1);
        int end = last.first() + last.width();
        if (end < width && last.whole()) {
            warnings.add("the published protocol reads dimensions 0 to " + (end - 1) + " of " + width + "; --segment "
                    + last.width() + " reads all slices");
        } else if (end < width) {
            warnings.add("--segment " + last.width() + ": the last " + (width - end)
                    + " dimensions are a shorter slice and left out");
        }
        if (!hasHead() && settings.prediction() != MeasureSettings.PREDICTION_OFF) {
            warnings.add("the checkpoint has no output head (" + ModelTensors.HEAD
                    + "), so no next tokens are predicted; the checkpoint of the causal language model has one");
        }
        warnings.addAll(RowWarnings.ofRun(settings, inputs.tokens().sequences()));
        return warnings;
    }
}
