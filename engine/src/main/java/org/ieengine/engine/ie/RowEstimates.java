package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Philox;

/**
 * Makes single estimates of one block from rows of states that know no symbols. Where there is one symbol the information is exactly 0
 * and nothing is estimated.
 */
final class RowEstimates {
    /** "RSED": apart from the purposes of the estimators. */
    private static final int SEEDS = 0x52534544;

    private final BlockEstimates.Means run;
    private final Subject subject;
    private final BlockStates states;

    RowEstimates(BlockEstimates.Means run, Subject subject, BlockStates states) {
        this.run = run;
        this.subject = subject;
        this.states = states;
    }

    /** The numbers of one estimate. */
    ObjectNode make(EstimateKey key, TrainingListener listener) {
        boolean macro = key.term().equals("macro");
        double exact = macro
                ? subject.exact().macroBits(key.layer(), key.position())
                : subject.exact().microBits(key.position());
        Estimator estimator = key.first();
        ObjectNode numbers = NumberNodes.object();
        if (exact == 0 || !macro && subject.pairs().isBeginning(key.position())) {
            NumberNodes.put(numbers, "bits", 0);
            NumberNodes.put(numbers, "row_passes", estimator == Estimator.INFONCE ? 0 : Double.NaN);
            return numbers;
        }
        SamplePairs samples = samples(key, macro);
        ContinuousEstimate estimate = run.estimators().rows(estimator, samples, seed(key, macro), listener);
        NumberNodes.put(numbers, "bits", estimate.bits());
        NumberNodes.put(numbers, "held_out_bits", estimate.heldOutBits());
        numbers.put("rows", samples.size());
        NumberNodes.put(numbers, "row_passes", estimator == Estimator.INFONCE ? estimate.rowPasses() : Double.NaN);
        NumberNodes.put(numbers, "seconds", estimate.seconds());
        ArrayNode warnings = numbers.putArray("warnings");
        estimate.warnings().forEach(warnings::add);
        return numbers;
    }

    private SamplePairs samples(EstimateKey key, boolean macro) {
        int position = key.position();
        double[] weight = macro
                ? subject.pairs().macro(key.layer(), position, false).symbols().weight()
                : subject.pairs().microWeights(position);
        SampleRows.States pairs = macro
                ? new SampleRows.States(states.before(position), states.after(position))
                : new SampleRows.States(states.microBefore(), states.microAfter());
        Philox draw = SampleRows.draw(run.seed(), macro, position);
        int[] counts = SampleRows.counts(weight, SampleRows.most(key.first()), draw);
        Subject.Segment slice = subject.grid().segments().get(Math.max(0, key.segment()));
        return SampleRows.of(run.backend(), pairs, counts, slice);
    }

    /** Keys everything random in an estimate; another number for every critic. */
    private long seed(EstimateKey key, boolean macro) {
        int critic = Math.max(0, key.seed());
        Philox stream = new Philox(run.seed(), SEEDS, key.layer(), key.position(), 2 * critic + (macro ? 1 : 0));
        return (long) stream.word(0) << 32 | stream.word(1) & 0xFFFFFFFFL;
    }
}
