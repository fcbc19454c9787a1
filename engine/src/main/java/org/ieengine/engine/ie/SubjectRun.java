package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        for (int layer : subject.grid().layers()) {
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
                    block(sweep, layer, layer < lastMissing);
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

    private void block(LayerSweep sweep, int layer, boolean more) {
        boolean wanted = subject.grid().layers().contains(layer);
        List<EstimateKey> missing = wanted ? missing(layer) : List.of();
        if (missing.isEmpty()) {
            advance(sweep, layer, more);
            if (wanted) {
                tellRows(layer);
            }
            return;
        }
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
        tellRows(layer);
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
