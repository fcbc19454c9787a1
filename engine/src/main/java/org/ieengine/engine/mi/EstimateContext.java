package org.ieengine.engine.mi;

/**
 * Where an estimate stands in a run: together with the number of the critic it keys everything random in it.
 *
 * @param seed the run's seed
 * @param layer block, 0 to 65,535
 * @param position token position, 0 to 65,534; 65,535 stands for the pooled micro tokens
 */
public record EstimateContext(long seed, int layer, int position) {
    /** The position of estimates over the micro tokens of all positions. */
    public static final int POOLED = 65_535;

    /** Checks the ranges. */
    public EstimateContext {
        if (layer < 0 || layer > 65_535 || position < 0 || position > POOLED) {
            throw new IllegalArgumentException("block " + layer + " and position " + position + " lie beyond 65,535");
        }
    }
}
