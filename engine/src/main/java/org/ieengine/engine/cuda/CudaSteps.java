package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.kernels.LaunchShape;

/**
 * The plan and the current step in device memory: what {@code CurrentStep} of the kernels holds, then two numbers for each step. Steps
 * that replayed recordings take are not seen by the host; numbers of steps after the last are NaN.
 */
final class CudaSteps implements OptimiserSteps {
    /** Room for the current step. */
    private static final int CURRENT_BYTES = 64;

    private static final int NUMBERS = 2;
    private static final int WARP = 32;

    private final CudaLauncher device;
    private final DeviceArena.Block memory;
    private final StepPlan plan;
    private int asked;

    CudaSteps(CudaLauncher device, StepPlan plan) {
        this.device = device;
        this.plan = plan;
        double[] rates = plan.rates();
        this.memory = device.allocate(CURRENT_BYTES + (long) NUMBERS * Float.BYTES * rates.length);
        float[] numbers = new float[NUMBERS * rates.length];
        for (int s = 0; s < rates.length; s++) {
            int t = s + 1;
            numbers[NUMBERS * s] = (float) (rates[s] / (1 - Math.pow(plan.beta1(), t)));
            numbers[NUMBERS * s + 1] = (float) (1 / Math.sqrt(1 - Math.pow(plan.beta2(), t)));
        }
        device.write(numbers, memory.address() + CURRENT_BYTES);
        // Step -1: the first one to come is 0.
        device.fill(memory.address(), -1, CURRENT_BYTES / Integer.BYTES);
    }

    /**
     * The steps as those of this backend.
     *
     * @throws IllegalArgumentException for null or steps of another backend
     * @throws IllegalStateException when they have been closed
     */
    static CudaSteps open(OptimiserSteps steps) {
        if (!(steps instanceof CudaSteps)) {
            throw new IllegalArgumentException(
                    steps == null ? "the steps are missing" : "the steps belong to another backend");
        }
        CudaSteps open = (CudaSteps) steps;
        if (open.memory.released()) {
            throw new IllegalStateException("the steps were used after they had been closed");
        }
        return open;
    }

    void next() {
        int steps = plan.rates().length;
        if (!device.recording()) {
            if (asked >= steps) {
                throw new IllegalStateException("a step after the last of " + steps);
            }
            asked++;
        } else {
            asked = Math.max(asked, 1);
        }
        Philox stream = plan.permutations();
        device.launch(
                "next_step",
                LaunchShape.of(1, WARP),
                memory.address(),
                memory.address() + CURRENT_BYTES,
                steps,
                (int) stream.seed(),
                (int) (stream.seed() >>> 32),
                stream.place(),
                stream.purpose());
    }

    /** Where the current step lies. */
    long current() {
        if (asked == 0) {
            throw new IllegalStateException("no step has begun");
        }
        return memory.address();
    }

    StepPlan plan() {
        return plan;
    }

    @Override
    public void close() {
        if (memory.released()) {
            throw new IllegalStateException("the steps were closed twice");
        }
        memory.release();
    }
}
