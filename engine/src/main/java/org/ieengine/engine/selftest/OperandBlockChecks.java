package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Tensor;

/** What a block does to operands besides products: inputs are operands or become them. Errors are divided by 1 + |value|. */
final class OperandBlockChecks {
    /** A result is rounded to 7 bits of mantissa once, and float32 before. */
    static final double TOLERANCE = 0x1p-8;

    private static final float EPSILON = 1e-5f;

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (int width : new int[] {1, 31, 40, 129, 768, 2053, 2304, 8904}) {
            String shape = "[5, " + width + "]";
            checks.add(new Check("layer norm to an operand", shape, TOLERANCE, trial -> layerNorm(trial, width)));
            checks.add(new Check("rms norm to an operand", shape, TOLERANCE, trial -> rmsNorm(trial, 1, width, false)));
        }
        for (int headDim : new int[] {2, 6, 32, 64, 256}) {
            String shape = "[5, 3 x " + headDim + "]";
            checks.add(new Check(
                    "rms norm of heads of an operand", shape, TOLERANCE, trial -> rmsNorm(trial, 3, headDim, true)));
            checks.add(new Check("rotate an operand", shape, TOLERANCE, trial -> rotate(trial, headDim)));
        }
        for (Activation activation : Activation.values()) {
            String name = activation.name().toLowerCase(Locale.ROOT);
            for (int columns : new int[] {33, 64}) {
                String shape = "[19, " + columns + "]";
                checks.add(new Check(
                        "gate operands " + name, shape, TOLERANCE, trial -> gate(trial, activation, columns)));
                checks.add(new Check(
                        "activate to an operand " + name,
                        shape,
                        TOLERANCE,
                        trial -> activate(trial, activation, columns)));
            }
        }
        return checks;
    }

    private static Tensor poisoned(Trial trial, int rows, int columns) {
        return OperandChecks.operand(trial, OperandChecks.poison(rows * columns), columns);
    }

    private static double layerNorm(Trial trial, int columns) {
        float[] x = trial.values(5L * columns);
        float[] weight = trial.values(columns);
        float[] bias = trial.values(columns);
        Tensor out = poisoned(trial, 5, columns);
        trial.backend()
                .layerNorm(
                        trial.input(x, columns),
                        trial.dense(weight, columns),
                        trial.dense(bias, columns),
                        EPSILON,
                        out);
        return Trial.error(trial.read(out), columns, (row, values, scales) -> {
            double mean = 0;
            double squares = 0;
            for (int c = 0; c < columns; c++) {
                mean += (double) x[row * columns + c] / columns;
            }
            for (int c = 0; c < columns; c++) {
                squares += Math.pow(x[row * columns + c] - mean, 2) / columns;
            }
            for (int c = 0; c < columns; c++) {
                values[c] = (x[row * columns + c] - mean) / Math.sqrt(squares + EPSILON) * weight[c] + bias[c];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    /** Groups of {@code width} columns: of float32 into an operand, or of an operand in place. */
    private static double rmsNorm(Trial trial, int groups, int width, boolean inPlace) {
        int columns = groups * width;
        float[] drawn = trial.values(5L * columns);
        float[] x = inPlace ? OperandChecks.rounded(drawn) : drawn;
        float[] weight = trial.values(width);
        Tensor out = inPlace ? OperandChecks.operand(trial, x, columns) : poisoned(trial, 5, columns);
        Tensor in = inPlace ? out : trial.input(x, columns);
        trial.backend().rmsNorm(in, trial.dense(weight, width), 1, EPSILON, out);
        return Trial.error(trial.read(out), columns, (row, values, scales) -> {
            for (int group = 0; group < columns; group += width) {
                double squares = 0;
                for (int c = 0; c < width; c++) {
                    squares += Math.pow(x[row * columns + group + c], 2) / width;
                }
                for (int c = 0; c < width; c++) {
                    values[group + c] =
                            x[row * columns + group + c] / Math.sqrt(squares + EPSILON) * (1 + (double) weight[c]);
                    scales[group + c] = 1 + Math.abs(values[group + c]);
                }
            }
        });
    }

    private static double rotate(Trial trial, int headDim) {
        int columns = 3 * headDim;
        int half = headDim / 2;
        float[] x = OperandChecks.rounded(trial.values(5L * columns));
        float[] cosines = trial.values(11L * half);
        float[] sines = trial.values(11L * half);
        int[] positions = {3, 0, 10, 3, 7};
        Tensor out = OperandChecks.operand(trial, x, columns);
        trial.backend()
                .rotate(out, headDim, trial.dense(cosines, half), trial.dense(sines, half), trial.indices(positions));
        return Trial.error(trial.read(out), columns, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                int table = positions[row] * half + c % headDim % half;
                boolean low = c % headDim < half;
                double other = low ? -x[row * columns + c + half] : x[row * columns + c - half];
                values[c] = (double) x[row * columns + c] * cosines[table] + other * sines[table];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    /** Written over the gate, as a block does. */
    private static double gate(Trial trial, Activation activation, int columns) {
        float[] gate = OperandChecks.rounded(trial.values(19L * columns, 3));
        float[] up = OperandChecks.rounded(trial.values(19L * columns));
        Tensor out = OperandChecks.operand(trial, gate, columns);
        trial.backend().gate(out, activation, OperandChecks.operand(trial, up, columns), out);
        return Trial.error(trial.read(out), columns, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                int i = row * columns + c;
                values[c] = Activations64.apply(activation, gate[i]) * up[i];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double activate(Trial trial, Activation activation, int columns) {
        float[] x = trial.values(19L * columns, 3);
        Tensor out = poisoned(trial, 19, columns);
        trial.backend().activate(trial.input(x, columns), activation, out);
        return Trial.error(trial.read(out), columns, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                values[c] = Activations64.apply(activation, x[row * columns + c]);
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }
}
