package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.ie.Progress.Phase;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.tensor.Backend;

/** What the parts of one run share: where it stands, who is told, and where finished estimates go. */
final class RunState {
    private final MeasureSettings settings;
    private final RunInputs inputs;
    private final BlockEstimates.Means means;
    private final MemoryPlan plan;
    private final Journal journal;
    private final RunListener listener;
    private final ResultAssembler assembler;
    private final WorkEstimate work;
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private double totalWork;
    private double doneWork;

    /**
     * What a run is given.
     *
     * @param settings what decides its numbers
     * @param inputs what it measures
     * @param means with what it makes estimates
     * @param plan decides the micro-batches
     * @param journal where finished estimates go
     * @param listener who is told
     */
    record Given(
            MeasureSettings settings,
            RunInputs inputs,
            BlockEstimates.Means means,
            MemoryPlan plan,
            Journal journal,
            RunListener listener) {}

    RunState(Given given, List<Subject> subjects) {
        this.settings = given.settings;
        this.inputs = given.inputs;
        this.means = given.means;
        this.plan = given.plan;
        this.journal = given.journal;
        this.listener = given.listener;
        this.assembler = new ResultAssembler(settings, journal);
        this.work = new WorkEstimate(settings, inputs.weights(), means.backend().ownMemory());
        for (Subject subject : subjects) {
            for (int layer : subject.layers()) {
                for (EstimateKey key : EstimateJobs.ofBlock(settings, subject, layer)) {
                    double cost = work.of(subject, key);
                    totalWork += cost;
                    doneWork += journal.numbers(key) == null ? 0 : cost;
                }
            }
            totalWork += (lastLayer(subject) + 1) * work.forward(subject);
        }
    }

    private static int lastLayer(Subject subject) {
        List<Integer> layers = subject.layers();
        return layers.get(layers.size() - 1);
    }

    MeasureSettings settings() {
        return settings;
    }

    Backend backend() {
        return means.backend();
    }

    BlockEstimates.Means means() {
        return means;
    }

    int batchRows() {
        return plan.batchRows();
    }

    /** Whether a block is uploaded while the one before it is at work. */
    boolean uploadsAhead() {
        return plan.uploadsAhead();
    }

    Journal journal() {
        return journal;
    }

    ResultAssembler assembler() {
        return assembler;
    }

    /** The model directory as the user named it. */
    String weightsName() {
        return inputs.model().path();
    }

    /** Seconds spent so far by part. */
    Map<String, Double> seconds() {
        return seconds;
    }

    /** Listener of the micro-batches of one block; -1 for the embedding. */
    ResidualStream.BatchListener batches(Subject subject, int layer) {
        double rows = subject.sequences().rows() + (double) subject.pairs().microTokens();
        double perRow = layer < 0 ? 0 : work.forward(subject) / rows;
        long begin = System.nanoTime();
        long[] done = new long[1];
        return batchRows -> {
            done[0] += batchRows;
            doneWork += batchRows * perRow;
            double elapsed = (System.nanoTime() - begin) * 1e-9;
            tell(new Progress(
                    layer < 0 ? Phase.PREPARING : Phase.FORWARD,
                    subject.control(),
                    layer,
                    inputs.weights().config().layers(),
                    "",
                    -1,
                    0,
                    0,
                    Double.NaN,
                    done[0] / elapsed,
                    fraction(0)));
        };
    }

    /** Listener of the training of one estimate. */
    TrainingListener training(Subject subject, EstimateKey key) {
        double cost = work.of(subject, key);
        long begin = System.nanoTime();
        String name = name(key);
        return step -> {
            double elapsed = (System.nanoTime() - begin) * 1e-9;
            int steps = key.is(EstimatorKind.CRITIC) ? work.usualSteps(key) : step.steps();
            double share = steps > 0 ? Math.min(1, (double) step.step() / steps) : 0;
            tell(new Progress(
                    Phase.ESTIMATING,
                    subject.control(),
                    key.layer(),
                    inputs.weights().config().layers(),
                    name,
                    key.seed(),
                    step.step(),
                    step.steps(),
                    step.bits(),
                    step.rows() / elapsed,
                    fraction(share * cost)));
        };
    }

    private static String name(EstimateKey key) {
        if (key.isPrediction()) {
            return "next tokens";
        }
        return (key.estimator().isEmpty() ? "" : key.estimator() + " ")
                + key.term()
                + (key.position() < 0 ? "" : " position " + key.position())
                + (key.segment() < 0 ? "" : " segment " + key.segment());
    }

    private double fraction(double current) {
        return totalWork > 0 ? Math.min(1, (doneWork + current) / totalWork) : 0;
    }

    private void tell(Progress progress) {
        listener.progress(progress);
        String reason = listener.stopReason();
        if (reason != null) {
            throw new RunStoppedException(reason);
        }
    }

    /** Puts a finished estimate into the journal. */
    void finished(Subject subject, EstimateKey key, ObjectNode numbers) {
        journal.append(key, numbers);
        doneWork += work.of(subject, key);
        listener.estimateFinished(key);
    }

    /** Tells of the rows of one block at one position. */
    void rows(Subject subject, int layer, int position) {
        for (IeResult.LayerRow row : assembler.rows(subject, layer, position)) {
            listener.rowFinished(subject.control(), row);
        }
    }

    /** Adds to the seconds of a part of the run. */
    void spent(String part, long sinceNanos) {
        seconds.merge(part, (System.nanoTime() - sinceNanos) * 1e-9, Double::sum);
    }
}
