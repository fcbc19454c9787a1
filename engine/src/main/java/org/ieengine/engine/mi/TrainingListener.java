package org.ieengine.engine.mi;

/** Told of training as it goes, on the thread that trains. */
public interface TrainingListener {
    /** Tells nobody and never stops. */
    TrainingListener SILENT = progress -> {};

    /**
     * How far an estimate has come.
     *
     * @param step optimiser steps or chunks done
     * @param steps the most there will be
     * @param rows rows of states that took part so far
     * @param bits the last value that was read, NaN before the first
     */
    record TrainingProgress(int step, int steps, long rows, double bits) {}

    /**
     * Called every step. To stop the estimate (an interrupt, a time limit) throw: the exception passes through, after all memory
     * of the estimate has been freed.
     */
    void step(TrainingProgress progress);
}
