package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Tensor;

/** The nearest of some points to each row, told from products with them, rows shared out over the threads. */
final class CpuNearestCentroid {
    private final RowPanels panels;

    CpuNearestCentroid(RowPanels panels) {
        this.panels = panels;
    }

    void run(Tensor products, double[] halfNorms, int[] nearest, double[] scores) {
        CpuTensor from = CpuTensor.open(products);
        int k = from.columns();
        if (halfNorms.length != k || nearest.length != from.rows() || scores.length != from.rows()) {
            throw new IllegalArgumentException("nearestCentroid: half norms [" + halfNorms.length + "], columns ["
                    + nearest.length + "] and scores [" + scores.length + "] for products " + from);
        }
        panels.forEach(from.rows(), k, (index, first, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * k);
            from.readRows(first, rows, values, 0);
            for (int r = 0; r < rows; r++) {
                double best = Double.NEGATIVE_INFINITY;
                int column = 0;
                for (int c = 0; c < k; c++) {
                    double score = values[r * k + c] - halfNorms[c];
                    if (score > best) {
                        best = score;
                        column = c;
                    }
                }
                nearest[(int) first + r] = column;
                scores[(int) first + r] = best;
            }
        });
    }
}
