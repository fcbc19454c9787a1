package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.List;

/** A way of training critics and reading a number from them. */
public interface CriticProtocol {
    /** {@code standard} or {@code paper}. */
    String label();

    /** How the critics are trained. */
    CriticSettings settings();

    /**
     * Trains one critic.
     *
     * @param context keys the random numbers, with the number of the critic
     * @param critic number of the critic, from 0
     * @throws RuntimeException whatever the listener throws to stop
     */
    SeedEstimate train(PairedStates pairs, EstimateContext context, int critic, TrainingListener listener);

    /** Trains all critics of the settings. */
    default MiEstimate estimate(PairedStates pairs, EstimateContext context, TrainingListener listener) {
        List<SeedEstimate> seeds = new ArrayList<>();
        for (int critic = 0; critic < settings().critics(); critic++) {
            seeds.add(train(pairs, context, critic, listener));
        }
        return new MiEstimate("dv", label(), pairs.symbols().ceiling(), seeds);
    }
}
