package org.ieengine.engine.ie;

/** The plan of a run needs more memory than there is. The command line prints the plan and exits with 5. */
public final class DoesNotFitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient MemoryPlan plan;

    /**
     * @param plan what was planned; its {@link MemoryPlan#advice()} is the message
     */
    public DoesNotFitException(MemoryPlan plan) {
        super(plan.advice());
        this.plan = plan;
    }

    /** What was planned. */
    public MemoryPlan plan() {
        return plan;
    }
}
