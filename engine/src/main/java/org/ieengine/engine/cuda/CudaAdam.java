package org.ieengine.engine.cuda;

import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.kernels.LaunchShape;

/** Adam, one launch for all parameters of a table. */
final class CudaAdam {
    private static final int THREADS = 256;

    private final CudaLauncher device;

    CudaAdam(CudaLauncher device) {
        this.device = device;
    }

    ParameterTable parameters(List<Parameter> parameters) {
        return new CudaParameterTable(device, parameters);
    }

    /** The current step on every parameter. */
    void step(ParameterTable parameters, OptimiserSteps steps) {
        CudaParameterTable table = CudaParameterTable.open(parameters);
        CudaSteps now = CudaSteps.open(steps);
        StepPlan plan = now.plan();
        long current = now.current();
        if (table.blocks() == 0) {
            return;
        }
        device.launch(
                "adam",
                LaunchShape.of(Math.toIntExact(table.blocks()), THREADS),
                current,
                (float) plan.beta1(),
                (float) (1 - plan.beta1()),
                (float) plan.beta2(),
                (float) (1 - plan.beta2()),
                (float) plan.epsilon(),
                table.address(),
                table.count());
    }
}
