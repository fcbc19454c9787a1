package org.ieengine.engine.ie;

import java.util.List;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.TrainingListener;

/** What makes the estimates of a run. */
interface Estimators extends AutoCloseable {
    /** Trains one critic on pairs of states. */
    SeedEstimate critic(PairedStates pairs, EstimateContext context, int critic, TrainingListener listener);

    /**
     * Trains one critic on the tokens of all positions and reads it with the weights of each.
     *
     * @param pairs all tokens, with their weights over all positions
     * @param weights [positions][M] how often each token occurs there; 0 where it does not
     */
    PooledEstimate pooledCritic(PairedStates pairs, List<double[]> weights, EstimateContext context, Critic critic);

    /**
     * Which critic is trained and who is told.
     *
     * @param number from 0
     * @param listener told every step
     */
    record Critic(int number, TrainingListener listener) {}

    /** Exact information at every noise level. */
    ResolutionEstimate resolution(PairedStates pairs, TrainingListener listener);

    /**
     * Most bytes of backend memory that training one critic takes beside the states that it is given.
     *
     * @param pairs distinct pairs S
     * @param dimensions width of a state
     * @param samples N: what the multiplicities of the pairs sum to
     */
    long criticBytes(long pairs, int dimensions, long samples);

    /** Most bytes of backend memory that {@link #resolution} takes beside the S pairs of states of d dimensions. */
    long resolutionBytes(long pairs, int dimensions);

    /** Bytes of backend memory that stay between estimates of states of d dimensions, until {@link #close}. */
    long heldBytes(int dimensions);

    /** Frees what is held between estimates; they can be used again. */
    @Override
    void close();

    /**
     * A critic for all positions.
     *
     * @param training how it was trained, on all tokens
     * @param bits [positions] its value at each
     */
    record PooledEstimate(SeedEstimate training, double[] bits) {}
}
