package org.ieengine.bench.tables;

import java.util.List;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;

/**
 * One finished estimate: a line of the log.
 *
 * @param key which estimate
 * @param truth mutual information
 * @param estimate what was read, in bits
 * @param device what computed it
 */
record EstimateLine(Key key, Truth truth, ContinuousEstimate estimate, String device) {
    private static final double NATS_PER_BIT = Math.log(2);

    /**
     * What tells estimates apart.
     *
     * @param part part of the tables
     * @param task name of the task
     * @param samples N
     * @param estimator column
     */
    record Column(String part, String task, long samples, String estimator) {}

    /** A column's estimate by one seed. */
    record Key(Column column, long seed) {}

    /**
     * What is known.
     *
     * @param nats mutual information in nats
     * @param error its standard error; 0 for closed forms
     */
    record Truth(double nats, double error) {}

    /** The estimate in nats. */
    double nats() {
        return estimate.bits() * NATS_PER_BIT;
    }

    /** Warnings of the estimate. */
    List<String> warnings() {
        return estimate.warnings();
    }
}
