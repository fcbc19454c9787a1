package org.ieengine.engine.ie;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.ie.MeasureSettings.Estimator;

/**
 * What one line of the journal is about.
 *
 * @param control {@code untrained} or {@code shuffled}; empty for the model itself
 * @param layer block, or index of the state for the state quantity
 * @param position position of the macro sequence's end, or of the micro token; -1 for all positions at once
 * @param term {@code macro}, {@code micro}, {@code state}, {@code merged} (states of different symbols that coincide) or
 *     {@code prediction} (of next tokens)
 * @param estimator name; those of several that are read from the same critics with commas between them; empty for a count
 * @param noise sigma; NaN where it has no meaning or where all levels share the line
 * @param seed which critic, from 0; -1 where there is none
 * @param segment which slice of dimensions, from 0; -1 for all of them
 */
public record EstimateKey(
        String control, int layer, int position, String term, String estimator, double noise, int seed, int segment) {
    /** The term of predicted next tokens. */
    static final String PREDICTION = "prediction";

    /** Whether this is what states say of next tokens. */
    boolean isPrediction() {
        return term.equals(PREDICTION);
    }

    /** The estimators whose numbers the line holds; none for a count. */
    List<Estimator> all() {
        return estimator.isEmpty()
                ? List.of()
                : Arrays.stream(estimator.split(","))
                        .map(name -> Estimator.valueOf(name.toUpperCase(Locale.ROOT)))
                        .toList();
    }

    /** The estimator, the first of several. */
    Estimator first() {
        return all().get(0);
    }

    /** Whether this is an estimate of a kind. */
    boolean is(EstimatorKind kind) {
        return !estimator.isEmpty() && first().kind() == kind;
    }
}
