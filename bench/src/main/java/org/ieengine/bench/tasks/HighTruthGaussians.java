package org.ieengine.bench.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Gaussians that carry many bits: equal canonical correlations, mixed by a random rotation. */
public final class HighTruthGaussians {
    private static final double NATS_PER_BIT = Math.log(2);

    private HighTruthGaussians() {}

    /**
     * A task of d dimensions per side.
     *
     * @param bits the mutual information
     */
    public static KnownTask task(int d, double bits) {
        return BaseLaws.rotatedNormal(
                String.format(Locale.ROOT, "Gaussian %dx%d, %.0f bits", d, d, bits), d, bits * NATS_PER_BIT);
    }

    /** 5, 10, 15 and 20 bits in each of the given numbers of dimensions. */
    public static List<KnownTask> tasks(int... dimensions) {
        List<KnownTask> tasks = new ArrayList<>();
        for (int d : dimensions) {
            for (int bits : new int[] {5, 10, 15, 20}) {
                tasks.add(task(d, bits));
            }
        }
        return List.copyOf(tasks);
    }
}
