package org.ieengine.engine.selftest;

import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;

/**
 * A pairing on the backend, and the rows that it means.
 *
 * @param x row of x of each pair
 * @param y row of y of each pair
 * @param xRows rows that x has
 * @param yRows rows that y has
 */
record DrawnPairs(Pairing pairing, int[] x, int[] y, int xRows, int yRows) {
    /** Steps of every plan here. */
    static final int STEPS = 3;

    /** How rows meet. */
    enum Kind {
        IDENTITY,
        LISTED,
        PERMUTED,
        PERMUTED_SAMPLES,
        ALL_PAIRS;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    /** Pairs of that kind, about as many as rows. */
    static DrawnPairs of(Trial trial, Kind kind, int rows) {
        Philox stream = new Philox(7, 1, 2, 3, 0);
        return switch (kind) {
            case IDENTITY -> new DrawnPairs(new Pairing.Identity(rows), range(rows), range(rows), rows, rows);
            case LISTED -> {
                int[] x = drawn(trial, rows + 3, rows);
                int[] y = drawn(trial, rows + 3, rows);
                yield new DrawnPairs(new Pairing.Listed(list(trial, x, y, rows)), x, y, rows, rows);
            }
            case PERMUTED -> {
                OptimiserSteps steps = steps(trial, stream, 2);
                int[] y = permuted(stream.atStep(1), rows, range(rows));
                yield new DrawnPairs(new Pairing.Permuted(rows, steps, null), range(rows), y, rows, rows);
            }
            case PERMUTED_SAMPLES -> {
                OptimiserSteps steps = steps(trial, stream, 3);
                int[] x = drawn(trial, 2 * rows, rows);
                int[] y = drawn(trial, 2 * rows, rows);
                PairList samples = list(trial, x, y, rows);
                yield new DrawnPairs(
                        new Pairing.Permuted(2L * rows, steps, samples),
                        x,
                        permuted(stream.atStep(2), 2 * rows, y),
                        rows,
                        rows);
            }
            case ALL_PAIRS -> {
                int xRows = Math.max(2, (int) Math.sqrt(rows));
                int yRows = xRows + 1;
                int[] x = new int[xRows * yRows];
                int[] y = new int[x.length];
                for (int i = 0; i < x.length; i++) {
                    x[i] = i / yRows;
                    y[i] = i % yRows;
                }
                yield new DrawnPairs(new Pairing.AllPairs(xRows, yRows), x, y, xRows, yRows);
            }
        };
    }

    private static int[] range(int count) {
        return java.util.stream.IntStream.range(0, count).toArray();
    }

    private static int[] drawn(Trial trial, int count, int bound) {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = trial.below(bound);
        }
        return values;
    }

    private static int[] permuted(Philox stream, int count, int[] rows) {
        FeistelPermutation permutation = FeistelPermutation.of(count, stream);
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = rows[permutation.apply(i)];
        }
        return values;
    }

    private static PairList list(Trial trial, int[] x, int[] y, int rows) {
        PairList list = trial.backend().pairList(x.length + 2, rows, rows);
        trial.keep(list, list::close);
        trial.backend().write(x.clone(), y.clone(), list);
        return list;
    }

    /** Steps that have gone to step {@code begun - 1}. */
    static OptimiserSteps steps(Trial trial, Philox stream, int begun) {
        double[] rates = new double[STEPS];
        java.util.Arrays.setAll(rates, s -> 1e-2 / (s + 1));
        OptimiserSteps steps = trial.backend().steps(StepPlan.of(rates, stream));
        trial.keep(steps, steps::close);
        for (int s = 0; s < begun; s++) {
            trial.backend().nextStep(steps);
        }
        return steps;
    }

    int count() {
        return x.length;
    }
}
