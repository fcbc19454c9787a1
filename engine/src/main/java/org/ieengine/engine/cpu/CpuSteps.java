package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.StepPlan;

/** The plan and the number of the current step. */
final class CpuSteps implements OptimiserSteps {
    private final StepPlan plan;
    private int step = -1;
    private boolean closed;

    CpuSteps(StepPlan plan) {
        this.plan = plan;
    }

    /**
     * The steps as those of this backend.
     *
     * @throws IllegalArgumentException for null or steps of another backend
     * @throws IllegalStateException when they have been closed
     */
    static CpuSteps open(OptimiserSteps steps) {
        if (!(steps instanceof CpuSteps)) {
            throw new IllegalArgumentException(
                    steps == null ? "the steps are missing" : "the steps belong to another backend");
        }
        CpuSteps open = (CpuSteps) steps;
        if (open.closed) {
            throw new IllegalStateException("the steps were used after they had been closed");
        }
        return open;
    }

    void next() {
        if (step + 1 == plan.rates().length) {
            throw new IllegalStateException("a step after the last of " + plan.rates().length);
        }
        step++;
    }

    /** The current step, from 0. */
    int step() {
        if (step < 0) {
            throw new IllegalStateException("no step has begun");
        }
        return step;
    }

    StepPlan plan() {
        return plan;
    }

    /** The permutation of the current step. */
    FeistelPermutation permutation(long pairs) {
        return FeistelPermutation.of(Math.toIntExact(pairs), plan.permutations().atStep(step()));
    }

    @Override
    public void close() {
        if (closed) {
            throw new IllegalStateException("the steps were closed twice");
        }
        closed = true;
    }
}
