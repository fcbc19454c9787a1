package org.ieengine.engine.mi.continuous;

import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Philox;

/**
 * Which samples fit a critic, which say when to stop, and which judge it. Critics of one seed cut one shuffled order at different
 * places, so that what judges them differs.
 *
 * @param training rows that are fitted to, in random order
 * @param validation rows that say when to stop
 * @param test rows that judge
 */
record SampleSplit(int[] training, int[] validation, int[] test) {
    /** Rows that judge, and rows that watch, at least: one alone has no partner for a product pair. */
    private static final int LEAST_ROWS = 2;

    /** Of N samples, for a critic; the shares are those of the settings. */
    static SampleSplit of(int n, HeldOutSettings settings, Philox order, int critic) {
        int[] shuffled = IntStream.range(0, n).toArray();
        order.shuffle(shuffled);
        int judges = Math.max(LEAST_ROWS, (int) Math.round(settings.holdout() * n));
        int watchers = Math.max(LEAST_ROWS, judges / 2);
        int from = (int) ((long) critic * judges % n);
        return new SampleSplit(
                around(shuffled, from + judges + watchers, n - judges - watchers),
                around(shuffled, from + judges, watchers),
                around(shuffled, from, judges));
    }

    private static int[] around(int[] rows, int from, int count) {
        return IntStream.range(0, count)
                .map(i -> rows[(from + i) % rows.length])
                .toArray();
    }
}
