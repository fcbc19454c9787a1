package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Tensor;

/** Weighted column moments, standardising, and squared norms of rows. */
final class CpuMoments {
    private final RowPanels panels;

    CpuMoments(RowPanels panels) {
        this.panels = panels;
    }

    void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance) {
        CpuTensor from = CpuTensor.open(x);
        int width = from.columns();
        if (weights.length != from.rows() || mean.length != width || variance.length != width) {
            throw new IllegalArgumentException("columnMoments: weights [" + weights.length + "], means [" + mean.length
                    + "] and variances [" + variance.length + "] for a matrix " + from);
        }
        double total = 0;
        for (double w : weights) {
            total += w;
        }
        sums(from, weights, total, null, mean);
        sums(from, weights, total, mean, variance);
    }

    /** Weighted mean of the columns, or of their squared distances from a centre. */
    private void sums(CpuTensor from, double[] weights, double total, double[] centre, double[] out) {
        int width = from.columns();
        double[][] parts = new double[RowPanels.count(from.rows(), width)][];
        panels.forEach(from.rows(), width, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            from.readRows(first, rows, values, 0);
            double[] part = new double[width];
            for (int r = 0; r < rows; r++) {
                double weight = weights[(int) first + r];
                if (centre == null) {
                    addRow(values, r * width, weight, part);
                } else {
                    addSquares(values, r * width, weight, centre, part);
                }
            }
            parts[index] = part;
        });
        for (int c = 0; c < width; c++) {
            double sum = 0;
            for (double[] part : parts) {
                sum += part[c];
            }
            out[c] = sum / total;
        }
    }

    private static void addRow(float[] values, int at, double weight, double[] sum) {
        for (int c = 0; c < sum.length; c++) {
            sum[c] += weight * values[at + c];
        }
    }

    private static void addSquares(float[] values, int at, double weight, double[] centre, double[] sum) {
        for (int c = 0; c < sum.length; c++) {
            double difference = values[at + c] - centre[c];
            sum[c] += weight * difference * difference;
        }
    }

    void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out) {
        CpuTensor from = CpuTensor.open(x);
        CpuTensor to = CpuTensor.open(out);
        Shapes.same("standardise", from, to);
        Shapes.requireApartOrSame("standardise", from, to);
        int width = from.columns();
        float[] centre = vector(shift, from);
        float[] factor = vector(scale, from);
        panels.forEach(from.rows(), width, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            from.readRows(first, rows, values, 0);
            for (int r = 0; r < rows; r++) {
                int at = r * width;
                for (int c = 0; c < width; c++) {
                    values[at + c] = (values[at + c] - centre[c]) * factor[c];
                }
            }
            to.writeRows(first, rows, values, 0);
        });
    }

    private static float[] vector(Tensor tensor, CpuTensor matrix) {
        CpuTensor row = CpuTensor.open(tensor);
        Shapes.require("standardise", row, 1, matrix.columns(), "input " + matrix);
        float[] values = new float[matrix.columns()];
        row.readRows(0, 1, values, 0);
        return values;
    }

    void squaredNorms(Tensor x, Tensor out) {
        CpuTensor from = CpuTensor.open(x);
        CpuTensor to = CpuTensor.open(out);
        Shapes.require("squaredNorms", to, from.rows(), 1, "input " + from);
        int width = from.columns();
        panels.forEach(from.rows(), width, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            float[] norms = scratch.floats(1, rows);
            from.readRows(first, rows, values, 0);
            for (int r = 0; r < rows; r++) {
                double sum = 0;
                for (int c = r * width; c < (r + 1) * width; c++) {
                    sum += (double) values[c] * values[c];
                }
                norms[r] = (float) sum;
            }
            to.writeRows(first, rows, norms, 0);
        });
    }
}
