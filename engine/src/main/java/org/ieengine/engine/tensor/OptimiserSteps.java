package org.ieengine.engine.tensor;

/**
 * Where training stands, in the memory of one backend: which step it is, and what each step of a {@link StepPlan} needs. Operations
 * that are given it read the step when they run, so that a recorded step can be replayed without the host.
 */
public interface OptimiserSteps extends AutoCloseable {
    /** Frees the memory. */
    @Override
    void close();
}
