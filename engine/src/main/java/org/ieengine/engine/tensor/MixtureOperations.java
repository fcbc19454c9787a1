package org.ieengine.engine.tensor;

/** Log-sums over mixtures of Gaussians at the states, and statistics of columns: what exact information at a resolution needs. */
public interface MixtureOperations {}
