package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Tensor;

/** Layer norm and RMS norm, their statistics summed in float64. */
final class CpuNorms {
    private final RowPanels panels;

    CpuNorms(RowPanels panels) {
        this.panels = panels;
    }

    void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor out) {
        CpuTensor from = CpuTensor.open(x);
        CpuTensor to = CpuTensor.open(out);
        int columns = from.columns();
        Shapes.same("layerNorm", from, to);
        Shapes.requireApartOrSame("layerNorm", from, to);
        float[] factors = vector("layerNorm: weight", weight, columns, from);
        float[] shifts = vector("layerNorm: bias", bias, columns, from);
        panels.forEach(to.rows(), columns, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * columns);
            from.readRows(first, rows, values, 0);
            for (int r = 0; r < rows; r++) {
                layerNorm(values, r * columns, factors, shifts, epsilon);
            }
            to.writeRows(first, rows, values, 0);
        });
    }

    private static void layerNorm(float[] values, int at, float[] factors, float[] shifts, float epsilon) {
        int width = factors.length;
        double mean = sum(values, at, width) / width;
        double variance = centredSquares(values, at, width, mean) / width;
        float scale = (float) (1 / Math.sqrt(variance + epsilon));
        float centre = (float) mean;
        for (int i = 0; i < width; i++) {
            values[at + i] = Math.fma((values[at + i] - centre) * scale, factors[i], shifts[i]);
        }
    }

    void rmsNorm(Tensor x, Tensor weight, float weightOffset, float epsilon, Tensor out) {
        CpuTensor from = CpuTensor.open(x);
        CpuTensor to = CpuTensor.open(out);
        int columns = from.columns();
        Shapes.same("rmsNorm", from, to);
        Shapes.requireApartOrSame("rmsNorm", from, to);
        CpuTensor weights = CpuTensor.open(weight);
        if (weights.rows() != 1 || columns % weights.columns() != 0) {
            throw new IllegalArgumentException("rmsNorm: weight " + weights + " for groups of a matrix " + from);
        }
        int group = weights.columns();
        float[] factors = vector("rmsNorm: weight", weight, group, from);
        for (int i = 0; i < group; i++) {
            factors[i] += weightOffset;
        }
        panels.forEach(to.rows(), columns, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * columns);
            from.readRows(first, rows, values, 0);
            for (int at = 0; at < rows * columns; at += group) {
                rmsNorm(values, at, factors, epsilon);
            }
            to.writeRows(first, rows, values, 0);
        });
    }

    private static void rmsNorm(float[] values, int at, float[] factors, float epsilon) {
        int width = factors.length;
        float scale = (float) (1 / Math.sqrt(centredSquares(values, at, width, 0) / width + epsilon));
        for (int i = 0; i < width; i++) {
            values[at + i] = values[at + i] * scale * factors[i];
        }
    }

    private static float[] vector(String operation, Tensor tensor, int columns, CpuTensor matrix) {
        CpuTensor vector = CpuTensor.open(tensor);
        Shapes.require(operation, vector, 1, columns, "input " + matrix);
        float[] values = new float[columns];
        vector.readRows(0, 1, values, 0);
        return values;
    }

    /** Four sums side by side: one alone would wait for each addition. */
    private static double sum(float[] values, int at, int count) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            s0 += values[at + i];
            s1 += values[at + i + 1];
            s2 += values[at + i + 2];
            s3 += values[at + i + 3];
        }
        for (; i < count; i++) {
            s0 += values[at + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    private static double centredSquares(float[] values, int at, int count, double centre) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            double v0 = values[at + i] - centre;
            double v1 = values[at + i + 1] - centre;
            double v2 = values[at + i + 2] - centre;
            double v3 = values[at + i + 3] - centre;
            s0 += v0 * v0;
            s1 += v1 * v1;
            s2 += v2 * v2;
            s3 += v3 * v3;
        }
        for (; i < count; i++) {
            double v = values[at + i] - centre;
            s0 += v * v;
        }
        return (s0 + s1) + (s2 + s3);
    }
}
