package org.ieengine.bench.tables;

import java.util.function.LongFunction;
import org.ieengine.bench.tasks.KnownTask;
import org.ieengine.bench.tasks.SymbolStates;
import org.ieengine.bench.tasks.SymbolTask;
import org.ieengine.engine.mi.continuous.SamplePairs;

/**
 * A row of a table.
 *
 * @param <S> what estimators are given
 * @param name unique within its part for one number of samples
 * @param samples N
 * @param dimensions dx + dy
 * @param truth mutual information in nats
 * @param truthError standard error of the truth in nats; 0 for closed forms
 * @param sampleOf draws the sample by seed
 */
record TableTask<S>(
        String name, long samples, int dimensions, double truth, double truthError, LongFunction<S> sampleOf) {
    static TableTask<SamplePairs> of(KnownTask task, int samples) {
        return new TableTask<>(
                task.name(),
                samples,
                task.dx() + task.dy(),
                task.truth(),
                task.truthError(),
                seed -> task.sample(samples, seed));
    }

    static TableTask<SymbolStates> of(SymbolTask task, int width) {
        return new TableTask<>(task.name(), task.samples(), 2 * width, task.truth(), 0, task::states);
    }
}
