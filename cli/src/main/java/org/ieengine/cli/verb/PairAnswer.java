package org.ieengine.cli.verb;

import java.util.List;
import org.ieengine.cli.verb.PairSettings.Kind;
import org.ieengine.engine.mi.continuous.Recommendation;

/**
 * All that {@code mi} found, the recommended estimate first.
 *
 * @param kind what the rows were taken for
 * @param decision who decided that and why
 * @param rows the pairs and their symbols
 * @param estimates at least one
 * @param recommendation which to believe and why; null unless all that {@code auto} compares was estimated
 * @param laws laws that were checked; null unless that was asked for
 * @param warnings what the user should know
 */
record PairAnswer(
        Kind kind,
        String decision,
        RowPairs rows,
        List<EstimateRow> estimates,
        Recommendation recommendation,
        List<CheckedLaw> laws,
        List<String> warnings) {}
