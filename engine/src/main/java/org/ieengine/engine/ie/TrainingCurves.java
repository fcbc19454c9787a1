package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Training curves of the critics, from the journal. */
final class TrainingCurves {
    private TrainingCurves() {}

    /** The curves of one subject, in the order of its estimates. */
    static List<IeResult.Curve> of(MeasureSettings settings, Subject subject, Journal journal) {
        List<IeResult.Curve> curves = new ArrayList<>();
        for (int layer : subject.grid().layers()) {
            for (EstimateKey key : EstimateJobs.ofBlock(settings, subject, layer)) {
                ObjectNode numbers = journal.numbers(key);
                if (key.is(EstimatorKind.CRITIC) && numbers.has("curve_steps")) {
                    curves.add(new IeResult.Curve(
                            key.control(),
                            key.layer(),
                            key.position(),
                            key.term(),
                            key.seed(),
                            key.segment(),
                            NumberNodes.integers(numbers.path("curve_steps")),
                            NumberNodes.numbers(numbers.path("curve_bits"))));
                }
            }
        }
        return curves;
    }
}
