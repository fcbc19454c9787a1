package org.ieengine.engine.ie;

/**
 * What one line of the journal is about.
 *
 * @param control {@code untrained} or {@code shuffled}; empty for the model itself
 * @param layer block, or index of the state for the state quantity
 * @param position position of the macro sequence's end, or of the micro token; -1 for all positions at once
 * @param term {@code macro}, {@code micro}, {@code state} or {@code merged} (states of different symbols that coincide)
 * @param estimator {@code dv}, {@code resolution}, or empty for a count
 * @param noise sigma; NaN where it has no meaning or where all levels share the line
 * @param seed which critic, from 0; -1 where there is none
 * @param segment which slice of dimensions, from 0; -1 for all of them
 */
public record EstimateKey(
        String control, int layer, int position, String term, String estimator, double noise, int seed, int segment) {}
