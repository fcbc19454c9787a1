package org.ieengine.engine.mi.continuous;

import org.ieengine.engine.tensor.Philox;

/** What random numbers of critics of continuous pairs are drawn for: each has streams of its own. */
enum CriticDraw {
    /** Which samples train, validate and judge. */
    SPLIT,
    /** First weights. */
    WEIGHTS,
    /** Order of the training samples. */
    ORDER,
    /** Pairings of a step, of validation, of a final value. */
    PAIRING,
    /** Resampled pairs of an interval. */
    RESAMPLE,
    /** Orders of y under which the truth is zero. */
    NULL_ORDER,
    /** Noise and halves that the laws of self-consistency are put with. */
    LAWS;

    private static final int FIRST = 0x50;

    /** The stream of a critic at a step. */
    Philox stream(long seed, int critic, int step) {
        return new Philox(seed, (FIRST + ordinal()) << 24 | critic, 0, 0, step);
    }
}
