package org.ieengine.engine.ie;

import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * What a run measures. The weights stay the caller's to close.
 *
 * @param weights configuration and tensors of the model
 * @param model where they came from
 * @param tokens the sequences, [N, T]; with a beginning-of-sequence token it is in them already, at position 0
 * @param source where the sequences came from
 * @param engine what computes
 */
public record RunInputs(
        ModelWeights weights,
        ModelProvenance model,
        TokenMatrix tokens,
        DataProvenance source,
        EngineProvenance engine) {
    /** The same, computed by something else. */
    public RunInputs computedBy(EngineProvenance other) {
        return new RunInputs(weights, model, tokens, source, other);
    }
}
