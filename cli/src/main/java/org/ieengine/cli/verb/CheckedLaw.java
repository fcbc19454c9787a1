package org.ieengine.cli.verb;

import org.ieengine.engine.mi.continuous.SelfConsistency.Law;

/**
 * A law on the user's arrays.
 *
 * @param estimator whose readings were compared
 * @param law what must hold and what was read
 */
record CheckedLaw(String estimator, Law law) {}
