package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.kernels.LaunchShape;

/**
 * Adam, eight parameters a launch: their addresses are arguments, so that a recording needs no table that must be uploaded before it
 * begins.
 */
final class CudaAdam {
    private static final int THREADS = 256;
    private static final int ELEMENTS_OF_BLOCK = 1024;
    private static final int MOST_PARAMETERS = 8;

    private final CudaLauncher device;

    CudaAdam(CudaLauncher device) {
        this.device = device;
    }

    /** Elements one after the other of a parameter and what Adam keeps for it. */
    private record Run(long value, long gradient, long mean, long square, long elements) {
        long blocks() {
            return (elements + ELEMENTS_OF_BLOCK - 1) / ELEMENTS_OF_BLOCK;
        }
    }

    /** The current step on every parameter. */
    void step(List<Parameter> parameters, OptimiserSteps steps) {
        CudaSteps now = CudaSteps.open(steps);
        List<Run> runs = new ArrayList<>();
        for (Parameter parameter : parameters) {
            addRuns(parameter, runs);
        }
        for (int from = 0; from < runs.size(); from += MOST_PARAMETERS) {
            launch(now, runs.subList(from, Math.min(from + MOST_PARAMETERS, runs.size())));
        }
    }

    private static void addRuns(Parameter parameter, List<Run> runs) {
        CudaTensor value = CudaTensor.open(parameter.value());
        CudaTensor gradient = CudaTensor.open(parameter.gradient());
        CudaTensor mean = CudaTensor.open(parameter.mean());
        CudaTensor square = CudaTensor.open(parameter.meanSquare());
        CudaShapes.same("adam: gradient", value, gradient);
        CudaShapes.same("adam: mean", value, mean);
        CudaShapes.same("adam: mean square", value, square);
        boolean dense = value.dense() && gradient.dense() && mean.dense() && square.dense();
        long rows = dense ? 1 : value.rows();
        for (long row = 0; row < rows; row++) {
            runs.add(new Run(
                    at(value, row),
                    at(gradient, row),
                    at(mean, row),
                    at(square, row),
                    dense ? value.rows() * value.columns() : value.columns()));
        }
    }

    private static long at(CudaTensor tensor, long row) {
        return tensor.address() + Float.BYTES * row * tensor.stride();
    }

    private void launch(CudaSteps steps, List<Run> runs) {
        StepPlan plan = steps.plan();
        List<Object> arguments = new ArrayList<>(List.of(
                steps.current(),
                (float) plan.beta1(),
                (float) (1 - plan.beta1()),
                (float) plan.beta2(),
                (float) (1 - plan.beta2()),
                (float) plan.epsilon()));
        long blocks = 0;
        for (int i = 0; i < MOST_PARAMETERS; i++) {
            Run run = i < runs.size() ? runs.get(i) : new Run(0, 0, 0, 0, 0);
            arguments.addAll(List.of(run.value, run.gradient, run.mean, run.square, run.elements));
            blocks += run.blocks();
        }
        if (blocks > 0) {
            device.launch("adam", LaunchShape.of(Math.toIntExact(blocks), THREADS), arguments.toArray());
        }
    }
}
