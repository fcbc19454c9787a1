package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.selftest.SelftestScale.Product;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/** Products of operands, and into operands; errors as in {@link MatrixChecks}, of the operands as they are kept. */
final class OperandProductChecks {
    private static final double TOLERANCE = 2e-6;

    /** Half of the last of the eight bits of a bf16 number. */
    private static final double HALF_UNIT = 0x1p-8;

    private static final long MOST_TERMS = 20_000_000;

    private final SelftestScale scale;
    private final Precision precision;

    OperandProductChecks(SelftestScale scale, Precision precision) {
        this.scale = scale;
        this.precision = precision;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (Product shape : scale.products()) {
            for (Layout layout : Layout.values()) {
                checks.add(linear(shape, layout));
            }
            checks.add(linearPairs(shape));
            for (boolean masked : new boolean[] {false, true}) {
                checks.add(inputGradient(shape, masked));
            }
            checks.add(weightGradients(shape));
            for (int transposed = 0; transposed < 4; transposed++) {
                checks.add(product(shape, (transposed & 1) != 0, (transposed & 2) != 0));
            }
        }
        return checks;
    }

    private double toOperand() {
        return precision == Precision.BF16 ? TOLERANCE + HALF_UNIT : TOLERANCE;
    }

    private Check linear(Product shape, Layout layout) {
        boolean outIn = layout == Layout.OUT_IN;
        String name = "linear " + (outIn ? "out-in" : "in-out") + " of operands to an operand";
        return new Check(name, shape.toString(), toOperand(), trial -> {
            float[] x = trial.values((long) shape.m() * shape.k());
            float[] w = trial.values((long) shape.n() * shape.k(), 1 / Math.sqrt(shape.k()));
            float[] bias = trial.values(shape.n());
            Tensor left = OperandChecks.operand(trial, x, shape.k());
            Tensor right = OperandChecks.operand(trial, w, outIn ? shape.k() : shape.n());
            Tensor out = empty(trial, shape.m(), shape.n());
            Epilogue epilogue = new Epilogue(trial.dense(bias, shape.n()), Activation.LEAKY_RELU, false);
            trial.backend().linear(left, right, layout, epilogue, out);
            return error(trial.read(out), shape, (row, values, scales) -> {
                sums(shape, row, new Terms(x, false, w, outIn), values, scales);
                for (int n = 0; n < shape.n(); n++) {
                    scales[n] += Math.abs(bias[n]);
                    values[n] = Activations64.apply(Activation.LEAKY_RELU, values[n] + bias[n]);
                }
            });
        });
    }

    /** Every row meets its own and one of the second step's permutation. */
    private Check linearPairs(Product shape) {
        return new Check("linear out-in of operands, written as pairs", shape.toString(), toOperand(), trial -> {
            int rows = shape.m();
            Philox stream = new Philox(13, 1, 2, 3, 0);
            OptimiserSteps steps = DrawnPairs.steps(trial, stream, 2);
            FeistelPermutation permutation = FeistelPermutation.of(rows, stream.atStep(1));
            float[] y = trial.values((long) rows * shape.k());
            float[] w = trial.values((long) shape.n() * shape.k(), 1 / Math.sqrt(shape.k()));
            float[] drawn = trial.values((long) rows * shape.n());
            float[] x = precision == Precision.BF16 ? OperandChecks.rounded(drawn) : drawn;
            Tensor out = empty(trial, 2L * rows, shape.n());
            trial.backend()
                    .linearPairs(
                            OperandChecks.operand(trial, y, shape.k()),
                            OperandChecks.operand(trial, w, shape.k()),
                            OperandChecks.operand(trial, x, shape.n()),
                            new Pairing.Permuted(rows, steps, null),
                            empty(trial, rows, shape.n()),
                            out);
            return error(trial.read(out), shape, (pair, values, scales) -> {
                int ofX = pair % rows;
                int ofY = pair < rows ? ofX : permutation.apply(ofX);
                sums(shape, ofY, new Terms(y, false, w, true), values, scales);
                for (int n = 0; n < shape.n(); n++) {
                    float met = x[ofX * shape.n() + n];
                    scales[n] += Math.abs(met);
                    values[n] = Activations64.apply(Activation.LEAKY_RELU, values[n] + met);
                }
            });
        });
    }

    private Check inputGradient(Product shape, boolean masked) {
        String name = "input gradient" + (masked ? " through LeakyReLU" : "");
        return new Check(name, shape.toString(), toOperand(), trial -> {
            float[] gradient = trial.values((long) shape.m() * shape.k());
            float[] weight = trial.values((long) shape.k() * shape.n());
            float[] in = trial.values((long) shape.m() * shape.n());
            Tensor above = OperandChecks.operand(trial, gradient, shape.k());
            Tensor factor = OperandChecks.operand(trial, weight, shape.n());
            Tensor out = empty(trial, shape.m(), shape.n());
            Tensor mask = masked ? OperandChecks.operand(trial, in, shape.n()) : null;
            trial.backend().inputGradient(above, factor, mask, out);
            return error(trial.read(out), shape, (row, values, scales) -> {
                sums(shape, row, new Terms(gradient, false, weight, false), values, scales);
                for (int n = 0; masked && n < shape.n(); n++) {
                    values[n] *= in[row * shape.n() + n] > 0 ? 1 : 0.01f;
                }
            });
        });
    }

    /** Both gradients of a layer, half of what was held added; the bias is the last column of what is compared. */
    private Check weightGradients(Product shape) {
        return new Check("gradients of weight and bias of operands + half", shape.toString(), TOLERANCE, trial -> {
            float[] gradient = trial.values((long) shape.m() * shape.k());
            float[] in = trial.values((long) shape.n() * shape.k());
            float[] before = trial.values((long) shape.m() * shape.n());
            float[] biasBefore = trial.values(shape.m());
            Trial.Placed out = trial.placed(before, shape.n());
            Tensor bias = trial.dense(biasBefore, shape.m());
            trial.backend()
                    .weightGradients(
                            OperandChecks.operand(trial, gradient, shape.m()),
                            OperandChecks.operand(trial, in, shape.n()),
                            0.5f,
                            out.view(),
                            bias);
            double weightError = error(trial.result(out), shape, (row, values, scales) -> {
                sums(shape, row, new Terms(gradient, true, in, false), values, scales);
                for (int n = 0; n < shape.n(); n++) {
                    scales[n] += 0.5 * Math.abs(before[row * shape.n() + n]);
                    values[n] += 0.5 * before[row * shape.n() + n];
                }
            });
            // Columns are summed as they lie in memory.
            boolean narrow = trial.backend().operandBytes() < Float.BYTES;
            Rounding rounding = narrow ? Rounding.BF16 : Rounding.NONE;
            double biasError = Trial.error(trial.read(bias), shape.m(), (row, values, scales) -> {
                for (int m = 0; m < shape.m(); m++) {
                    values[m] = 0.5 * biasBefore[m];
                    scales[m] = Math.abs(values[m]);
                    for (int k = 0; k < shape.k(); k++) {
                        double term = rounding.of(gradient[k * shape.m() + m]);
                        values[m] += term;
                        scales[m] += Math.abs(term);
                    }
                }
            });
            return Math.max(weightError, biasError);
        });
    }

    private Check product(Product shape, boolean transposeA, boolean transposeB) {
        String name = "product of operands " + (transposeA ? "A^T " : "A ") + (transposeB ? "B^T" : "B") + " + out";
        return new Check(name, shape.toString(), TOLERANCE, trial -> {
            float[] a = trial.values((long) shape.m() * shape.k());
            float[] b = trial.values((long) shape.n() * shape.k());
            float[] before = trial.values((long) shape.m() * shape.n());
            Tensor left = OperandChecks.operand(trial, a, transposeA ? shape.m() : shape.k());
            Tensor right = OperandChecks.operand(trial, b, transposeB ? shape.k() : shape.n());
            Trial.Placed out = trial.placed(before, shape.n());
            trial.backend().product(left, transposeA, right, transposeB, 1, out.view());
            return error(trial.result(out), shape, (row, values, scales) -> {
                sums(shape, row, new Terms(a, transposeA, b, transposeB), values, scales);
                for (int n = 0; n < shape.n(); n++) {
                    scales[n] += Math.abs(before[row * shape.n() + n]);
                    values[n] += before[row * shape.n() + n];
                }
            });
        });
    }

    private static Tensor empty(Trial trial, long rows, int columns) {
        Tensor out = trial.backend().allocateOperand(rows, columns);
        trial.keep(out, out::close);
        trial.backend().fill(out, Float.NaN);
        return out;
    }

    /** What is multiplied. */
    private record Terms(float[] a, boolean transposeA, float[] b, boolean transposeB) {}

    /** A row of the sums of products of rounded operands, and of their absolute values. */
    private void sums(Product shape, int row, Terms terms, double[] values, double[] scales) {
        Rounding rounding = Rounding.of(precision);
        for (int n = 0; n < shape.n(); n++) {
            double sum = 0;
            double size = 0;
            for (int k = 0; k < shape.k(); k++) {
                double term = rounding.of(terms.a[terms.transposeA ? k * shape.m() + row : row * shape.k() + k])
                        * rounding.of(terms.b[terms.transposeB ? n * shape.k() + k : k * shape.n() + n]);
                sum += term;
                size += Math.abs(term);
            }
            values[n] = sum;
            scales[n] = size;
        }
    }

    /** Over as many rows as take a moment in plain Java. */
    private static double error(float[] got, Product shape, Trial.RowReference reference) {
        long terms = (long) shape.n() * shape.k();
        return Trial.error(got, shape.n(), (int) Math.max(8, Math.min(96, MOST_TERMS / terms)), reference);
    }
}
