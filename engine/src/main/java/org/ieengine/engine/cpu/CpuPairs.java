package org.ieengine.engine.cpu;

import java.util.Arrays;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Tensor;

/**
 * Rows of pairs: their sums under LeakyReLU, their products, and gradients back through LeakyReLU to them. Gradients of rows that several pairs take are
 * gathered row by row in the order of the pairs, so no two threads add to one place.
 */
final class CpuPairs {
    private final RowPanels panels;

    CpuPairs(RowPanels panels) {
        this.panels = panels;
    }

    void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out) {
        CpuTensor x = CpuTensor.open(projectedX);
        CpuTensor y = CpuTensor.open(projectedY);
        CpuTensor to = CpuTensor.open(out);
        int width = to.columns();
        Shapes.require("pairRows: x", x, x.rows(), width, "output " + to);
        Shapes.require("pairRows: y", y, y.rows(), width, "output " + to);
        PairRows pairs = PairRows.of(piece, to.rows(), x, y);
        panels.forEach(to.rows(), width, (index, first, rows, scratch) -> {
            float[] sum = scratch.floats(0, rows * width);
            float[] other = scratch.floats(1, rows * width);
            for (int r = 0; r < rows; r++) {
                x.readRows(pairs.x()[(int) first + r], 1, sum, r * width);
                y.readRows(pairs.y()[(int) first + r], 1, other, r * width);
            }
            addLeaky(sum, other, rows * width);
            to.writeRows(first, rows, sum, 0);
        });
    }

    void pairProducts(Tensor x, Tensor y, PairPiece piece, Tensor out) {
        CpuTensor left = CpuTensor.open(x);
        CpuTensor right = CpuTensor.open(y);
        CpuTensor to = CpuTensor.open(out);
        int width = left.columns();
        Shapes.require("pairProducts: y", right, right.rows(), width, "x " + left);
        Shapes.require("pairProducts", to, to.rows(), 1, "x " + left);
        Shapes.requireApart("pairProducts", left, to);
        Shapes.requireApart("pairProducts", right, to);
        PairRows pairs = PairRows.of(piece, to.rows(), left, right);
        panels.forEach(to.rows(), width, (index, first, rows, scratch) -> {
            float[] a = scratch.floats(0, width);
            float[] b = scratch.floats(1, width);
            float[] sums = scratch.floats(2, rows);
            for (int r = 0; r < rows; r++) {
                left.readRows(pairs.x()[(int) first + r], 1, a, 0);
                right.readRows(pairs.y()[(int) first + r], 1, b, 0);
                sums[r] = (float) dot(a, b, width);
            }
            to.writeRows(first, rows, sums, 0);
        });
    }

    /** Four sums at a time, so that no addition waits for the one before. */
    private static double dot(float[] a, float[] b, int length) {
        double first = 0;
        double second = 0;
        double third = 0;
        double fourth = 0;
        int i = 0;
        for (; i + 3 < length; i += 4) {
            first += (double) a[i] * b[i];
            second += (double) a[i + 1] * b[i + 1];
            third += (double) a[i + 2] * b[i + 2];
            fourth += (double) a[i + 3] * b[i + 3];
        }
        for (; i < length; i++) {
            first += (double) a[i] * b[i];
        }
        return first + second + (third + fourth);
    }

    private static void addLeaky(float[] sum, float[] other, int length) {
        for (int i = 0; i < length; i++) {
            float value = sum[i] + other[i];
            sum[i] = Math.max(value, CriticOperations.LEAKY_SLOPE * value);
        }
    }

    void pairRowsBackward(Tensor gradient, Pairing.Permuted permuted, Tensor gradX, Tensor gradY) {
        CpuTensor from = CpuTensor.open(gradient);
        CpuTensor x = CpuTensor.open(gradX);
        CpuTensor y = CpuTensor.open(gradY);
        long rows = permuted.pairs();
        Shapes.require("pairRowsBackward: x", x, rows, from.columns(), "gradient " + from);
        Shapes.require("pairRowsBackward: y", y, rows, from.columns(), "gradient " + from);
        Shapes.require("pairRowsBackward: gradient", from, 2 * rows, from.columns(), "rows " + rows);
        if (permuted.samples() != null) {
            throw new IllegalArgumentException("pairRowsBackward: samples of a list are not the rows themselves");
        }
        PairRows own = PairRows.of(new PairPiece(new Pairing.Identity(rows), 0), rows, x, y);
        PairRows others = PairRows.of(new PairPiece(permuted, 0), rows, x, y);
        gather(from, PairRows.ByRow.of(both(own.x(), others.x()), Math.toIntExact(rows)), false, x);
        gather(from, PairRows.ByRow.of(both(own.y(), others.y()), Math.toIntExact(rows)), false, y);
    }

    private static int[] both(int[] first, int[] second) {
        int[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    void pairRowsBackward(Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY) {
        CpuTensor from = CpuTensor.open(gradient);
        CpuTensor x = CpuTensor.open(gradX);
        CpuTensor y = CpuTensor.open(gradY);
        int width = from.columns();
        Shapes.require("pairRowsBackward: x", x, x.rows(), width, "gradient " + from);
        Shapes.require("pairRowsBackward: y", y, y.rows(), width, "gradient " + from);
        PairRows pairs = PairRows.of(piece, from.rows(), x, y);
        gather(from, PairRows.ByRow.of(pairs.x(), Math.toIntExact(x.rows())), true, x);
        gather(from, PairRows.ByRow.of(pairs.y(), Math.toIntExact(y.rows())), true, y);
    }

    /** Rows are added to what they are, or start from zero; those that start from zero are all written. */
    private void gather(CpuTensor gradient, PairRows.ByRow byRow, boolean add, CpuTensor into) {
        int width = into.columns();
        panels.forEach(into.rows(), width, (index, first, rows, scratch) -> {
            float[] sum = scratch.floats(0, width);
            float[] one = scratch.floats(1, width);
            for (int row = (int) first; row < first + rows; row++) {
                int from = byRow.start()[row];
                int to = byRow.start()[row + 1];
                if (from < to || !add) {
                    if (add) {
                        into.readRows(row, 1, sum, 0);
                    } else {
                        Arrays.fill(sum, 0, width, 0);
                    }
                    for (int k = from; k < to; k++) {
                        gradient.readRows(byRow.order()[k], 1, one, 0);
                        add(one, sum, width);
                    }
                    into.writeRows(row, 1, sum, 0);
                }
            }
        });
    }

    private static void add(float[] values, float[] sum, int length) {
        for (int i = 0; i < length; i++) {
            sum[i] += values[i];
        }
    }

    void leakyReluBackward(Tensor out, Tensor gradient) {
        CpuTensor sign = CpuTensor.open(out);
        CpuTensor to = CpuTensor.open(gradient);
        Shapes.same("leakyReluBackward", sign, to);
        int width = to.columns();
        panels.forEach(to.rows(), width, (index, first, rows, scratch) -> {
            float[] outputs = scratch.floats(0, rows * width);
            float[] values = scratch.floats(1, rows * width);
            sign.readRows(first, rows, outputs, 0);
            to.readRows(first, rows, values, 0);
            scaleBySign(outputs, values, rows * width);
            to.writeRows(first, rows, values, 0);
        });
    }

    /** Without a branch, so that it is vectorised: the least positive number is beyond 1 after two such factors. */
    private static void scaleBySign(float[] outputs, float[] values, int length) {
        for (int i = 0; i < length; i++) {
            values[i] *= Math.max(CriticOperations.LEAKY_SLOPE, Math.min(1f, outputs[i] * 3e38f * 3e38f));
        }
    }
}
