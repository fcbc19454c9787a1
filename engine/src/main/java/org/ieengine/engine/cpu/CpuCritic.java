package org.ieengine.engine.cpu;

import java.util.List;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;

/** What critics need besides products: pairs, LeakyReLU backward, column sums, values of scores, where training stands and Adam. */
final class CpuCritic implements CriticOperations {
    private final CpuMatrices matrices;
    private final RowPanels panels;
    private final CpuPairs pairs;
    private final CpuDonskerVaradhan donskerVaradhan;
    private final CpuLogistic logistic;
    private final CpuContrast contrast;
    private final CpuTail tail;
    private final CpuAdam adam;

    CpuCritic(Workers workers, CpuMatrices matrices) {
        this.matrices = matrices;
        this.panels = new RowPanels(workers);
        this.pairs = new CpuPairs(panels);
        this.donskerVaradhan = new CpuDonskerVaradhan(workers);
        this.logistic = new CpuLogistic(workers);
        this.contrast = new CpuContrast(workers);
        this.tail = new CpuTail(workers);
        this.adam = new CpuAdam(workers);
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
        matrices.product(gradient, false, weight, false, 0, out);
        if (in != null) {
            pairs.leakyReluBackward(in, out);
        }
    }

    @Override
    public void leakyReluBackward(Tensor out, Tensor gradient) {
        pairs.leakyReluBackward(out, gradient);
    }

    @Override
    public void columnSums(Tensor x, float beta, Tensor sums) {
        CpuTensor from = CpuTensor.open(x);
        CpuTensor to = CpuTensor.open(sums);
        int width = from.columns();
        Shapes.require("columnSums", to, 1, width, "input " + from);
        double[][] parts = new double[RowPanels.count(from.rows(), width)][];
        panels.forEach(from.rows(), width, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            from.readRows(first, rows, values, 0);
            parts[index] = new double[width];
            addRows(values, rows, parts[index]);
        });
        float[] held = new float[width];
        if (beta != 0) {
            to.readRows(0, 1, held, 0);
        }
        for (int c = 0; c < width; c++) {
            double sum = beta == 0 ? 0 : (double) beta * held[c];
            for (double[] part : parts) {
                sum += part[c];
            }
            held[c] = (float) sum;
        }
        to.writeRows(0, 1, held, 0);
    }

    /** Four rows at a time, so that the sums are read and written a quarter as often. */
    private static void addRows(float[] values, int rows, double[] sums) {
        int width = sums.length;
        int whole = rows & ~3;
        for (int r = 0; r < whole; r += 4) {
            int a = r * width;
            int b = a + width;
            int c = b + width;
            int d = c + width;
            for (int i = 0; i < width; i++) {
                sums[i] += ((double) values[a + i] + values[b + i]) + ((double) values[c + i] + values[d + i]);
            }
        }
        for (int r = whole; r < rows; r++) {
            for (int i = 0; i < width; i++) {
                sums[i] += values[r * width + i];
            }
        }
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
        CpuTensor value = rowOfStep("donskerVaradhan: values", values, steps);
        donskerVaradhan.run(scores, weights, exponential, factor, gradient, value);
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
        CpuTensor value = rowOfStep("logistic: values", values, steps);
        logistic.run(CpuLogistic.Scores.of(scores, offsets, weights), factor, gradient, value);
    }

    @Override
    public void contrast(Tensor scores, float factor, Tensor gradient, Tensor values, OptimiserSteps steps) {
        contrast.run(scores, factor, gradient, rowOfStep("contrast: values", values, steps));
    }

    /** The row of a ring that the current step writes. */
    private static CpuTensor rowOfStep(String operation, Tensor values, OptimiserSteps steps) {
        CpuTensor ring = CpuTensor.open(values);
        Shapes.require(operation, ring, Math.max(1, ring.rows()), 1, "one value a step");
        long row = steps == null ? 0 : CpuSteps.open(steps).step() % ring.rows();
        return ring.rowRange(row, row + 1);
    }

    @Override
    public OptimiserSteps steps(StepPlan plan) {
        return new CpuSteps(plan);
    }

    @Override
    public void nextStep(OptimiserSteps steps) {
        CpuSteps.open(steps).next();
    }

    @Override
    public PairList pairList(int capacity, int xRows, int yRows) {
        return new CpuPairList(capacity, xRows, yRows);
    }

    @Override
    public void write(int[] x, int[] y, PairList target) {
        CpuPairList.open(target).write(x, y);
    }

    @Override
    public int fusedTailFrom(List<Integer> widths) {
        return widths.size();
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

    @Override
    public ParameterTable parameters(List<Parameter> parameters) {
        return adam.parameters(parameters);
    }

    @Override
    public void adam(ParameterTable parameters, OptimiserSteps steps) {
        adam.step(parameters, steps);
    }
}
