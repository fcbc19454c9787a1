package org.ieengine.engine.model.reference;

import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.model.Rope;
import org.ieengine.loaders.safetensors.StoredTensor;

/** Arithmetic of the reference in float64; rows are arrays. */
final class Float64 {
    private Float64() {}

    /** A vector [n], or a matrix [r, c] row after row. */
    static double[] load(ModelWeights weights, String name) {
        StoredTensor tensor = weights.tensor(name);
        double[] values = new double[Math.toIntExact(tensor.elements())];
        tensor.read(0, values, 0, values.length);
        return values;
    }

    /** An epsilon as it is written in the configuration: 1e-5, not the float32 next to it. */
    static double asWritten(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    /** One row of a table [rows, width]. */
    static double[] row(double[] table, int row, int width) {
        return java.util.Arrays.copyOfRange(table, row * width, (row + 1) * width);
    }

    static void addTo(double[] into, double[] x) {
        for (int i = 0; i < into.length; i++) {
            into[i] += x[i];
        }
    }

    static double[] layerNorm(double[] x, double[] weight, double[] bias, double epsilon) {
        double mean = java.util.Arrays.stream(x).sum() / x.length;
        double variance = 0;
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + epsilon) * weight[i] + bias[i];
        }
        return y;
    }

    /** Over groups as wide as the weight; {@code offset} is 1 for Gemma. */
    static double[] rmsNorm(double[] x, double[] weight, double offset, double epsilon) {
        double[] y = new double[x.length];
        for (int from = 0; from < x.length; from += weight.length) {
            double squares = 0;
            for (int i = 0; i < weight.length; i++) {
                squares += x[from + i] * x[from + i];
            }
            double root = Math.sqrt(squares / weight.length + epsilon);
            for (int i = 0; i < weight.length; i++) {
                y[from + i] = x[from + i] / root * (offset + weight[i]);
            }
        }
        return y;
    }

    /** theta^(-2i/h), rescaled. */
    static double[] inverseFrequencies(Rope rope, int headDim) {
        double[] frequencies = new double[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double frequency = Math.pow(rope.theta(), -2.0 * i / headDim);
            if (rope.scaling() instanceof Rope.Linear linear) {
                frequency /= linear.factor();
            } else if (rope.scaling() instanceof Rope.Llama3 llama3) {
                double turns = llama3.originalPositions() * frequency / (2 * Math.PI);
                double share = (turns - llama3.lowFrequencyFactor())
                        / (llama3.highFrequencyFactor() - llama3.lowFrequencyFactor());
                double kept = Math.max(0, Math.min(1, share));
                frequency = (1 - kept) * frequency / llama3.factor() + kept * frequency;
            }
            frequencies[i] = frequency;
        }
        return frequencies;
    }

    /** Each head of x turned in place by its position; halves rotated. */
    static void rotate(double[] x, double[] inverseFrequencies, int position) {
        int half = inverseFrequencies.length;
        for (int head = 0; head < x.length; head += 2 * half) {
            for (int i = 0; i < half; i++) {
                double cosine = Math.cos(position * inverseFrequencies[i]);
                double sine = Math.sin(position * inverseFrequencies[i]);
                double low = x[head + i];
                double high = x[head + half + i];
                x[head + i] = low * cosine - high * sine;
                x[head + half + i] = high * cosine + low * sine;
            }
        }
    }

    /** Geometry of attention; cap and window 0 for none. */
    record Heads(int heads, int kvHeads, int headDim, double scale, double cap, int window) {}

    /** Causal softmax attention, [T][heads * headDim]. */
    static double[][] attention(double[][] queries, double[][] keys, double[][] values, Heads shape) {
        int h = shape.headDim;
        double[][] out = new double[queries.length][shape.heads * h];
        for (int i = 0; i < queries.length; i++) {
            int first = shape.window == 0 ? 0 : Math.max(0, i - shape.window + 1);
            for (int head = 0; head < shape.heads; head++) {
                int kvHead = head / (shape.heads / shape.kvHeads);
                double[] scores = new double[i + 1];
                double largest = Double.NEGATIVE_INFINITY;
                for (int j = first; j <= i; j++) {
                    for (int c = 0; c < h; c++) {
                        scores[j] += queries[i][head * h + c] * keys[j][kvHead * h + c] * shape.scale;
                    }
                    if (shape.cap > 0) {
                        scores[j] = shape.cap * Math.tanh(scores[j] / shape.cap);
                    }
                    largest = Math.max(largest, scores[j]);
                }
                double sum = 0;
                for (int j = first; j <= i; j++) {
                    scores[j] = Math.exp(scores[j] - largest);
                    sum += scores[j];
                }
                for (int j = first; j <= i; j++) {
                    for (int c = 0; c < h; c++) {
                        out[i][head * h + c] += scores[j] / sum * values[j][kvHead * h + c];
                    }
                }
            }
        }
        return out;
    }

    /** Element-wise, in place. */
    static double[] activate(double[] x, ActivationFunction function) {
        for (int i = 0; i < x.length; i++) {
            x[i] = value(x[i], function);
        }
        return x;
    }

    private static double value(double x, ActivationFunction function) {
        return switch (function) {
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_ERF -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
            case GELU_QUICK -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> Math.max(x, 0);
            case RELU_SQUARED -> Math.max(x, 0) * Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case IDENTITY -> x;
        };
    }

    /**
     * The error function from its Taylor series: terms alternate and reach e^(x^2), so beyond |x| = 3 the continued fraction of
     * the complement takes over (Abramowitz and Stegun 7.1.5, 7.1.14).
     */
    static double erf(double x) {
        double size = Math.abs(x);
        if (size < 3) {
            double term = size;
            double sum = size;
            for (int n = 1; n < 200 && Math.abs(term) > 1e-18; n++) {
                term *= -size * size / n;
                sum += term / (2 * n + 1);
            }
            return Math.copySign(2 / Math.sqrt(Math.PI) * sum, x);
        }
        double fraction = 0;
        for (int n = 200; n >= 1; n--) {
            fraction = n / 2.0 / (size + fraction);
        }
        return Math.copySign(1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction), x);
    }
}
