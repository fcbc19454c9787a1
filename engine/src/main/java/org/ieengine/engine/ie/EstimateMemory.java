package org.ieengine.engine.ie;

import org.ieengine.engine.mi.CriticSettings;

/** Bytes that one estimate takes beside the states that it is given. */
final class EstimateMemory {
    /** Heap per pair: symbols, weights, probabilities and masses of the estimator at work. */
    static final long HEAP_PER_PAIR = 120;

    private final MeasureSettings settings;
    private final CriticSettings critic;

    EstimateMemory(MeasureSettings settings) {
        this.settings = settings;
        this.critic = settings.criticSettings();
    }

    /**
     * Backend memory of training one critic.
     *
     * @param pairs distinct pairs S
     * @param dimensions width of a state
     * @param sequences N, the rows that the published protocol repeats pairs to
     */
    long critic(long pairs, int dimensions, long sequences) {
        return 0;
    }

    /** Backend memory of exact information at the noise levels. */
    long resolution(long pairs, int dimensions) {
        return 0;
    }
}
