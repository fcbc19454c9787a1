package org.ieengine.engine.cpu;

import java.util.Arrays;
import org.ieengine.engine.tensor.Tensor;

/**
 * The InfoNCE value of a square matrix of scores and its gradient, in panels of a fixed number of rows. Each panel gives the
 * logarithms of its rows and, for each column, the greatest score and the sum of exponentials below it; panels are joined in order.
 */
final class CpuContrast {
    private final RowPanels panels;

    CpuContrast(Workers workers) {
        this.panels = new RowPanels(workers);
    }

    void run(Tensor scores, float factor, Tensor gradient, CpuTensor value) {
        CpuTensor s = CpuTensor.open(scores);
        int size = s.columns();
        Shapes.require("contrast: scores", s, size, size, "a joint pair in each row and column");
        CpuTensor g = gradient == null ? null : CpuTensor.open(gradient);
        if (g != null) {
            Shapes.same("contrast: gradient", s, g);
            Shapes.requireApartOrSame("contrast", s, g);
        }
        double[] diagonal = new double[size];
        double[] rowLogs = new double[size];
        Columns[] parts = new Columns[RowPanels.count(size, size)];
        panels.forEach(size, size, (index, first, rows, scratch) -> {
            float[] row = scratch.floats(0, size);
            parts[index] = new Columns(size);
            for (int i = (int) first; i < first + rows; i++) {
                s.readRows(i, 1, row, 0);
                diagonal[i] = row[i];
                rowLogs[i] = logSum(row, size);
                parts[index].add(row);
            }
        });
        Columns all = new Columns(size);
        for (Columns part : parts) {
            all.add(part);
        }
        double[] columnLogs = all.logSums();
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += diagonal[i] - 0.5 * rowLogs[i] - 0.5 * columnLogs[i];
        }
        value.writeRows(0, 1, new float[] {(float) (sum / size + Math.log(size))}, 0);
        if (g != null) {
            gradient(s, rowLogs, columnLogs, factor, g);
        }
    }

    private void gradient(CpuTensor s, double[] rowLogs, double[] columnLogs, float factor, CpuTensor g) {
        int size = s.columns();
        double share = (double) factor / size;
        panels.forEach(size, size, (index, first, rows, scratch) -> {
            float[] row = scratch.floats(0, size);
            for (int i = (int) first; i < first + rows; i++) {
                s.readRows(i, 1, row, 0);
                for (int j = 0; j < size; j++) {
                    double expected = 0.5 * (Math.exp(row[j] - rowLogs[i]) + Math.exp(row[j] - columnLogs[j]));
                    row[j] = (float) (share * ((i == j ? 1 : 0) - expected));
                }
                g.writeRows(i, 1, row, 0);
            }
        });
    }

    /** ln sum_j e^{row_j}. */
    private static double logSum(float[] row, int size) {
        double greatest = ExponentialLoops.greatest(row, 0, size);
        double sum = 0;
        for (int j = 0; j < size; j++) {
            sum += Math.exp(row[j] - greatest);
        }
        return greatest + Math.log(sum);
    }

    /**
     * Of each column of some rows: the greatest score and the sum of e^{score - greatest}.
     *
     * @param greatest [B], minus infinity for no rows
     * @param sums [B]
     */
    private record Columns(double[] greatest, double[] sums) {
        Columns(int size) {
            this(new double[size], new double[size]);
            Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
        }

        void add(float[] row) {
            for (int j = 0; j < sums.length; j++) {
                add(j, row[j], 1);
            }
        }

        void add(Columns other) {
            for (int j = 0; j < sums.length; j++) {
                add(j, other.greatest[j], other.sums[j]);
            }
        }

        private void add(int column, double score, double times) {
            double held = greatest[column];
            if (score > held) {
                sums[column] = sums[column] * Math.exp(held - score) + times;
                greatest[column] = score;
            } else {
                sums[column] += times * Math.exp(score - held);
            }
        }

        double[] logSums() {
            double[] logs = new double[sums.length];
            Arrays.setAll(logs, j -> greatest[j] + Math.log(sums[j]));
            return logs;
        }
    }
}
