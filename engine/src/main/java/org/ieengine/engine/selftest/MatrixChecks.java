package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.selftest.SelftestScale.Product;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;

/**
 * Matrix products. The error of an element is divided by the sum of the absolute values of its terms; the reference takes the
 * operands as they are and, where the precision rounds, rounded to nearest: a kernel may do either, but nothing between.
 */
final class MatrixChecks {
    /** Float32 sums of up to 20,000 terms in any order: rounding errors of 6e-8 of the partial sums, which mostly cancel. */
    private static final double TOLERANCE = 2e-6;

    private static final long MOST_TERMS = 20_000_000;

    private final SelftestScale scale;
    private final Precision precision;

    MatrixChecks(SelftestScale scale, Precision precision) {
        this.scale = scale;
        this.precision = precision;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (Product shape : scale.products()) {
            for (Layout layout : Layout.values()) {
                linears(checks, shape, layout);
            }
            for (int transposed = 0; transposed < 4; transposed++) {
                boolean a = (transposed & 1) != 0;
                boolean b = (transposed & 2) != 0;
                float beta = new float[] {0, 1, 0.5f, 0}[transposed];
                checks.add(product(shape, a, b, beta, false));
            }
        }
        int rows = scale.rows();
        checks.add(product(new Product(48, 96, rows), true, false, 1, false));
        checks.add(product(new Product(1, 31, rows), true, false, 0, false));
        checks.add(product(new Product(5, 7, 1601), true, false, 0.5f, false));
        return checks;
    }

    /** Products that are float32 in every precision. */
    List<Check> strict() {
        List<Check> checks = new ArrayList<>();
        for (Product shape : scale.products()) {
            checks.add(product(shape, false, true, 0, true));
            checks.add(product(shape, true, false, 0.5f, true));
        }
        checks.add(product(new Product(31, 67, scale.rows()), true, false, 1, true));
        return checks;
    }

    private void linears(List<Check> checks, Product shape, Layout layout) {
        checks.add(linear(shape, layout, new Form(false, Activation.IDENTITY, false)));
        checks.add(linear(shape, layout, new Form(true, Activation.IDENTITY, true)));
        checks.add(linear(shape, layout, new Form(true, Activation.GELU_TANH, false)));
        if (shape.m() == 31) {
            for (Activation activation : Activation.values()) {
                checks.add(linear(shape, layout, new Form(true, activation, false)));
                checks.add(linear(shape, layout, new Form(false, activation, true)));
            }
        }
    }

    /** An epilogue without its tensors. */
    private record Form(boolean bias, Activation activation, boolean accumulate) {
        String text() {
            return (bias ? " + bias" : "")
                    + (activation == Activation.IDENTITY
                            ? ""
                            : " " + activation.name().toLowerCase(Locale.ROOT))
                    + (accumulate ? " + out" : "");
        }
    }

    private Check linear(Product shape, Layout layout, Form form) {
        String name = "linear " + (layout == Layout.OUT_IN ? "out-in" : "in-out") + form.text();
        return new Check(name, shape.toString(), TOLERANCE, trial -> {
            boolean outIn = layout == Layout.OUT_IN;
            float[] x = trial.values((long) shape.m() * shape.k());
            float[] w = trial.values((long) shape.n() * shape.k(), 1 / Math.sqrt(shape.k()));
            float[] bias = trial.values(shape.n());
            float[] before = trial.values((long) shape.m() * shape.n());
            Epilogue epilogue =
                    new Epilogue(form.bias ? trial.dense(bias, shape.n()) : null, form.activation, form.accumulate);
            Tensor left = trial.input(x, shape.k());
            Tensor right = trial.input(w, outIn ? shape.k() : shape.n());
            Trial.Placed out = form.accumulate ? trial.placed(before, shape.n()) : trial.output(shape.m(), shape.n());
            trial.backend().linear(left, right, layout, epilogue, out.view());
            return least(trial.result(out), shape, (row, rounding, values, scales) -> {
                for (int n = 0; n < shape.n(); n++) {
                    double sum = form.bias ? bias[n] : 0;
                    double size = Math.abs(sum);
                    for (int k = 0; k < shape.k(); k++) {
                        double term = rounding.of(x[row * shape.k() + k])
                                * rounding.of(w[outIn ? n * shape.k() + k : k * shape.n() + n]);
                        sum += term;
                        size += Math.abs(term);
                    }
                    double held = form.accumulate ? before[row * shape.n() + n] : 0;
                    values[n] = held + Activations64.apply(form.activation, sum);
                    // The steepest activation beside squares has slope 1.13; that of a square is twice its argument.
                    double slope = form.activation == Activation.RELU_SQUARED ? 2 * Math.abs(sum) + 1 : 1.2;
                    scales[n] = slope * size + Math.abs(held);
                }
            });
        });
    }

    private Check product(Product shape, boolean transposeA, boolean transposeB, float beta, boolean strict) {
        String name = (strict ? "strict product " : "product ")
                + (transposeA ? "A^T " : "A ")
                + (transposeB ? "B^T" : "B")
                + (beta == 0 ? "" : " + " + beta + " out");
        return new Check(name, shape.toString(), TOLERANCE, trial -> {
            float[] a = trial.values((long) shape.m() * shape.k());
            float[] b = trial.values((long) shape.n() * shape.k());
            float[] before = trial.values((long) shape.m() * shape.n());
            Tensor left = trial.input(a, transposeA ? shape.m() : shape.k());
            Tensor right = trial.input(b, transposeB ? shape.k() : shape.n());
            Trial.Placed out = beta == 0 ? trial.output(shape.m(), shape.n()) : trial.placed(before, shape.n());
            if (strict) {
                trial.backend().strictProduct(left, transposeA, right, transposeB, beta, out.view());
            } else {
                trial.backend().product(left, transposeA, right, transposeB, beta, out.view());
            }
            RoundedReference reference = (row, rounding, values, scales) -> {
                for (int n = 0; n < shape.n(); n++) {
                    double sum = (double) beta * before[row * shape.n() + n];
                    double size = Math.abs(sum);
                    for (int k = 0; k < shape.k(); k++) {
                        double term = rounding.of(a[transposeA ? k * shape.m() + row : row * shape.k() + k])
                                * rounding.of(b[transposeB ? n * shape.k() + k : k * shape.n() + n]);
                        sum += term;
                        size += Math.abs(term);
                    }
                    values[n] = sum;
                    scales[n] = size;
                }
            };
            float[] got = trial.result(out);
            return strict ? error(got, shape, reference, Rounding.NONE) : least(got, shape, reference);
        });
    }

    /** A row of the result for operands rounded in some way. */
    private interface RoundedReference {
        void row(int row, Rounding rounding, double[] values, double[] scales);
    }

    /** Over as many rows as take a moment in plain Java. */
    private static double error(float[] got, Product shape, RoundedReference reference, Rounding rounding) {
        long terms = (long) shape.n() * shape.k();
        int rows = (int) Math.max(8, Math.min(96, MOST_TERMS / terms));
        return Trial.error(got, shape.n(), rows, (row, values, scales) -> reference.row(row, rounding, values, scales));
    }

    /** The smaller of the errors for operands as they are and for operands that are rounded. */
    private double least(float[] got, Product shape, RoundedReference reference) {
        double plain = error(got, shape, reference, Rounding.NONE);
        return precision == Precision.F32 || plain <= TOLERANCE
                ? plain
                : Math.min(plain, error(got, shape, reference, Rounding.of(precision)));
    }
}
