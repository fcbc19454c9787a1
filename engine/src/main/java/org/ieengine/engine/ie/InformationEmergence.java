package org.ieengine.engine.ie;

import org.ieengine.engine.tensor.Backend;

/**
 * The main job: Information Emergence of every wanted block at every wanted position,
 *
 * <pre>E(l, t) = MI(h[l+1]^ma ; h[l]^ma) - 1/(t+1) * sum over u = 0..t of MI(h[l+1]^mi_u ; h[l]^mi_u)</pre>
 *
 * with the exact ceiling first, then the estimators asked for. Use: {@link #plan}, then {@link #run} with that plan.
 */
public final class InformationEmergence {
    private final MeasureSettings settings;
    private final RunInputs inputs;
    private final Backend backend;

    /**
     * Checks settings against model and sequences; reads nothing yet.
     *
     * @param backend what computes; stays the caller's to close
     * @throws IllegalArgumentException naming the option that does not fit the model or the sequences (a block or position that
     *     does not exist, a segment wider than the states); the command line exits with 2
     */
    public InformationEmergence(MeasureSettings settings, RunInputs inputs, Backend backend) {
        this.settings = settings;
        this.inputs = inputs;
        this.backend = backend;
        settings.layers().resolve(inputs.weights().config().layers(), "--layers: block");
        settings.positions().resolve(inputs.tokens().tokens(), "--positions: position");
    }

    /** Bytes and time of the run within the limits. Does not throw when it does not fit: see {@link MemoryPlan#fits()}. */
    public MemoryPlan plan(MemoryLimits limits) {
        throw new UnsupportedOperationException(settings + " " + inputs + " " + backend + " " + limits);
    }

    /**
     * Runs what the journal does not hold yet.
     *
     * @param plan from {@link #plan}
     * @param journal where finished estimates are kept; stays the caller's to close
     * @throws DoesNotFitException when the plan does not fit
     * @throws RunStoppedException when the listener asked for it
     * @throws org.ieengine.loaders.InputException for a state that is not finite, naming block, position and sequence
     * @throws OptionChangedException when the journal belongs to a run with other options
     */
    public IeResult run(MemoryPlan plan, Journal journal, RunListener listener) {
        throw new UnsupportedOperationException(plan + " " + journal + " " + listener);
    }
}
