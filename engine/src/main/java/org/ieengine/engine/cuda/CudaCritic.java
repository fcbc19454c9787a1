package org.ieengine.engine.cuda;

import java.util.List;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;

/** What critics need besides products. */
final class CudaCritic implements CriticOperations {
    private final CudaLauncher device;
    private final CudaMatrices matrices;
    private final CudaElementwise elementwise;
    private final CudaColumns columns;
    private final CudaPairs pairs;
    private final CudaTail tail;
    private final CudaDonskerVaradhan donskerVaradhan;
    private final CudaLogistic logistic;
    private final CudaContrast contrast;
    private final CudaAdam adam;

    CudaCritic(CudaLauncher device, CudaMatrices matrices, CudaElementwise elementwise, CudaColumns columns) {
        this.device = device;
        this.matrices = matrices;
        this.elementwise = elementwise;
        this.columns = columns;
        this.pairs = new CudaPairs(device);
        this.tail = new CudaTail(device);
        this.donskerVaradhan = new CudaDonskerVaradhan(device);
        this.logistic = new CudaLogistic(device);
        this.contrast = new CudaContrast(device);
        this.adam = new CudaAdam(device);
    }

    @Override
    public void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out) {
        pairs.pairRows(projectedX, projectedY, piece, out);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY) {
        pairs.pairRowsBackward(gradient, piece, gradX, gradY);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, Pairing.Permuted permuted, Tensor gradX, Tensor gradY) {
        pairs.pairRowsBackward(gradient, permuted, gradX, gradY);
    }

    @Override
    public void pairProducts(Tensor x, Tensor y, PairPiece piece, Tensor out) {
        pairs.pairProducts(x, y, piece, out);
    }

    @Override
    public void inputGradient(Tensor gradient, Tensor weight, Tensor in, Tensor out) {
        matrices.inputGradient(gradient, weight, in, out);
    }

    @Override
    public void leakyReluBackward(Tensor out, Tensor gradient) {
        elementwise.leakyReluBackward(out, gradient);
    }

    @Override
    public void columnSums(Tensor x, float beta, Tensor sums) {
        columns.columnSums(x, beta, sums);
    }

    @Override
    public void donskerVaradhan(
            Tensor scores,
            Tensor weights,
            Exponential exponential,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps) {
        donskerVaradhan.run(scores, weights, exponential, factor, gradient, values, steps);
    }

    @Override
    public void logistic(
            Tensor scores,
            Tensor offsets,
            Tensor weights,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps) {
        logistic.run(scores, offsets, weights, factor, gradient, values, steps);
    }

    @Override
    public void contrast(Tensor scores, float factor, Tensor gradient, Tensor values, OptimiserSteps steps) {
        contrast.run(scores, factor, gradient, values, steps);
    }

    @Override
    public OptimiserSteps steps(StepPlan plan) {
        return new CudaSteps(device, plan);
    }

    @Override
    public void nextStep(OptimiserSteps steps) {
        CudaSteps.open(steps).next();
    }

    @Override
    public ParameterTable parameters(List<Parameter> parameters) {
        return adam.parameters(parameters);
    }

    @Override
    public void adam(ParameterTable parameters, OptimiserSteps steps) {
        adam.step(parameters, steps);
    }

    @Override
    public PairList pairList(int capacity, int xRows, int yRows) {
        return new CudaPairList(device, capacity, xRows, yRows);
    }

    @Override
    public void write(int[] x, int[] y, PairList target) {
        CudaPairList.open(target).write(x, y);
    }

    @Override
    public int fusedTailFrom(List<Integer> widths) {
        return tail.fusedTailFrom(widths);
    }

    @Override
    public void tailForward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores) {
        tail.forward(in, weights, biases, scores);
    }

    @Override
    public void tailBackward(
            Tensor in,
            List<Parameter> weights,
            List<Parameter> biases,
            Tensor scoreGradients,
            float beta,
            Tensor inGradient) {
        tail.backward(in, weights, biases, scoreGradients, beta, inGradient);
    }
}
