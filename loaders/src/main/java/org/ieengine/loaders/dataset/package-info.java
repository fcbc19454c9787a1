/** Data sets made here: lists of entities, windows of running text, perturbed sequences. */
package org.ieengine.loaders.dataset;
