package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;

/**
 * The last layers of a critic as arrays, and what they give in float64.
 *
 * @param widths of the input and of each layer
 * @param weights [out * in] of each layer
 * @param biases [out] of each layer
 * @param unit how far what a device multiplies may be from a weight or activation, relative to it
 */
record TailLayers(List<Integer> widths, List<float[]> weights, List<float[]> biases, double unit) {
    static final double SLOPE = 0.01f;

    /** Half the distance from 1 to the next float. */
    static final double ROUNDOFF = 0x1p-24;

    /**
     * Of sums of two bf16: half a unit in the last place of the second of weight and of activation, 2^-18 each, and the product of
     * the second ones, which is left out, as much again.
     */
    static final double HALVES = 3 * 0x1p-18;

    /** Of a sum of independent roundings. */
    private static final double MOST_DEVIATIONS = 6;

    /** Of a row; never reached by chance where a few rows in a hundred are drawn anew. */
    private static final int MOST_DRAWS = 100;

    static TailLayers draw(Trial trial, List<Integer> widths, double unit) {
        List<float[]> weights = new ArrayList<>();
        List<float[]> biases = new ArrayList<>();
        for (int l = 1; l < widths.size(); l++) {
            weights.add(trial.values((long) widths.get(l) * widths.get(l - 1), 1 / Math.sqrt(widths.get(l - 1))));
            biases.add(trial.values(widths.get(l), 0.2));
        }
        return new TailLayers(widths, weights, biases, unit);
    }

    int count() {
        return weights.size();
    }

    List<Parameter> parameters(Trial trial, List<float[]> values, boolean matrices, List<float[]> gradients) {
        List<Parameter> parameters = new ArrayList<>();
        for (int l = 0; l < count(); l++) {
            int columns = matrices ? widths.get(l) : widths.get(l + 1);
            Tensor value = trial.dense(values.get(l), columns);
            Tensor gradient = trial.dense(gradients.get(l), columns);
            parameters.add(new Parameter(value, gradient, value, value));
        }
        return parameters;
    }

    /** Activations of one row, layer by layer; the last is the score. */
    double[][] forward(float[] in, int row) {
        double[][] values = new double[count() + 1][];
        values[0] = new double[widths.get(0)];
        for (int c = 0; c < values[0].length; c++) {
            values[0][c] = in[row * values[0].length + c];
        }
        for (int l = 0; l < count(); l++) {
            int inputs = widths.get(l);
            values[l + 1] = new double[widths.get(l + 1)];
            for (int o = 0; o < values[l + 1].length; o++) {
                double sum = biases.get(l)[o];
                for (int i = 0; i < inputs; i++) {
                    sum += values[l][i] * weights.get(l)[o * inputs + i];
                }
                values[l + 1][o] = l + 1 < count() && sum <= 0 ? SLOPE * sum : sum;
            }
        }
        return values;
    }

    /**
     * Inputs of which none has a hidden pre-activation {@link #nearKink near the kink} of LeakyReLU; rows that do are drawn anew.
     *
     * @param held takes drawn values to those that the input can hold
     * @return [rows * widths[0]]
     */
    float[] clearInputs(Trial trial, int rows, UnaryOperator<float[]> held) {
        int width = widths.get(0);
        float[] in = held.apply(trial.values((long) rows * width));
        for (int row = 0; row < rows; row++) {
            for (int draw = 1; nearKink(in, row); draw++) {
                if (draw == MOST_DRAWS) {
                    throw new IllegalStateException(
                            "row " + row + " is near a kink in each of " + MOST_DRAWS + " draws");
                }
                System.arraycopy(held.apply(trial.values(width)), 0, in, row * width, width);
            }
        }
        return in;
    }

    /** Whether a device may see another sign of a hidden pre-activation of a row of in [rows * widths[0]] than float64. */
    boolean nearKink(float[] in, int row) {
        double[][] values = forward(in, row);
        double[][] errors = errors(values);
        for (int l = 1; l < count(); l++) {
            for (int o = 0; o < values[l].length; o++) {
                if (Math.abs(preActivation(values[l][o])) <= errors[l][o]) {
                    return true;
                }
            }
        }
        return false;
    }

    static double preActivation(double activation) {
        return activation <= 0 ? activation / SLOPE : activation;
    }

    /**
     * How far sums in float32 may be from the pre-activations of float64, in whatever order they are added up; for the input, 0. A sum of n products
     * and a bias whose sizes add up to s is off by min(n + 1, 6 sqrt(n + 1)) u s with u = 2^-24: the first always (Higham 2002,
     * Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.1, to first order in u), the second but for one sum in a
     * million or fewer (Higham and Mary 2019, doi 10.1137/18M1226312, theorem 2.4). Roundings of different sums are taken to be
     * independent, so that the errors of what is added up count as the root of their weighted squares.
     *
     * @param values as {@link #forward} gives them
     * @return [layer][output], the input first
     */
    double[][] errors(double[][] values) {
        double[][] errors = new double[values.length][];
        errors[0] = new double[values[0].length];
        for (int l = 0; l < count(); l++) {
            int inputs = widths.get(l);
            double rounding = Math.min(inputs + 1, MOST_DEVIATIONS * Math.sqrt(inputs + 1)) * ROUNDOFF;
            errors[l + 1] = new double[values[l + 1].length];
            for (int o = 0; o < errors[l + 1].length; o++) {
                double size = Math.abs(biases.get(l)[o]);
                double carried = 0;
                for (int i = 0; i < inputs; i++) {
                    double weight = weights.get(l)[o * inputs + i];
                    double slope = l > 0 && values[l][i] <= 0 ? SLOPE : 1;
                    double error = slope * errors[l][i] + unit * Math.abs(values[l][i]);
                    size += Math.abs(weight * values[l][i]);
                    carried += weight * weight * error * error;
                }
                errors[l + 1][o] = rounding * size + Math.sqrt(carried);
            }
        }
        return errors;
    }
}
