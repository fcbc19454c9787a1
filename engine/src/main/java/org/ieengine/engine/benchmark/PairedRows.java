package org.ieengine.engine.benchmark;

import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;

/**
 * A pairing of n rows with n rows on a backend, and what it means.
 *
 * @param pairing on the backend
 * @param y row of y that pair i has; that of x is i, unless listed
 * @param x row of x that pair i has
 * @param pairs how many
 */
record PairedRows(Pairing pairing, IntUnaryOperator x, IntUnaryOperator y, int pairs) {
    /** How rows meet. */
    enum Kind {
        /** Row i with row i: the joint pairs. */
        IDENTITY,
        /** By the permutation of the current step: the published product pairs. */
        PERMUTED,
        /** By a list: the stratified product pairs. */
        LISTED;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    static PairedRows of(Workbench bench, Kind kind, int rows) {
        return switch (kind) {
            case IDENTITY -> new PairedRows(new Pairing.Identity(rows), i -> i, i -> i, rows);
            case PERMUTED -> {
                Philox stream = bench.stream();
                OptimiserSteps steps = steps(bench, stream);
                FeistelPermutation permutation = FeistelPermutation.of(rows, stream.atStep(0));
                yield new PairedRows(new Pairing.Permuted(rows, steps, null), i -> i, permutation::apply, rows);
            }
            case LISTED -> {
                int[] x = bench.drawn(rows, rows);
                int[] y = bench.drawn(rows, rows);
                PairList list = bench.keep(bench.backend().pairList(rows, rows, rows));
                bench.backend().write(x.clone(), y.clone(), list);
                yield new PairedRows(new Pairing.Listed(list), i -> x[i], i -> y[i], rows);
            }
        };
    }

    /** At step 0 of two. */
    static OptimiserSteps steps(Workbench bench, Philox stream) {
        OptimiserSteps steps = bench.keep(bench.backend().steps(StepPlan.of(new double[] {1e-4, 1e-4}, stream)));
        bench.backend().nextStep(steps);
        return steps;
    }

    /** Tells every pair whose row on that side is {@code row}. */
    void pairsOf(IntUnaryOperator side, int row, IntConsumer pair) {
        for (int i = 0; i < pairs; i++) {
            if (side.applyAsInt(i) == row) {
                pair.accept(i);
            }
        }
    }
}
