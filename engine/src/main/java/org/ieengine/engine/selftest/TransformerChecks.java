package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Tensor;

/** What a block does besides products and attention. Errors are divided by 1 + |value|. */
final class TransformerChecks {
    /** Float32 with sums over up to 2,053 columns, and the device's exponential and hyperbolic tangent. */
    private static final double TOLERANCE = 5e-6;

    private static final float EPSILON = 1e-5f;

    private final SelftestScale scale;

    TransformerChecks(SelftestScale scale) {
        this.scale = scale;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (int columns : scale.widths()) {
            int rows = Math.max(5, Math.min(2049, scale.rows() / columns));
            String shape = "[" + rows + ", " + columns + "]";
            checks.add(new Check("embed", shape, 1e-7, trial -> embed(trial, rows, columns)));
            checks.add(new Check("add rows", shape, 1e-7, trial -> addRows(trial, rows, columns)));
            checks.add(new Check("layer norm", shape, TOLERANCE, trial -> layerNorm(trial, rows, columns)));
            checks.add(new Check("rms norm", shape, TOLERANCE, trial -> rmsNorm(trial, rows, columns, columns, 0)));
            checks.add(new Check(
                    "rms norm 1 + w, in place", shape, TOLERANCE, trial -> rmsNorm(trial, rows, columns, columns, 1)));
            checks.add(new Check("add", shape, 1e-7, trial -> add(trial, rows, columns)));
            checks.add(new Check("soft cap", shape, TOLERANCE, trial -> softCap(trial, rows, columns)));
            checks.add(new Check("row hashes", shape, 0, trial -> hashes(trial, rows, columns)));
            checks.add(new Check("first row not finite", shape, 0, trial -> notFinite(trial, rows, columns)));
        }
        checks.add(new Check("layer norm", "[3, 2307]", TOLERANCE, trial -> layerNorm(trial, 3, 2307)));
        checks.add(new Check("rms norm", "[3, 2307]", TOLERANCE, trial -> rmsNorm(trial, 3, 2307, 2307, 0)));
        for (int headDim : new int[] {2, 6, 64, 128}) {
            String shape = "[37, 3 x " + headDim + "]";
            checks.add(new Check("rotate", shape, 1e-6, trial -> rotate(trial, headDim)));
            checks.add(new Check(
                    "rms norm of heads", shape, TOLERANCE, trial -> rmsNorm(trial, 37, 3 * headDim, headDim, 1)));
        }
        for (Activation activation : Activation.values()) {
            String name = activation.name().toLowerCase(Locale.ROOT);
            checks.add(new Check("activate " + name, "[67, 33]", TOLERANCE, trial -> activate(trial, activation)));
            checks.add(new Check("gate " + name, "[67, 33]", TOLERANCE, trial -> gate(trial, activation)));
        }
        return checks;
    }

    private static int[] drawn(Trial trial, int count, int bound) {
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = trial.below(bound);
        }
        return values;
    }

    private static double embed(Trial trial, int rows, int columns) {
        float[] table = trial.values(101L * columns);
        int[] ids = drawn(trial, rows, 101);
        Trial.Placed out = trial.output(rows, columns);
        trial.backend().embed(trial.input(table, columns), trial.indices(ids), 8.5f, out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                values[c] = 8.5 * table[ids[row] * columns + c];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double addRows(Trial trial, int rows, int columns) {
        float[] table = trial.values(19L * columns);
        float[] x = trial.values((long) rows * columns);
        int[] positions = drawn(trial, rows, 19);
        Trial.Placed out = trial.placed(x, columns);
        trial.backend().addRows(trial.input(table, columns), trial.indices(positions), out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                values[c] = (double) x[row * columns + c] + table[positions[row] * columns + c];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double layerNorm(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns);
        float[] weight = trial.values(columns);
        float[] bias = trial.values(columns);
        Trial.Placed out = trial.output(rows, columns);
        trial.backend()
                .layerNorm(
                        trial.input(x, columns),
                        trial.dense(weight, columns),
                        trial.dense(bias, columns),
                        EPSILON,
                        out.view());
        return trial.error(out, (row, values, scales) -> {
            double mean = 0;
            for (int c = 0; c < columns; c++) {
                mean += (double) x[row * columns + c] / columns;
            }
            double variance = 0;
            for (int c = 0; c < columns; c++) {
                variance += Math.pow(x[row * columns + c] - mean, 2) / columns;
            }
            double inverse = 1 / Math.sqrt(variance + EPSILON);
            for (int c = 0; c < columns; c++) {
                values[c] = (x[row * columns + c] - mean) * inverse * weight[c] + bias[c];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    /** Groups of {@code width} columns; an offset of 1 is tried in place. */
    private static double rmsNorm(Trial trial, int rows, int columns, int width, int offset) {
        float[] x = trial.values((long) rows * columns);
        float[] weight = trial.values(width);
        Trial.Placed out = offset == 1 ? trial.placed(x, columns) : trial.output(rows, columns);
        Tensor in = offset == 1 ? out.view() : trial.input(x, columns);
        trial.backend().rmsNorm(in, trial.dense(weight, width), offset, EPSILON, out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int group = 0; group < columns; group += width) {
                double squares = 0;
                for (int c = 0; c < width; c++) {
                    squares += Math.pow(x[row * columns + group + c], 2) / width;
                }
                double inverse = 1 / Math.sqrt(squares + EPSILON);
                for (int c = 0; c < width; c++) {
                    values[group + c] = x[row * columns + group + c] * inverse * (offset + weight[c]);
                    scales[group + c] = 1 + Math.abs(values[group + c]);
                }
            }
        });
    }

    private static double rotate(Trial trial, int headDim) {
        int columns = 3 * headDim;
        int half = headDim / 2;
        float[] x = trial.values(37L * columns);
        float[] cosines = new float[11 * half];
        float[] sines = new float[11 * half];
        for (int i = 0; i < cosines.length; i++) {
            double angle = i / half * Math.pow(10_000, -(i % half) / (double) half);
            cosines[i] = (float) Math.cos(angle);
            sines[i] = (float) Math.sin(angle);
        }
        int[] positions = drawn(trial, 37, 11);
        Trial.Placed out = trial.placed(x, columns);
        trial.backend()
                .rotate(
                        out.view(),
                        headDim,
                        trial.dense(cosines, half),
                        trial.dense(sines, half),
                        trial.indices(positions));
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                int i = c % headDim % half;
                boolean low = c % headDim < half;
                double other = x[row * columns + (low ? c + half : c - half)];
                double sine = sines[positions[row] * half + i];
                values[c] = (double) x[row * columns + c] * cosines[positions[row] * half + i]
                        + (low ? -other * sine : other * sine);
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double activate(Trial trial, Activation activation) {
        float[] x = trial.values(67L * 33, 3);
        Trial.Placed out = trial.output(67, 33);
        trial.backend().activate(trial.input(x, 33), activation, out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < 33; c++) {
                values[c] = Activations64.apply(activation, x[row * 33 + c]);
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double gate(Trial trial, Activation activation) {
        float[] gate = trial.values(67L * 33, 3);
        float[] up = trial.values(67L * 33);
        Trial.Placed out = trial.placed(gate, 33);
        trial.backend().gate(out.view(), activation, trial.input(up, 33), out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < 33; c++) {
                values[c] = Activations64.apply(activation, gate[row * 33 + c]) * up[row * 33 + c];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double add(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns);
        float[] into = trial.values((long) rows * columns);
        Trial.Placed out = trial.placed(into, columns);
        trial.backend().add(trial.input(x, columns), out.view());
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                values[c] = (double) x[row * columns + c] + into[row * columns + c];
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private static double softCap(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns, 10);
        Trial.Placed out = trial.placed(x, columns);
        trial.backend().softCap(out.view(), 7);
        return trial.error(out, (row, values, scales) -> {
            for (int c = 0; c < columns; c++) {
                values[c] = 7 * Math.tanh(x[row * columns + c] / 7d);
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    /** Equal rows have equal hashes, a changed bit another one, and the sign of zero none of its own. */
    private static double hashes(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns);
        x[columns - 1] = 0f;
        System.arraycopy(x, 0, x, (rows - 1) * columns, columns);
        x[rows * columns - 1] = -0f;
        System.arraycopy(x, columns, x, 2 * columns, columns);
        x[3 * columns - 1] = Math.nextUp(x[3 * columns - 1]);
        long[] hashes = trial.backend().rowHashes(trial.input(x, columns));
        if (hashes.length != rows || hashes[0] != hashes[rows - 1]) {
            throw new SelftestFault("equal rows, or rows that differ in the sign of zero, have different hashes");
        }
        if (hashes[1] == hashes[2]) {
            throw new SelftestFault("rows that differ in one bit have the same hash");
        }
        long distinct = java.util.Arrays.stream(hashes).distinct().count();
        return columns == 1 ? 0 : rows - 1 - distinct;
    }

    private static double notFinite(Trial trial, int rows, int columns) {
        float[] x = trial.values((long) rows * columns);
        expect(-1, trial.backend().firstNonFiniteRow(trial.input(x, columns)));
        int[] at = {rows - 1, rows / 2, 0};
        float[] bad = {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};
        for (int i = 0; i < at.length; i++) {
            x[at[i] * columns + trial.below(columns)] = bad[i];
            expect(at[i], trial.backend().firstNonFiniteRow(trial.input(x, columns)));
        }
        return 0;
    }

    private static void expect(long wanted, long found) {
        if (wanted != found) {
            throw new SelftestFault("found row " + found + ", not " + wanted);
        }
    }
}
