package org.ieengine.engine.ie;

import java.util.List;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.mi.EstimateContext;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.mi.ResolutionEstimate;
import org.ieengine.engine.mi.SeedEstimate;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.SamplePairs;

/** What makes the estimates of a run. */
interface Estimators extends AutoCloseable {
    /**
     * Trains one critic on pairs of states.
     *
     * @return an estimate for each name that it is read by
     */
    List<SeedEstimate> critic(PairedStates pairs, EstimateContext context, Critic critic);

    /**
     * Trains one critic on the tokens of all positions and reads it with the weights of each.
     *
     * @param pairs all tokens, with their weights over all positions
     * @param weights [positions][M] how often each token occurs there; 0 where it does not
     * @return for each position an estimate for each name that it is read by
     */
    List<List<SeedEstimate>> pooledCritic(
            PairedStates pairs, List<double[]> weights, EstimateContext context, Critic critic);

    /**
     * Which critic is trained, how it is read and who is told.
     *
     * @param number from 0
     * @param readings of the kind {@link EstimatorKind#CRITIC}
     * @param listener told every step
     */
    record Critic(int number, List<Estimator> readings, TrainingListener listener) {}

    /**
     * Reads rows that know no symbols.
     *
     * @param estimator of the kind {@link EstimatorKind#ROWS}
     * @param seed keys everything random
     */
    ContinuousEstimate rows(Estimator estimator, SamplePairs rows, long seed, TrainingListener listener);

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

    /** Most bytes of backend memory that {@link #rows} takes on n rows of d dimensions a side. */
    long rowsBytes(Estimator estimator, int rows, int dimensions);

    /** Bytes of backend memory that stay between estimates of states of d dimensions, until {@link #close}. */
    long heldBytes(int dimensions);

    /** Frees what is held between estimates; they can be used again. */
    @Override
    void close();
}
