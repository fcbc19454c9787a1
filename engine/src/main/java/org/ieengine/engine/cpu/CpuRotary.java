package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** Rotary position embedding, halves rotated (Su et al. 2021, in the arrangement of transformers' {@code rotate_half}). */
final class CpuRotary {
    private final RowPanels panels;

    CpuRotary(RowPanels panels) {
        this.panels = panels;
    }

    void rotate(Tensor x, int headDim, Tensor cosines, Tensor sines, Indices positions) {
        CpuTensor states = CpuTensor.open(x);
        CpuTensor cos = CpuTensor.open(cosines);
        CpuTensor sin = CpuTensor.open(sines);
        int[] at = CpuIndices.open(positions);
        int columns = states.columns();
        if (headDim < 2 || headDim % 2 != 0 || columns % headDim != 0) {
            throw new IllegalArgumentException("rotate: heads of " + headDim + " columns in a matrix " + states);
        }
        int half = headDim / 2;
        Shapes.requireIndices("rotate", at, states);
        Shapes.require("rotate: cosines", cos, cos.rows(), half, "heads of " + headDim + " columns");
        Shapes.same("rotate: cosines and sines", cos, sin);
        Shapes.requireRows("rotate", at, cos);
        panels.forEach(states.rows(), columns, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * columns);
            float[] c = scratch.floats(1, half);
            float[] s = scratch.floats(2, half);
            states.readRows(first, rows, values, 0);
            for (int r = 0; r < rows; r++) {
                cos.readRows(at[(int) first + r], 1, c, 0);
                sin.readRows(at[(int) first + r], 1, s, 0);
                for (int head = r * columns; head < (r + 1) * columns; head += headDim) {
                    rotate(values, head, c, s, half);
                }
            }
            states.writeRows(first, rows, values, 0);
        });
    }

    private static void rotate(float[] values, int head, float[] c, float[] s, int half) {
        int other = head + half;
        for (int i = 0; i < half; i++) {
            float a = values[head + i];
            float b = values[other + i];
            values[head + i] = a * c[i] - b * s[i];
            values[other + i] = b * c[i] + a * s[i];
        }
    }
}
