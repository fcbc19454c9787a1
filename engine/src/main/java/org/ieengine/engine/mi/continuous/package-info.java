/**
 * Mutual information of continuous, noisy pairs, of which only samples are known: closed form under a Gaussian model, nearest
 * neighbours, and critics that are judged by pairs they have not seen. Knows samples and splits, no symbols and no model.
 */
package org.ieengine.engine.mi.continuous;
