/** Samplers whose mutual information is known, to measure estimators by: continuous pairs, and states that stand for symbols. */
package org.ieengine.bench.tasks;
