package org.ieengine.engine.mi;

import java.util.function.Supplier;

/**
 * The aligning maps of the pairs that were seen last: the critics of one estimate share them. Fitting takes the third power of the
 * dimensions on the host, seconds at 768 of them.
 */
final class SharedMaps {
    private PairedStates pairs;
    private EstimateContext context;
    private LinearAlignment.Maps maps;

    /** The maps of these very pairs, fitted when the ones seen last were others. */
    LinearAlignment.Maps of(PairedStates wanted, EstimateContext where, Supplier<LinearAlignment.Maps> fit) {
        if (wanted != pairs || !where.equals(context)) {
            maps = fit.get();
            pairs = wanted;
            context = where;
        }
        return maps;
    }
}
