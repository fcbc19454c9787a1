package org.ieengine.engine.cpu;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;

/**
 * The last layers of a critic, row by row in float64: simple, and the reference of fused kernels. Rows come in pieces of a fixed
 * number whose gradients are added in order.
 */
final class CpuTail {
    private static final int PIECE = 1024;

    private final Workers workers;

    CpuTail(Workers workers) {
        this.workers = workers;
    }

    void forward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores) {
        CpuTensor from = CpuTensor.open(in);
        CpuTensor to = CpuTensor.open(scores);
        Network network = Network.of("tailForward", from, weights, biases);
        Shapes.require("tailForward: scores", to, from.rows(), 1, "input " + from);
        workers.run(pieces(from.rows()), (piece, scratch) -> {
            long first = (long) piece * PIECE;
            int rows = (int) Math.min(PIECE, from.rows() - first);
            float[] inputs = scratch.floats(0, rows * from.columns());
            float[] results = scratch.floats(1, rows);
            from.readRows(first, rows, inputs, 0);
            double[][] values = network.values();
            for (int r = 0; r < rows; r++) {
                network.forward(inputs, r * from.columns(), values);
                results[r] = (float) values[values.length - 1][0];
            }
            to.writeRows(first, rows, results, 0);
        });
    }

    void backward(
            Tensor in,
            List<Parameter> weights,
            List<Parameter> biases,
            Tensor scoreGradients,
            float beta,
            Tensor inGradient) {
        CpuTensor from = CpuTensor.open(in);
        CpuTensor above = CpuTensor.open(scoreGradients);
        CpuTensor to = CpuTensor.open(inGradient);
        Network network = Network.of("tailBackward", from, weights, biases);
        Shapes.require("tailBackward: score gradients", above, from.rows(), 1, "input " + from);
        Shapes.same("tailBackward", from, to);
        Shapes.requireApart("tailBackward", from, to);
        double[][][] parts = new double[pieces(from.rows())][][];
        workers.run(parts.length, (piece, scratch) -> {
            long first = (long) piece * PIECE;
            int rows = (int) Math.min(PIECE, from.rows() - first);
            int width = from.columns();
            float[] inputs = scratch.floats(0, rows * width);
            float[] slopes = scratch.floats(1, rows);
            float[] results = scratch.floats(2, rows * width);
            from.readRows(first, rows, inputs, 0);
            above.readRows(first, rows, slopes, 0);
            double[][] values = network.values();
            double[][] towards = network.values();
            double[][] sums = network.gradients();
            for (int r = 0; r < rows; r++) {
                network.forward(inputs, r * width, values);
                network.backward(values, slopes[r], towards, sums);
                for (int c = 0; c < width; c++) {
                    results[r * width + c] = (float) towards[0][c];
                }
            }
            to.writeRows(first, rows, results, 0);
            parts[piece] = sums;
        });
        for (int layer = 0; layer < weights.size(); layer++) {
            add(parts, 2 * layer, beta, weights.get(layer));
            add(parts, 2 * layer + 1, beta, biases.get(layer));
        }
    }

    private static int pieces(long rows) {
        return Math.toIntExact((rows + PIECE - 1) / PIECE);
    }

    private static void add(double[][][] parts, int index, float beta, Parameter parameter) {
        CpuTensor value = CpuTensor.open(parameter.value());
        CpuTensor gradient = CpuTensor.open(parameter.gradient());
        Shapes.same("tailBackward: gradient", value, gradient);
        int rows = (int) gradient.rows();
        float[] held = new float[rows * gradient.columns()];
        if (beta != 0) {
            gradient.readRows(0, rows, held, 0);
        }
        for (int i = 0; i < held.length; i++) {
            double sum = beta == 0 ? 0 : (double) beta * held[i];
            for (double[][] part : parts) {
                sum += part[index][i];
            }
            held[i] = (float) sum;
        }
        gradient.writeRows(0, rows, held, 0);
    }

    /**
     * The parameters on the heap.
     *
     * @param widths of the input and of each layer
     * @param weights [out * in] of each layer
     * @param biases [out] of each layer
     */
    private record Network(int[] widths, float[][] weights, float[][] biases) {
        static Network of(String operation, CpuTensor in, List<Parameter> weights, List<Parameter> biases) {
            int layers = weights.size();
            if (layers == 0 || biases.size() != layers) {
                throw new IllegalArgumentException(operation + ": " + layers + " weights and " + biases.size()
                        + " biases are not those of one layer or more");
            }
            int[] widths = new int[layers + 1];
            widths[0] = in.columns();
            float[][] w = new float[layers][];
            float[][] b = new float[layers][];
            for (int layer = 0; layer < layers; layer++) {
                CpuTensor weight = CpuTensor.open(weights.get(layer).value());
                CpuTensor bias = CpuTensor.open(biases.get(layer).value());
                int out = (int) weight.rows();
                Shapes.require(operation + ": weight", weight, out, widths[layer], "inputs " + widths[layer]);
                Shapes.require(operation + ": bias", bias, 1, out, "weight " + weight);
                w[layer] = new float[out * widths[layer]];
                b[layer] = new float[out];
                weight.readRows(0, out, w[layer], 0);
                bias.readRows(0, 1, b[layer], 0);
                widths[layer + 1] = out;
            }
            if (widths[layers] != 1) {
                throw new IllegalArgumentException(
                        operation + ": the last layer gives " + widths[layers] + " values, not one score");
            }
            return new Network(widths, w, b);
        }

        /** Room for the input and the output of each layer. */
        double[][] values() {
            return Arrays.stream(widths).mapToObj(double[]::new).toArray(double[][]::new);
        }

        /** Room for the gradients of weight and bias of each layer, in turn. */
        double[][] gradients() {
            double[][] sums = new double[2 * weights.length][];
            for (int layer = 0; layer < weights.length; layer++) {
                sums[2 * layer] = new double[weights[layer].length];
                sums[2 * layer + 1] = new double[biases[layer].length];
            }
            return sums;
        }

        void forward(float[] inputs, int at, double[][] values) {
            for (int c = 0; c < widths[0]; c++) {
                values[0][c] = inputs[at + c];
            }
            for (int layer = 0; layer < weights.length; layer++) {
                int n = widths[layer];
                boolean last = layer == weights.length - 1;
                for (int o = 0; o < widths[layer + 1]; o++) {
                    double sum = biases[layer][o];
                    for (int i = 0; i < n; i++) {
                        sum += weights[layer][o * n + i] * values[layer][i];
                    }
                    values[layer + 1][o] = last ? sum : sum * slope(sum);
                }
            }
        }

        void backward(double[][] values, double scoreGradient, double[][] towards, double[][] sums) {
            towards[weights.length][0] = scoreGradient;
            for (int layer = weights.length - 1; layer >= 0; layer--) {
                int n = widths[layer];
                Arrays.fill(towards[layer], 0);
                for (int o = 0; o < widths[layer + 1]; o++) {
                    double gradient = towards[layer + 1][o];
                    sums[2 * layer + 1][o] += gradient;
                    for (int i = 0; i < n; i++) {
                        sums[2 * layer][o * n + i] += gradient * values[layer][i];
                        towards[layer][i] += gradient * weights[layer][o * n + i];
                    }
                }
                for (int i = 0; i < n; i++) {
                    towards[layer][i] *= slope(values[layer][i]);
                }
            }
        }

        /** LeakyReLU' by the sign of what goes in, or of what came out. */
        private static double slope(double value) {
            return value > 0 ? 1 : CriticOperations.LEAKY_SLOPE;
        }
    }
}
