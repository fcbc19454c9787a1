package org.ieengine.engine.model.reference;

/**
 * What a reference forward pass of one sequence computes, in float64.
 *
 * @param hiddenStates [L + 1][T][d]: index l is the input of block l, the last one the output of the last block before any norm
 * @param finalNorm [T][d]
 * @param logits [T][V]
 */
public record ReferenceStates(double[][][] hiddenStates, double[][] finalNorm, double[][] logits) {}
