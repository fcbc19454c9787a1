package org.ieengine.engine.mi;

/**
 * A value that was read during training.
 *
 * @param step optimiser steps done
 * @param bits full-set value (standard protocol), training value of the epoch (published protocol)
 */
public record CurvePoint(int step, double bits) {}
