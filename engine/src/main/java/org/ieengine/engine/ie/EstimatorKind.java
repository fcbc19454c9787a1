package org.ieengine.engine.ie;

/** What an estimator works on. */
public enum EstimatorKind {
    /** Critics of distinct pairs of states with their symbols, trained by the protocol of the run; read by one or several names. */
    CRITIC,
    /** Distinct pairs of states with their symbols, through noise. */
    RESOLUTION,
    /**
     * Rows of states, repeated as often as they occur, without their symbols: made for continuous variables, where rows do not repeat and
     * y is no function of x. For comparison.
     */
    ROWS
}
