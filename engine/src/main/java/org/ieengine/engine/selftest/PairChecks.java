package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/** Rows of pairs, the way back of their gradients and their products, of float32 or of operands. */
final class PairChecks {
    private static final double SUM_TOLERANCE = 1e-5;
    private static final double SLOPE = 0.01f;

    /** Half the distance of neighbouring bf16 numbers, relative to them. */
    private static final double ROUNDING = 0x1p-8;

    private final SelftestScale scale;
    private final boolean operands;

    /**
     * @param operands whether matrices are operands, so that results are rounded once
     */
    PairChecks(SelftestScale scale, boolean operands) {
        this.scale = scale;
        this.operands = operands;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        String kindOf = operands ? "of operands, " : "";
        double rounded = operands ? ROUNDING : 1e-6;
        for (int width : scale.widths()) {
            int rows = Math.max(7, Math.min(operands ? 401 : 4001, scale.rows() / width));
            String pairs = rows + " rows of " + width;
            for (DrawnPairs.Kind kind : DrawnPairs.Kind.values()) {
                checks.add(new Check(
                        "pair rows " + kindOf + kind, pairs, rounded, trial -> pairRows(trial, kind, rows, width)));
                checks.add(new Check("pair rows backward " + kindOf + kind, pairs, SUM_TOLERANCE, trial -> {
                    return pairRowsBackward(trial, kind, rows, width);
                }));
            }
            checks.add(new Check("pair rows backward " + kindOf + "own and permuted", pairs, rounded, trial -> {
                return bothBackward(trial, rows, width);
            }));
            checks.add(new Check("pair products " + kindOf + "listed", pairs, SUM_TOLERANCE, trial -> {
                return products(trial, rows, width);
            }));
        }
        return checks;
    }

    /** Values as the matrices of these checks hold them. */
    private float[] drawn(Trial trial, long count) {
        float[] values = trial.values(count);
        return operands ? OperandChecks.rounded(values) : values;
    }

    private Tensor matrix(Trial trial, float[] values, int width) {
        return operands ? OperandChecks.operand(trial, values, width) : trial.input(values, width);
    }

    /** For results: NaN before. */
    private Trial.Placed output(Trial trial, long rows, int width) {
        if (!operands) {
            return trial.output(rows, width);
        }
        Tensor operand = trial.backend().allocateOperand(rows, width);
        trial.keep(operand, operand::close);
        trial.backend().fill(operand, Float.NaN);
        return new Trial.Placed(operand, operand);
    }

    private double error(Trial trial, Trial.Placed output, int width, Trial.RowReference reference) {
        return operands ? Trial.error(trial.read(output.view()), width, reference) : trial.error(output, reference);
    }

    private static double leaky(double value) {
        return value > 0 ? value : SLOPE * value;
    }

    /** In two pieces, so that the second begins in the middle. */
    private double pairRows(Trial trial, DrawnPairs.Kind kind, int rows, int width) {
        DrawnPairs pairs = DrawnPairs.of(trial, kind, rows);
        float[] x = drawn(trial, (long) pairs.xRows() * width);
        float[] y = drawn(trial, (long) pairs.yRows() * width);
        Tensor projectedX = matrix(trial, x, width);
        Tensor projectedY = matrix(trial, y, width);
        Trial.Placed out = output(trial, pairs.count(), width);
        int cut = pairs.count() / 3 + 1;
        for (int from = 0; from < pairs.count(); from += cut) {
            Tensor piece = out.view().rowRange(from, Math.min(pairs.count(), from + cut));
            trial.backend().pairRows(projectedX, projectedY, new PairPiece(pairs.pairing(), from), piece);
        }
        return error(trial, out, width, (row, values, scales) -> {
            for (int c = 0; c < width; c++) {
                values[c] = leaky((double) x[pairs.x()[row] * width + c] + y[pairs.y()[row] * width + c]);
                scales[c] = 1 + Math.abs(values[c]);
            }
        });
    }

    private double pairRowsBackward(Trial trial, DrawnPairs.Kind kind, int rows, int width) {
        DrawnPairs pairs = DrawnPairs.of(trial, kind, rows);
        float[] gradient = drawn(trial, (long) pairs.count() * width);
        float[] beforeX = trial.values((long) pairs.xRows() * width);
        float[] beforeY = trial.values((long) pairs.yRows() * width);
        Tensor gradients = matrix(trial, gradient, width);
        Trial.Placed gradX = trial.placed(beforeX, width);
        Trial.Placed gradY = trial.placed(beforeY, width);
        int cut = pairs.count() / 2 + 1;
        for (int from = 0; from < pairs.count(); from += cut) {
            int to = Math.min(pairs.count(), from + cut);
            trial.backend()
                    .pairRowsBackward(
                            gradients.rowRange(from, to),
                            new PairPiece(pairs.pairing(), from),
                            gradX.view(),
                            gradY.view());
        }
        Trial.sameBits(trial.read(gradients), gradient);
        RowSums x = new RowSums(beforeX, width);
        RowSums y = new RowSums(beforeY, width);
        for (int i = 0; i < pairs.count(); i++) {
            x.add(pairs.x()[i], gradient, i);
            y.add(pairs.y()[i], gradient, i);
        }
        return Math.max(trial.error(gradX, x), trial.error(gradY, y));
    }

    private double bothBackward(Trial trial, int rows, int width) {
        Philox stream = new Philox(11, 1, 2, 3, 0);
        OptimiserSteps steps = DrawnPairs.steps(trial, stream, 2);
        FeistelPermutation permutation = FeistelPermutation.of(rows, stream.atStep(1));
        float[] gradient = drawn(trial, 2L * rows * width);
        Trial.Placed gradX = output(trial, rows, width);
        Trial.Placed gradY = output(trial, rows, width);
        trial.backend()
                .pairRowsBackward(
                        matrix(trial, gradient, width),
                        new Pairing.Permuted(rows, steps, null),
                        gradX.view(),
                        gradY.view());
        RowSums x = new RowSums(new float[rows * width], width);
        RowSums y = new RowSums(new float[rows * width], width);
        for (int i = 0; i < rows; i++) {
            x.add(i, gradient, i);
            x.add(i, gradient, rows + i);
            y.add(i, gradient, i);
            y.add(permutation.apply(i), gradient, rows + i);
        }
        return Math.max(error(trial, gradX, width, x), error(trial, gradY, width, y));
    }

    private double products(Trial trial, int rows, int width) {
        DrawnPairs pairs = DrawnPairs.of(trial, DrawnPairs.Kind.LISTED, rows);
        float[] x = drawn(trial, (long) rows * width);
        float[] y = drawn(trial, (long) rows * width);
        Trial.Placed out = trial.output(pairs.count(), 1);
        trial.backend()
                .pairProducts(
                        matrix(trial, x, width),
                        matrix(trial, y, width),
                        new PairPiece(pairs.pairing(), 0),
                        out.view());
        return trial.error(out, (row, values, scales) -> {
            scales[0] = 1e-3;
            for (int c = 0; c < width; c++) {
                double term = (double) x[pairs.x()[row] * width + c] * y[pairs.y()[row] * width + c];
                values[0] += term;
                scales[0] += Math.abs(term);
            }
        });
    }

    /** Sums for each row, and of the sizes of what is added up. */
    private static final class RowSums implements Trial.RowReference {
        private final int width;
        private final double[] sums;
        private final double[] sizes;

        RowSums(float[] held, int width) {
            this.width = width;
            this.sums = new double[held.length];
            this.sizes = new double[held.length];
            for (int i = 0; i < held.length; i++) {
                sums[i] = held[i];
                sizes[i] = Math.abs(held[i]) + 1e-3;
            }
        }

        void add(int row, float[] values, int from) {
            for (int c = 0; c < width; c++) {
                sums[row * width + c] += values[from * width + c];
                sizes[row * width + c] += Math.abs(values[from * width + c]);
            }
        }

        @Override
        public void row(int row, double[] values, double[] scales) {
            System.arraycopy(sums, row * width, values, 0, width);
            System.arraycopy(sizes, row * width, scales, 0, width);
        }
    }
}
