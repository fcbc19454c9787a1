package org.ieengine.engine.mi;

import java.util.function.Supplier;

/**
 * The clusters and aligning maps of the pairs that were seen last: the critics of one estimate share them. Fitting takes the third
 * power of the dimensions on the host, seconds at 768 of them.
 */
final class SharedMaps {
    /**
     * What was fitted to pairs.
     *
     * @param clusters of the states before
     * @param maps align both states
     */
    record Fitted(StateClusters clusters, LinearAlignment.Maps maps) {}

    private PairedStates pairs;
    private EstimateContext context;
    private Fitted fitted;

    /** Those of these very pairs, fitted when the ones seen last were others. */
    Fitted of(PairedStates wanted, EstimateContext where, Supplier<Fitted> fit) {
        if (wanted != pairs || !where.equals(context)) {
            fitted = fit.get();
            pairs = wanted;
            context = where;
        }
        return fitted;
    }
}
