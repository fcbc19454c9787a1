package org.ieengine.engine.selftest;

/**
 * One thing to compute and to compare.
 *
 * @param operation what is tried, e.g. {@code linear in-out gelu_tanh}
 * @param shape on what, e.g. {@code [31, 67] x [67, 129]}
 * @param tolerance greatest error that passes
 * @param body computes, compares and gives the error
 */
record Check(String operation, String shape, double tolerance, Body body) {
    /** Computes on a backend and gives the greatest error. */
    interface Body {
        double error(Trial trial);
    }
}
