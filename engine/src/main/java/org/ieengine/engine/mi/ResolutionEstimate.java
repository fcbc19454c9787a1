package org.ieengine.engine.mi;

import java.util.List;

/**
 * Exact information through Gaussian noise, by Monte Carlo.
 *
 * @param ceiling exact entropies: what every level tends to without noise
 * @param levels one per noise level, ascending
 * @param seconds wall-clock time
 */
public record ResolutionEstimate(Ceiling ceiling, List<Level> levels, double seconds) {
    /** Copies the list. */
    public ResolutionEstimate {
        levels = List.copyOf(levels);
    }

    /** The middle level of the grid. */
    public Level leading() {
        return levels.get(levels.size() / 2);
    }

    /**
     * A mean over the draws.
     *
     * @param bits the value
     * @param se its standard error
     */
    public record Quantity(double bits, double se) {}

    /**
     * Information of a noisy state about its symbol, J = lastToken + context.
     *
     * @param total MI(x'; symbol)
     * @param lastTokenBits MI(x'; group); NaN without groups
     * @param contextBits MI(x'; symbol given the group); NaN without groups
     */
    public record StateInformation(Quantity total, double lastTokenBits, double contextBits) {}

    /**
     * Values at one noise level.
     *
     * @param sigma standard deviation of the noise, in units of the standardised states
     * @param block MI(x'; y')
     * @param x of the state before
     * @param y of the state after
     */
    public record Level(double sigma, Quantity block, StateInformation x, StateInformation y) {}
}
