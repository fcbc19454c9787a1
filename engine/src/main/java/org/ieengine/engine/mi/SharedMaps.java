package org.ieengine.engine.mi;

import java.util.function.Supplier;

/**
 * The aligning maps of the pairs that were seen last: the critics of one estimate share them. Fitting takes the third power of the
 * dimensions on the host, seconds at 768 of them.
 */
final class SharedMaps {
    /** Clusters and maps. */
    record Fitted(StateClusters clusters, LinearAlignment.Maps maps) {}

    private PairedStates pairs;
    private EstimateContext context;
    private Fitted maps;

    /** The maps of these very pairs, fitted when the ones seen last were others. */
    Fitted of(PairedStates wanted, EstimateContext where, Supplier<Fitted> fit) {
        if (wanted != pairs || !where.equals(context)) {
            maps = fit.get();
            pairs = wanted;
            context = where;
        }
        return maps;
    }
}
