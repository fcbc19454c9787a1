package org.ieengine.engine.mi;

import java.util.List;

/** A critic in plain float64 loops with concatenated inputs: the oracle for every backend. */
final class ReferenceCritic {
    private static final double SLOPE = 0.01;

    final int[] widths;
    final double[][] weights;
    final double[][] biases;
    final double[][] weightGradients;
    final double[][] biasGradients;
    final double[][][] moments;
    double[] scores;
    double bits;

    ReferenceCritic(int inputs, List<Integer> layerWidths) {
        widths = new int[layerWidths.size() + 1];
        widths[0] = inputs;
        int layers = layerWidths.size();
        weights = new double[layers][];
        biases = new double[layers][];
        weightGradients = new double[layers][];
        biasGradients = new double[layers][];
        moments = new double[layers][4][];
        for (int l = 0; l < layers; l++) {
            widths[l + 1] = layerWidths.get(l);
            weights[l] = new double[widths[l] * widths[l + 1]];
            biases[l] = new double[widths[l + 1]];
            for (int k = 0; k < 4; k++) {
                moments[l][k] = new double[k < 2 ? weights[l].length : biases[l].length];
            }
        }
    }

    /** Scores of rows [x; y], the value in bits for joint weights a and product weights b, and the gradients of minus the value. */
    void run(double[][] inputs, double[] a, double[] b) {
        int layers = weights.length;
        for (int l = 0; l < layers; l++) {
            weightGradients[l] = new double[weights[l].length];
            biasGradients[l] = new double[biases[l].length];
        }
        int n = inputs.length;
        double[][][] outputs = new double[n][][];
        scores = new double[n];
        for (int i = 0; i < n; i++) {
            outputs[i] = forward(inputs[i]);
            scores[i] = outputs[i][layers][0];
        }
        double shift = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            shift = b[i] > 0 ? Math.max(shift, scores[i]) : shift;
        }
        double joint = 0;
        double z = 0;
        for (int i = 0; i < n; i++) {
            joint += a[i] * scores[i];
            z += b[i] > 0 ? b[i] * Math.exp(scores[i] - shift) : 0;
        }
        bits = (joint - shift - Math.log(z)) / Math.log(2);
        for (int i = 0; i < n; i++) {
            double share = b[i] > 0 ? b[i] * Math.exp(scores[i] - shift) / z : 0;
            backward(outputs[i], -(a[i] - share) / Math.log(2));
        }
    }

    private double[][] forward(double[] input) {
        double[][] outputs = new double[weights.length + 1][];
        outputs[0] = input;
        for (int l = 0; l < weights.length; l++) {
            double[] out = new double[widths[l + 1]];
            for (int o = 0; o < out.length; o++) {
                double sum = biases[l][o];
                for (int k = 0; k < widths[l]; k++) {
                    sum += weights[l][o * widths[l] + k] * outputs[l][k];
                }
                out[o] = l == weights.length - 1 || sum > 0 ? sum : SLOPE * sum;
            }
            outputs[l + 1] = out;
        }
        return outputs;
    }

    private void backward(double[][] outputs, double scoreGradient) {
        double[] gradient = {scoreGradient};
        for (int l = weights.length - 1; l >= 0; l--) {
            double[] before = new double[widths[l]];
            for (int o = 0; o < gradient.length; o++) {
                biasGradients[l][o] += gradient[o];
                for (int k = 0; k < widths[l]; k++) {
                    weightGradients[l][o * widths[l] + k] += gradient[o] * outputs[l][k];
                    before[k] += gradient[o] * weights[l][o * widths[l] + k];
                }
            }
            for (int k = 0; l > 0 && k < before.length; k++) {
                before[k] *= outputs[l][k] > 0 ? 1 : SLOPE;
            }
            gradient = before;
        }
    }

    void adam(int t, double rate) {
        for (int l = 0; l < weights.length; l++) {
            adam(weights[l], weightGradients[l], moments[l][0], moments[l][1], t, rate);
            adam(biases[l], biasGradients[l], moments[l][2], moments[l][3], t, rate);
        }
    }

    private static void adam(double[] p, double[] g, double[] m, double[] v, int t, double rate) {
        for (int i = 0; i < p.length; i++) {
            m[i] = 0.9 * m[i] + 0.1 * g[i];
            v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
            double root = Math.sqrt(v[i]) / Math.sqrt(1 - Math.pow(0.999, t)) + 1e-8;
            p[i] -= rate / (1 - Math.pow(0.9, t)) * m[i] / root;
        }
    }
}
