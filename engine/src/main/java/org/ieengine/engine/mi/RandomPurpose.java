package org.ieengine.engine.mi;

import org.ieengine.engine.tensor.Philox;

/** What random numbers are drawn for: each has streams of its own, so that none shifts another. */
enum RandomPurpose {
    /** First weights of a critic. */
    WEIGHTS,
    /** Order of the distinct pairs. */
    ORDER,
    /** Unmatched pairs of a training step, or the permutation of an epoch. */
    PAIRING,
    /** Unmatched pairs of an evaluation. */
    EVALUATION,
    /** Pairs held out. */
    HOLDOUT,
    /** Which states are drawn with noise. */
    DRAWS,
    /** Noise on x. */
    NOISE_X,
    /** Noise on y. */
    NOISE_Y,
    /** Pairs that the alignment of a critic is fitted to. */
    ALIGNMENT,
    /** Clusters of states. */
    CLUSTERS,
    /** Resampled pairs. */
    RESAMPLING;

    /** The stream of a critic at a step. */
    Philox stream(EstimateContext context, int critic, int step) {
        return new Philox(context.seed(), ordinal() << 24 | critic, context.layer(), context.position(), step);
    }
}
