package org.ieengine.engine.cpu;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.StepPlan;

/** Steps of Adam (Kingma and Ba 2015), all parameters at once, a piece of a parameter at a time. */
final class CpuAdam {
    /** Arrays of a piece that are in the cache at once. */
    private static final int ARRAYS = 4;

    private final Workers workers;

    CpuAdam(Workers workers) {
        this.workers = workers;
    }

    ParameterTable parameters(List<Parameter> parameters) {
        parameters.forEach(Moving::of);
        return new CpuParameterTable(parameters);
    }

    void step(ParameterTable parameters, OptimiserSteps steps) {
        Step step = Step.of(CpuSteps.open(steps));
        List<Piece> pieces = new ArrayList<>();
        for (Parameter parameter : CpuParameterTable.open(parameters).parameters()) {
            Moving moving = Moving.of(parameter);
            int height = RowPanels.height(ARRAYS * moving.value.columns());
            for (long first = 0; first < moving.value.rows(); first += height) {
                pieces.add(new Piece(moving, first, (int) Math.min(height, moving.value.rows() - first)));
            }
        }
        workers.run(pieces.size(), (index, scratch) -> pieces.get(index).move(step, scratch));
    }

    /** The numbers of a step in float32: the bias corrections are in rate and root. */
    private record Step(float keep1, float take1, float keep2, float take2, float rate, float root, float epsilon) {
        static Step of(CpuSteps steps) {
            StepPlan plan = steps.plan();
            int t = steps.step() + 1;
            return new Step(
                    (float) plan.beta1(),
                    (float) (1 - plan.beta1()),
                    (float) plan.beta2(),
                    (float) (1 - plan.beta2()),
                    (float) (plan.rates()[t - 1] / (1 - Math.pow(plan.beta1(), t))),
                    (float) (1 / Math.sqrt(1 - Math.pow(plan.beta2(), t))),
                    (float) plan.epsilon());
        }
    }

    /** A parameter as matrices of this backend. */
    private record Moving(CpuTensor value, CpuTensor gradient, CpuTensor mean, CpuTensor square) {
        static Moving of(Parameter parameter) {
            CpuTensor value = CpuTensor.open(parameter.value());
            CpuTensor gradient = CpuTensor.open(parameter.gradient());
            CpuTensor mean = CpuTensor.open(parameter.mean());
            CpuTensor square = CpuTensor.open(parameter.meanSquare());
            Shapes.same("adam: gradient", value, gradient);
            Shapes.same("adam: mean", value, mean);
            Shapes.same("adam: mean square", value, square);
            return new Moving(value, gradient, mean, square);
        }
    }

    /** Some rows of a parameter. */
    private record Piece(Moving of, long first, int rows) {
        void move(Step step, Scratch scratch) {
            int length = rows * of.value.columns();
            float[] p = scratch.floats(0, length);
            float[] g = scratch.floats(1, length);
            float[] m = scratch.floats(2, length);
            float[] v = scratch.floats(3, length);
            of.value.readRows(first, rows, p, 0);
            of.gradient.readRows(first, rows, g, 0);
            of.mean.readRows(first, rows, m, 0);
            of.square.readRows(first, rows, v, 0);
            moments(g, m, v, length, step);
            CpuAdam.move(p, m, v, length, step);
            of.value.writeRows(first, rows, p, 0);
            of.mean.writeRows(first, rows, m, 0);
            of.square.writeRows(first, rows, v, 0);
        }
    }

    private static void moments(float[] g, float[] m, float[] v, int length, Step step) {
        float keep1 = step.keep1;
        float take1 = step.take1;
        float keep2 = step.keep2;
        float take2 = step.take2;
        for (int i = 0; i < length; i++) {
            m[i] = keep1 * m[i] + take1 * g[i];
            v[i] = keep2 * v[i] + take2 * g[i] * g[i];
        }
    }

    private static void move(float[] p, float[] m, float[] v, int length, Step step) {
        float rate = step.rate;
        float root = step.root;
        float epsilon = step.epsilon;
        for (int i = 0; i < length; i++) {
            p[i] -= rate * m[i] / ((float) Math.sqrt(v[i]) * root + epsilon);
        }
    }
}
