package org.ieengine.engine.benchmark;

import java.util.List;
import org.ieengine.engine.tensor.Philox;

/** The last layers of a critic in float64, row by row. */
final class TailReference {
    private static final double SLOPE = 0.01f;

    /** Pre-activations closer to zero than this may have the other sign in float32 or in sums of two bf16, where another slope is right. */
    private static final double NEAR_KINK = 3e-4;

    private static final double WIDTH = Math.sqrt(3) * 0x1p-31;
    private static final int MOST_DRAWN = 1 << 18;

    private final List<Matrix> weights;
    private final List<Matrix> biases;

    TailReference(List<Matrix> weights, List<Matrix> biases) {
        this.weights = weights;
        this.biases = biases;
    }

    /**
     * Random rows, fewer than {@code rows} where these are many, none of which comes near the kink of LeakyReLU in any layer.
     *
     * @return [some rows, width of the input]
     */
    float[] clearRows(Workbench bench, int rows) {
        int width = weights.get(0).columns();
        int period = Math.min(rows, Math.max(1, MOST_DRAWN / width) - 1 | 1);
        Philox stream = bench.stream();
        float[] values = new float[period * width];
        long next = 0;
        for (int row = 0; row < period; row++) {
            do {
                for (int c = 0; c < width; c++) {
                    values[row * width + c] = (float) bench.operandRounding().of((float) (WIDTH * stream.word(next++)));
                }
            } while (forward(values, row).nearKink);
        }
        return values;
    }

    Pass forward(Matrix in, int row) {
        return forward(in.values(), row % in.period());
    }

    private Pass forward(float[] in, int row) {
        Pass pass = new Pass(weights.size());
        int width = weights.get(0).columns();
        pass.values[0] = new double[width];
        for (int c = 0; c < width; c++) {
            pass.values[0][c] = in[row * width + c];
        }
        for (int l = 0; l < weights.size(); l++) {
            Matrix weight = weights.get(l);
            boolean last = l == weights.size() - 1;
            pass.values[l + 1] = new double[weight.rows()];
            for (int o = 0; o < weight.rows(); o++) {
                double sum = biases.get(l).at(0, o);
                for (int i = 0; i < weight.columns(); i++) {
                    sum += pass.values[l][i] * weight.at(o, i);
                }
                pass.nearKink |= !last && Math.abs(sum) < NEAR_KINK;
                pass.values[l + 1][o] = last || sum > 0 ? sum : SLOPE * sum;
            }
        }
        return pass;
    }

    /** One row through the layers. */
    final class Pass {
        private final double[][] values;
        private boolean nearKink;

        private Pass(int layers) {
            values = new double[layers + 1][];
        }

        double score() {
            return values[values.length - 1][0];
        }

        /** Gradient of what the input was before LeakyReLU; adds the gradients of the parameters to the sums unless they are null. */
        double[] backward(double scoreGradient, Sums sums) {
            double[] gradient = {scoreGradient};
            for (int l = weights.size() - 1; l >= 0; l--) {
                Matrix weight = weights.get(l);
                double[] before = new double[weight.columns()];
                for (int o = 0; o < gradient.length; o++) {
                    boolean negative = l < weights.size() - 1 && values[l + 1][o] <= 0;
                    double g = negative ? SLOPE * gradient[o] : gradient[o];
                    if (sums != null) {
                        sums.add(l, o, g, values[l]);
                    }
                    for (int i = 0; i < before.length; i++) {
                        before[i] += g * weight.at(o, i);
                    }
                }
                gradient = before;
            }
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] *= values[0][i] > 0 ? 1 : SLOPE;
            }
            return gradient;
        }
    }

    /** Gradients of all biases and of the first weight over rows, and the sizes of their terms. */
    static final class Sums {
        private final double[][] biases;
        private final double[][] biasSizes;
        private final double[][] weight;
        private final double[][] weightSizes;
        private int times = 1;

        Sums(List<Matrix> weights) {
            biases = new double[weights.size()][];
            biasSizes = new double[weights.size()][];
            for (int l = 0; l < biases.length; l++) {
                biases[l] = new double[weights.get(l).rows()];
                biasSizes[l] = new double[weights.get(l).rows()];
            }
            weight = new double[weights.get(0).rows()][weights.get(0).columns()];
            weightSizes = new double[weights.get(0).rows()][weights.get(0).columns()];
        }

        /** How often the rows that are added from now on are there. */
        void times(int often) {
            times = often;
        }

        private void add(int layer, int output, double gradient, double[] in) {
            biases[layer][output] += times * gradient;
            biasSizes[layer][output] += times * Math.abs(gradient);
            if (layer == 0) {
                for (int i = 0; i < in.length; i++) {
                    weight[output][i] += times * gradient * in[i];
                    weightSizes[output][i] += times * Math.abs(gradient * in[i]);
                }
            }
        }

        double bias(int layer, int output) {
            return biases[layer][output];
        }

        double biasSize(int layer, int output) {
            return 1e-2 + biasSizes[layer][output];
        }

        double weight(int output, int input) {
            return weight[output][input];
        }

        double weightSize(int output, int input) {
            return 1e-2 + weightSizes[output][input];
        }
    }
}
