package org.ieengine.engine.ie;

/**
 * Where a run stands.
 *
 * @param phase what is being done
 * @param control {@code untrained} or {@code shuffled} while a control runs; empty for the model itself
 * @param layer current block; -1 before the first
 * @param layers number of blocks of the model
 * @param estimate current estimate for a person, e.g. {@code dv macro position 7}; empty outside estimates
 * @param seed current critic, from 0; -1 outside training
 * @param step optimiser steps done
 * @param steps most optimiser steps
 * @param bits current value; NaN outside training
 * @param samplesPerSecond rows through the current phase per second; NaN while unknown
 * @param fraction share of the planned work that is done, 0 to 1
 */
public record Progress(
        Phase phase,
        String control,
        int layer,
        int layers,
        String estimate,
        int seed,
        int step,
        int steps,
        double bits,
        double samplesPerSecond,
        double fraction) {
    /** The parts of a run. */
    public enum Phase {
        /** Prefixes are sorted and counted, states embedded. */
        PREPARING,
        /** A block advances the residual stream. */
        FORWARD,
        /** A critic trains, or information at a resolution is computed. */
        ESTIMATING
    }
}
