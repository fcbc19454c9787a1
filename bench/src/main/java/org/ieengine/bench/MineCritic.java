package org.ieengine.bench;

import java.util.Arrays;
import org.ieengine.engine.mi.continuous.SamplePairs;
import org.ieengine.engine.tensor.Philox;

/**
 * The critic of plain MINE (Belghazi et al. 2018, arXiv 1801.04062): (x, y) concatenated, ReLU layers of 16 and 8, one score; its
 * Donsker-Varadhan value over given pairs and the gradient of it, in float64. Weights and biases begin uniform within 1 /
 * sqrt(inputs). The first layer is a sum of a part of x and a part of y, each computed once for joint and product pairs.
 */
final class MineCritic {
    static final int FIRST = 16;
    static final int SECOND = 8;

    private final int dx;
    private final int dy;
    private final double[] parameters;
    private final int ofY;
    private final int bias1;
    private final int weights2;
    private final int bias2;
    private final int weights3;
    private final int bias3;
    private final double[] hidden1 = new double[FIRST];
    private final double[] hidden2 = new double[SECOND];
    private final double[] back1 = new double[FIRST];

    MineCritic(int dx, int dy, Philox stream) {
        this.dx = dx;
        this.dy = dy;
        this.ofY = FIRST * dx;
        this.bias1 = ofY + FIRST * dy;
        this.weights2 = bias1 + FIRST;
        this.bias2 = weights2 + SECOND * FIRST;
        this.weights3 = bias2 + SECOND;
        this.bias3 = weights3 + SECOND;
        this.parameters = new double[bias3 + 1];
        for (int i = 0; i < parameters.length; i++) {
            int inputs = i < weights2 ? dx + dy : i < weights3 ? FIRST : SECOND;
            parameters[i] = (2 * stream.uniform(i) - 1) / Math.sqrt(inputs);
        }
    }

    /** All weights and biases, live: [dx, 16] of x, [dy, 16] of y, [16], [8, 16], [8], [8], [1]. */
    double[] parameters() {
        return parameters;
    }

    /**
     * Pairs to judge: joint ones (x_r, y_r) for r in {@code rows}, product ones (x of rows[i], y of rows[partner[i]]) for every
     * partner array.
     */
    record Batch(int[] rows, int[][] partners) {}

    /**
     * Donsker-Varadhan value: mean of the joint scores minus the logarithm of the mean exponential of the product scores, nats.
     *
     * @param gradient receives the derivative by every parameter; empty for none
     */
    double value(SamplePairs pairs, Batch batch, double[] gradient) {
        int b = batch.rows.length;
        double[] ofX = firstLayer(pairs.x(), dx, 0, batch.rows);
        double[] fromY = firstLayer(pairs.y(), dy, ofY, batch.rows);
        double[] joint = new double[b];
        double[] product = new double[b * batch.partners.length];
        double sum = 0;
        for (int i = 0; i < b; i++) {
            joint[i] = score(ofX, fromY, i, i);
            sum += joint[i];
        }
        double most = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < product.length; k++) {
            product[k] = score(ofX, fromY, k % b, batch.partners[k / b][k % b]);
            most = Math.max(most, product[k]);
        }
        double mass = 0;
        for (double s : product) {
            mass += Math.exp(s - most);
        }
        if (gradient.length > 0) {
            Arrays.fill(gradient, 0);
            double[] backX = new double[ofX.length];
            double[] backY = new double[fromY.length];
            for (int i = 0; i < b; i++) {
                backward(ofX, fromY, new int[] {i, i}, 1d / b, gradient);
                scatter(backX, backY, i, i);
            }
            for (int k = 0; k < product.length; k++) {
                int j = batch.partners[k / b][k % b];
                backward(ofX, fromY, new int[] {k % b, j}, -Math.exp(product[k] - most) / mass, gradient);
                scatter(backX, backY, k % b, j);
            }
            outer(backX, pairs.x(), dx, batch.rows, gradient, 0);
            outer(backY, pairs.y(), dy, batch.rows, gradient, ofY);
            for (int k = 0; k < backX.length; k++) {
                gradient[bias1 + k % FIRST] += backX[k];
            }
        }
        return sum / b - most - Math.log(mass / product.length);
    }

    /** [rows, 16]: one side's part of the first layer. */
    private double[] firstLayer(float[] values, int d, int from, int[] rows) {
        double[] part = new double[rows.length * FIRST];
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < d; c++) {
                double value = values[rows[i] * d + c];
                int weight = from + c * FIRST;
                // Units innermost: independent sums, which the compiler turns into vector instructions.
                for (int k = 0; k < FIRST; k++) {
                    part[i * FIRST + k] += parameters[weight + k] * value;
                }
            }
        }
        return part;
    }

    /** Score of x of batch row i with y of batch row j; leaves both hidden layers filled. */
    private double score(double[] ofX, double[] fromY, int i, int j) {
        for (int k = 0; k < FIRST; k++) {
            hidden1[k] = Math.max(0, ofX[i * FIRST + k] + fromY[j * FIRST + k] + parameters[bias1 + k]);
        }
        double score = parameters[bias3];
        for (int m = 0; m < SECOND; m++) {
            double sum = parameters[bias2 + m];
            for (int k = 0; k < FIRST; k++) {
                sum += parameters[weights2 + m * FIRST + k] * hidden1[k];
            }
            hidden2[m] = Math.max(0, sum);
            score += parameters[weights3 + m] * hidden2[m];
        }
        return score;
    }

    /** Adds a score's gradient times {@code factor} behind the first layer; what reaches that layer is left in back1. */
    private void backward(double[] ofX, double[] fromY, int[] pair, double factor, double[] gradient) {
        score(ofX, fromY, pair[0], pair[1]);
        gradient[bias3] += factor;
        Arrays.fill(back1, 0);
        for (int m = 0; m < SECOND; m++) {
            gradient[weights3 + m] += factor * hidden2[m];
            if (hidden2[m] > 0) {
                double back = factor * parameters[weights3 + m];
                gradient[bias2 + m] += back;
                for (int k = 0; k < FIRST; k++) {
                    gradient[weights2 + m * FIRST + k] += back * hidden1[k];
                    back1[k] += back * parameters[weights2 + m * FIRST + k];
                }
            }
        }
        for (int k = 0; k < FIRST; k++) {
            back1[k] = hidden1[k] > 0 ? back1[k] : 0;
        }
    }

    private void scatter(double[] backX, double[] backY, int i, int j) {
        for (int k = 0; k < FIRST; k++) {
            backX[i * FIRST + k] += back1[k];
            backY[j * FIRST + k] += back1[k];
        }
    }

    private static void outer(double[] back, float[] values, int d, int[] rows, double[] gradient, int from) {
        for (int i = 0; i < rows.length; i++) {
            for (int c = 0; c < d; c++) {
                double value = values[rows[i] * d + c];
                int weight = from + c * FIRST;
                for (int k = 0; k < FIRST; k++) {
                    gradient[weight + k] += back[i * FIRST + k] * value;
                }
            }
        }
    }
}
