package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** What logits say of given next tokens, pairs of a row and a token shared out over the threads. */
final class CpuNextToken {
    private final RowPanels panels;

    CpuNextToken(RowPanels panels) {
        this.panels = panels;
    }

    void run(Tensor logits, Indices rows, Indices targets, Tensor out) {
        CpuTensor from = CpuTensor.open(logits);
        CpuTensor to = CpuTensor.open(out);
        int[] row = CpuIndices.open(rows);
        int[] target = CpuIndices.open(targets);
        int vocabulary = from.columns();
        Shapes.require("nextToken: output", to, row.length, 2, "rows [" + row.length + "]");
        Shapes.requireIndices("nextToken: targets", target, to);
        Shapes.requireRows("nextToken", row, from);
        Shapes.requireColumns("nextToken", target, from);
        Shapes.requireApart("nextToken", from, to);
        panels.forEach(row.length, vocabulary, (index, first, count, scratch) -> {
            float[] values = scratch.floats(0, vocabulary);
            float[] terms = scratch.floats(1, vocabulary);
            float[] found = scratch.floats(2, 2 * count);
            float greatest = Float.NaN;
            double logSum = Double.NaN;
            for (int i = 0; i < count; i++) {
                int pair = (int) first + i;
                if (i == 0 || row[pair] != row[pair - 1]) {
                    from.readRows(row[pair], 1, values, 0);
                    greatest = ExponentialLoops.greatest(values, 0, vocabulary);
                    logSum = ExponentialLoops.logSum(values, 0, vocabulary, terms);
                }
                float own = values[target[pair]];
                // Rounding of the exponentials may put a probability above 1; a NaN stays one.
                found[2 * i] = (float) Math.max(0, logSum - own);
                found[2 * i + 1] = own == greatest && isFirst(values, target[pair]) ? 1 : 0;
            }
            to.writeRows(first, count, found, 0);
        });
    }

    /** Whether no value before this one is as great. */
    private static boolean isFirst(float[] values, int at) {
        for (int i = 0; i < at; i++) {
            if (values[i] == values[at]) {
                return false;
            }
        }
        return true;
    }
}
