package org.ieengine.bench.tasks;

import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Philox;

/**
 * A law of pairs (x, y) whose mutual information is known without an estimator.
 *
 * @param name unique within its part
 * @param dx width of x
 * @param dy width of y
 * @param truth MI(x; y) in nats
 * @param truthError standard error of the truth in nats; 0 for closed forms
 * @param law draws pairs
 */
public record KnownTask(String name, int dx, int dy, double truth, double truthError, Law law) {
    /** Purpose of the streams that pairs are drawn from. */
    private static final int PAIRS = 0x7461736b;

    /** Draws pairs: a base law, and a map of each side. */
    record Law(PairLawSampler base, SideMap mapX, SideMap mapY, int baseX, int baseY) {
        static Law of(PairLawSampler base, int dx, int dy) {
            return new Law(base, SideMap.IDENTITY, SideMap.IDENTITY, dx, dy);
        }
    }

    /** A law without maps. */
    static KnownTask of(String name, int[] widths, double truth, PairLawSampler base) {
        return new KnownTask(name, widths[0], widths[1], truth, 0, Law.of(base, widths[0], widths[1]));
    }

    /** The image of this task under an injective map of each side, which leaves the mutual information as it is. */
    KnownTask mapped(String newName, SideMap mapX, SideMap mapY) {
        Law image = new Law(law.base, law.mapX.then(mapX), law.mapY.then(mapY), law.baseX, law.baseY);
        return new KnownTask(newName, mapX.width(dx), mapY.width(dy), truth, truthError, image);
    }

    /** This with a truth that is a mean over draws. */
    KnownTask withTruthError(double error) {
        return new KnownTask(name, dx, dy, truth, error, law);
    }

    /**
     * N pairs, each coordinate with mean 0 and variance 1 over the sample, heavy-tailed ones as well. The same seed gives the
     * same bytes.
     *
     * @param n number of pairs, at least 2
     * @param seed keys the draw; tasks of one base law share their base draws
     */
    public SamplePairs sample(int n, long seed) {
        SamplePairs raw = raw(n, seed);
        Columns.standardise(raw.x(), dx);
        Columns.standardise(raw.y(), dy);
        return raw;
    }

    /** As {@link #sample}, without standardising. */
    SamplePairs raw(int n, long seed) {
        float[] x = new float[Math.multiplyExact(n, dx)];
        float[] y = new float[Math.multiplyExact(n, dy)];
        Philox stream = new Philox(seed, PAIRS, 0, 0, 0);
        double[] baseX = new double[law.baseX];
        double[] baseY = new double[law.baseY];
        for (int row = 0; row < n; row++) {
            law.base.draw(stream, (long) row * law.base.words(), baseX, baseY);
            store(law.mapX.apply(baseX), x, row * dx);
            store(law.mapY.apply(baseY), y, row * dy);
        }
        return new SamplePairs(x, dx, y, dy);
    }

    private static void store(double[] values, float[] target, int at) {
        for (int i = 0; i < values.length; i++) {
            target[at + i] = (float) values[i];
        }
    }
}
