/**
 * Information Emergence of a model on given sequences: the sweep of the residual stream through the blocks, the plan of bytes and
 * time, the run of estimates with its journal, and the result.
 */
package org.ieengine.engine.ie;
