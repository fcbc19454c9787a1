package org.ieengine.engine.tensor;

/** What training a critic on pairs of states needs besides matrix products. */
public interface CriticOperations {}
