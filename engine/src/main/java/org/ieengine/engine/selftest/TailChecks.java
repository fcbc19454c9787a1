package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;

/** The last, narrow layers of a critic at once, where a backend has that. Errors are divided by the sum of the terms' sizes. */
final class TailChecks {
    /** Float32 sums through up to seven layers. */
    private static final double TOLERANCE = 2e-5;

    /** Sums of two bf16, see {@link TailLayers#HALVES}, through as many. */
    private static final double TOLERANCE_OF_HALVES = 6e-5;

    /** Half the distance of neighbouring bf16 numbers, relative to them. */
    private static final double ROUNDING = 0x1p-8;

    private final SelftestScale scale;
    private final boolean operands;
    private final double tolerance;
    private final double unit;

    /**
     * @param operands whether the input and its gradient are operands, so that the gradient is rounded once and tensor cores may
     *     compute what is between
     */
    TailChecks(SelftestScale scale, boolean operands) {
        this.scale = scale;
        this.operands = operands;
        this.tolerance = operands ? TOLERANCE_OF_HALVES : TOLERANCE;
        this.unit = operands ? TailLayers.HALVES : TailLayers.ROUNDOFF;
    }

    /** None where the backend takes every layer by itself. */
    List<Check> checks(Backend backend) {
        List<Check> checks = new ArrayList<>();
        for (List<Integer> widths : List.of(
                List.of(192, 96, 48, 24, 12, 6, 3, 1), List.of(96, 1), List.of(50, 17, 5, 1), List.of(64, 32, 1))) {
            int from = backend.fusedTailFrom(widths);
            if (from >= widths.size() || from < 1) {
                continue;
            }
            List<Integer> tail = widths.subList(from - 1, widths.size());
            for (int rows : new int[] {1, 67, scale.rows()}) {
                String shape = rows + " rows through " + tail + (operands ? ", of operands" : "");
                checks.add(new Check("critic tail forward", shape, tolerance, trial -> forward(trial, tail, rows)));
                checks.add(
                        new Check("critic tail backward", shape, tolerance, trial -> backward(trial, tail, rows, 0)));
                checks.add(new Check("critic tail backward + gradient", shape, tolerance, trial -> {
                    return backward(trial, tail, rows, 0.5f);
                }));
            }
        }
        return checks;
    }

    private double forward(Trial trial, List<Integer> widths, int rows) {
        TailLayers layers = TailLayers.draw(trial, widths, unit);
        float[] in = held(trial.values((long) rows * widths.get(0)));
        Trial.Placed scores = trial.output(rows, 1);
        trial.backend()
                .tailForward(
                        input(trial, in, widths.get(0)),
                        layers.parameters(trial, layers.weights(), true, layers.weights()),
                        layers.parameters(trial, layers.biases(), false, layers.biases()),
                        scores.view());
        return trial.error(scores, (row, values, scales) -> {
            values[0] = layers.forward(in, row)[layers.count()][0];
            scales[0] = 1 + Math.abs(values[0]);
        });
    }

    private double backward(Trial trial, List<Integer> widths, int rows, float beta) {
        TailLayers layers = TailLayers.draw(trial, widths, unit);
        // Within rounding of a kink either slope of LeakyReLU is right, and one such row is more than the tolerance.
        float[] in = layers.clearInputs(trial, rows, this::held);
        float[] scoreGradients = trial.values(rows);
        List<float[]> heldWeights = new ArrayList<>();
        List<float[]> heldBiases = new ArrayList<>();
        for (int l = 0; l < layers.count(); l++) {
            heldWeights.add(held(trial, layers.weights().get(l).length, beta));
            heldBiases.add(held(trial, layers.biases().get(l).length, beta));
        }
        List<Parameter> weights = layers.parameters(trial, layers.weights(), true, heldWeights);
        List<Parameter> biases = layers.parameters(trial, layers.biases(), false, heldBiases);
        Trial.Placed inGradient = output(trial, rows, widths.get(0));
        trial.backend()
                .tailBackward(
                        input(trial, in, widths.get(0)),
                        weights,
                        biases,
                        trial.input(scoreGradients, 1),
                        beta,
                        inGradient.view());
        Sums[] sums = new Sums[layers.count()];
        for (int l = 0; l < sums.length; l++) {
            sums[l] = new Sums(heldWeights.get(l), heldBiases.get(l), beta);
        }
        double[][] expectedIn = new double[rows][];
        for (int row = 0; row < rows; row++) {
            expectedIn[row] = backward(layers, layers.forward(in, row), scoreGradients[row], sums);
        }
        double worst = inError(trial, inGradient, (row, values, scales) -> {
            for (int c = 0; c < values.length; c++) {
                boolean negative = in[row * values.length + c] <= 0;
                values[c] = negative ? TailLayers.SLOPE * expectedIn[row][c] : expectedIn[row][c];
                scales[c] = 0.1 + Math.abs(values[c]);
            }
        });
        for (int l = 0; l < sums.length; l++) {
            worst = Math.max(worst, sums[l].error(trial, weights.get(l), biases.get(l)));
        }
        return worst;
    }

    /** Values as the input holds them. */
    private float[] held(float[] values) {
        return operands ? OperandChecks.rounded(values) : values;
    }

    private Tensor input(Trial trial, float[] values, int columns) {
        return operands ? OperandChecks.operand(trial, values, columns) : trial.input(values, columns);
    }

    private Trial.Placed output(Trial trial, int rows, int columns) {
        if (!operands) {
            return trial.output(rows, columns);
        }
        Tensor operand = OperandChecks.operand(trial, new float[rows * columns], columns);
        trial.backend().fill(operand, Float.NaN);
        return new Trial.Placed(operand, operand);
    }

    /** The error of the gradient of the input, as a share of the tolerance of sums where it is rounded besides. */
    private double inError(Trial trial, Trial.Placed inGradient, Trial.RowReference reference) {
        if (!operands) {
            return trial.error(inGradient, reference);
        }
        double error =
                Trial.error(trial.read(inGradient.view()), inGradient.view().columns(), reference);
        return error / (ROUNDING + tolerance) * tolerance;
    }

    private static float[] held(Trial trial, int count, float beta) {
        float[] held = trial.values(count);
        if (beta == 0) {
            Arrays.fill(held, Float.NaN);
        }
        return held;
    }

    /** Adds the terms of one row; gives the gradient of its input. */
    private static double[] backward(TailLayers layers, double[][] values, double scoreGradient, Sums[] sums) {
        double[] gradient = {scoreGradient};
        for (int l = layers.count() - 1; l >= 0; l--) {
            int inputs = layers.widths().get(l);
            double[] before = new double[inputs];
            for (int o = 0; o < gradient.length; o++) {
                boolean negative = l < layers.count() - 1 && values[l + 1][o] <= 0;
                double g = negative ? TailLayers.SLOPE * gradient[o] : gradient[o];
                sums[l].add(o, inputs, g, values[l]);
                for (int i = 0; i < inputs; i++) {
                    before[i] += g * layers.weights().get(l)[o * inputs + i];
                }
            }
            gradient = before;
        }
        return gradient;
    }

    /** Gradients of one layer and the sizes of their terms. */
    private static final class Sums {
        private final double[] weight;
        private final double[] weightSize;
        private final double[] bias;
        private final double[] biasSize;

        Sums(float[] heldWeight, float[] heldBias, float beta) {
            weight = new double[heldWeight.length];
            bias = new double[heldBias.length];
            weightSize = begin(heldWeight, beta, weight);
            biasSize = begin(heldBias, beta, bias);
        }

        private static double[] begin(float[] held, float beta, double[] sums) {
            double[] sizes = new double[held.length];
            for (int i = 0; i < held.length; i++) {
                sums[i] = beta == 0 ? 0 : (double) beta * held[i];
                sizes[i] = 1e-2 + Math.abs(sums[i]);
            }
            return sizes;
        }

        void add(int output, int inputs, double gradient, double[] in) {
            bias[output] += gradient;
            biasSize[output] += Math.abs(gradient);
            for (int i = 0; i < inputs; i++) {
                weight[output * inputs + i] += gradient * in[i];
                weightSize[output * inputs + i] += Math.abs(gradient * in[i]);
            }
        }

        double error(Trial trial, Parameter weights, Parameter biases) {
            return Math.max(
                    error(trial.read(weights.gradient()), weight, weightSize),
                    error(trial.read(biases.gradient()), bias, biasSize));
        }

        private static double error(float[] got, double[] sums, double[] sizes) {
            return Trial.error(got, got.length, (row, values, scales) -> {
                System.arraycopy(sums, 0, values, 0, sums.length);
                System.arraycopy(sizes, 0, scales, 0, sizes.length);
            });
        }
    }
}
