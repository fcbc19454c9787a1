package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.ie.NextTokenLoss.Losses;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.Transformers;
import org.ieengine.loaders.model.ModelWeights;

/** Sweeps one subject through the blocks and makes every estimate that the journal does not hold yet. */
final class SubjectRun {
    private final RunState run;
    private final Subject subject;
    private final ModelWeights weights;

    SubjectRun(RunState run, Subject subject, ModelWeights weights) {
        this.run = run;
        this.subject = subject;
        this.weights = weights;
    }

    /** Runs the blocks up to the last one that lacks an estimate; tells the listener of every finished row, old and new. */
    void run() {
        int lastMissing = -1;
        for (int layer : subject.layers()) {
            lastMissing = missing(layer).isEmpty() ? lastMissing : layer;
        }
        try (Transformer model = lastMissing < 0 ? null : Transformers.open(weights, run.backend())) {
            if (model == null) {
                subject.grid().layers().forEach(this::tellRows);
                return;
            }
            LayerSweep.Source source = new LayerSweep.Source(
                    model, subject.sequences(), subject.pairs().tokensAlone(), run.weightsName());
            try (LayerSweep sweep = LayerSweep.over(source, run.backend(), run.batchRows())) {
                sweep.embed(run.batches(subject, -1));
                for (int layer = 0; layer <= lastMissing; layer++) {
                    block(model, sweep, layer, layer < lastMissing);
                }
            }
        }
        for (int layer : subject.grid().layers()) {
            if (layer > lastMissing) {
                tellRows(layer);
            }
        }
    }

    private List<EstimateKey> missing(int layer) {
        return EstimateJobs.ofBlock(run.settings(), subject, layer).stream()
                .filter(key -> run.journal().numbers(key) == null)
                .toList();
    }

    private void block(Transformer model, LayerSweep sweep, int layer, boolean more) {
        List<EstimateKey> missing = missing(layer);
        List<EstimateKey> ofStates =
                missing.stream().filter(key -> !key.isPrediction()).toList();
        if (ofStates.isEmpty()) {
            advance(sweep, layer, more);
        } else {
            estimate(sweep, layer, more, ofStates);
        }
        for (EstimateKey key : missing) {
            if (key.isPrediction()) {
                predict(model, sweep, key);
            }
        }
        if (subject.grid().layers().contains(layer)) {
            tellRows(layer);
        }
    }

    private void estimate(LayerSweep sweep, int layer, boolean more, List<EstimateKey> missing) {
        try (BlockStates states = BlockStates.before(sweep, rowsByPosition())) {
            advance(sweep, layer, more);
            states.after(sweep);
            BlockEstimates estimates = new BlockEstimates(run.means(), subject, states);
            long begin = System.nanoTime();
            for (EstimateKey key : missing) {
                TrainingListener listener = run.training(subject, key);
                ObjectNode numbers = estimates.make(key, listener);
                run.finished(subject, key, numbers);
            }
            run.spent("estimates_seconds", begin);
        }
    }

    /** Reads the states after the block through the head, which leaves the device again. */
    private void predict(Transformer model, LayerSweep sweep, EstimateKey key) {
        long begin = System.nanoTime();
        NextTokens tokens = subject.nextTokens();
        NextTokenLoss loss =
                new NextTokenLoss(model, run.backend(), NextTokenLoss.rowsAtOnce(weights.config(), run.batchRows()));
        TrainingListener listener = run.training(subject, key);
        Losses macro = loss.of(tokens.macro(), sweep::macroStates, run.weightsName(), listener);
        Losses micro = loss.of(tokens.micro(), sweep::microStates, run.weightsName(), listener);
        model.releaseEnds();
        run.finished(subject, key, NextTokenNumbers.of(tokens, macro, micro));
        run.spent("prediction_seconds", begin);
    }

    private void advance(LayerSweep sweep, int layer, boolean more) {
        long begin = System.nanoTime();
        sweep.advance(run.batches(subject, layer), more && run.uploadsAhead());
        run.spent("forward_seconds", begin);
    }

    private Map<Integer, int[]> rowsByPosition() {
        Map<Integer, int[]> rows = new LinkedHashMap<>();
        for (int position : subject.grid().positions()) {
            rows.put(position, subject.sequences().level(position).rows());
        }
        return rows;
    }

    private void tellRows(int layer) {
        for (int position : subject.grid().positions()) {
            run.rows(subject, layer, position);
        }
    }
}
