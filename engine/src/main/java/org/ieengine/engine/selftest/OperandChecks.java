package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** Operands that a backend keeps in bf16: what goes in comes out rounded, once. */
final class OperandChecks {
    private final SelftestScale scale;

    OperandChecks(SelftestScale scale) {
        this.scale = scale;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (int columns : scale.widths()) {
            int rows = Math.max(3, scale.rows() / columns);
            String shape = "[" + rows + ", " + columns + "]";
            checks.add(new Check("operands in memory", shape, 0, trial -> memory(trial, rows, columns)));
        }
        return checks;
    }

    /** Values rounded as operands are. */
    static float[] rounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = (float) Rounding.BF16.of(values[i]);
        }
        return rounded;
    }

    /** So many NaN, for outputs before they are written. */
    static float[] poison(int count) {
        float[] values = new float[count];
        Arrays.fill(values, Float.NaN);
        return values;
    }

    /** An operand on the backend that holds those values, row after row. */
    static Tensor operand(Trial trial, float[] values, int columns) {
        Tensor operand = trial.backend().allocateOperand(values.length / columns, columns);
        trial.keep(operand, operand::close);
        trial.backend().write(values, operand, 0);
        return operand;
    }

    private static double memory(Trial trial, int rows, int columns) {
        Backend backend = trial.backend();
        float[] values = trial.values((long) rows * columns);
        float[] expected = rounded(values);
        Tensor fresh = backend.allocateOperand(rows, columns);
        trial.keep(fresh, fresh::close);
        double wrong = Trial.sameBits(trial.read(fresh), new float[rows * columns]);
        Tensor written = operand(trial, values, columns);
        wrong += Trial.sameBits(trial.read(written), expected);
        Trial.Placed wide = trial.output(rows, columns);
        backend.copy(written, wide.view());
        wrong += Trial.sameBits(trial.result(wide), expected);
        backend.copy(trial.input(values, columns), fresh);
        wrong += Trial.sameBits(trial.read(fresh), expected);

        int[] reversed = new int[rows];
        Arrays.setAll(reversed, i -> rows - 1 - i);
        Indices order = trial.indices(reversed);
        backend.gatherRows(written, order, fresh);
        Trial.Placed turned = trial.output(rows, columns);
        backend.gatherRows(fresh, order, turned.view());
        wrong += Trial.sameBits(trial.result(turned), expected);

        float between = -1.0117188f;
        backend.fill(fresh, between);
        float[] all = new float[rows * columns];
        Arrays.fill(all, (float) Rounding.BF16.of(between));
        return wrong + Trial.sameBits(trial.read(fresh), all);
    }
}
