package org.ieengine.bench.tables;

import java.util.List;
import java.util.function.Predicate;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;
import org.ieengine.engine.mi.continuous.ContinuousEstimator;
import org.ieengine.engine.mi.continuous.SamplePairs;

/**
 * One or more columns of a table that come from one computation: several values of one trained critic are one entry.
 *
 * @param <S> what it is given
 * @param names columns, in the order in which {@code estimation} returns them
 * @param suits tasks that it is run on
 * @param estimation the computation
 */
record TableEstimator<S>(List<String> names, Predicate<TableTask<S>> suits, Estimation<S> estimation) {
    TableEstimator {
        names = List.copyOf(names);
    }

    /** Computes all columns of an entry. */
    interface Estimation<S> {
        /** One estimate for each column, in order; whatever the listener throws passes through. */
        List<ContinuousEstimate> estimate(S sample, long seed, TrainingListener listener);
    }

    /** A single column for every task. */
    static TableEstimator<SamplePairs> of(ContinuousEstimator estimator) {
        return new TableEstimator<>(
                List.of(estimator.name()),
                task -> true,
                (pairs, seed, listener) -> List.of(estimator.estimate(pairs, seed, listener)));
    }

    /** This, for some tasks only. */
    TableEstimator<S> where(Predicate<TableTask<S>> condition) {
        return new TableEstimator<>(names, suits.and(condition), estimation);
    }
}
