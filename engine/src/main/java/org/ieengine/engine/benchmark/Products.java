package org.ieengine.engine.benchmark;

import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Body;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.benchmark.Prepared.ErrorSource;
import org.ieengine.engine.cpu.BareProduct;
import org.ieengine.engine.selftest.Activations64;
import org.ieengine.engine.selftest.Rounding;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.Tensor;

/**
 * Bodies of matrix products. The error of an element is divided by the sum of the absolute values of its terms; the reference takes the
 * operands as they are and, where the precision rounds, rounded to nearest: a kernel may do either, but nothing between.
 */
final class Products {
    /** Float32 sums in any order: rounding errors of 6e-8 of the partial sums, which mostly cancel. */
    static final double TOLERANCE = 2e-6;

    /** The steepest activation has slope 1.13. */
    private static final double SLOPE = 1.2;

    private static final double LEAKY_SLOPE = CriticOperations.LEAKY_SLOPE;

    private Products() {}

    /**
     * The product of a layer, x [rows, inputs] times a weight, and what follows it.
     *
     * @param bias whether one is added
     * @param accumulate whether the result is added to what the output holds
     * @param operandOutput whether only products read the result
     */
    record Layer(
            int inputs,
            int outputs,
            Layout layout,
            boolean bias,
            Activation activation,
            boolean accumulate,
            boolean operandOutput) {
        static Layer of(int inputs, int outputs, Layout layout) {
            return new Layer(inputs, outputs, layout, false, Activation.IDENTITY, false, false);
        }

        Layer withBias() {
            return new Layer(inputs, outputs, layout, true, activation, accumulate, operandOutput);
        }

        /** With an activation, its result an operand. */
        Layer activated(Activation by) {
            return new Layer(inputs, outputs, layout, bias, by, accumulate, true);
        }

        Layer accumulating() {
            return new Layer(inputs, outputs, layout, bias, activation, true, false);
        }

        /** What the operation is called. */
        String operation() {
            return "linear " + (layout == Layout.OUT_IN ? "out-in" : "in-out")
                    + (bias ? " + bias" : "")
                    + (activation == Activation.IDENTITY
                            ? ""
                            : " " + activation.name().toLowerCase(Locale.ROOT))
                    + (accumulate ? " + out" : "");
        }

        Extent extent(int rows) {
            return Extent.of(
                    rows,
                    inputs + (long) outputs,
                    (long) inputs * outputs + outputs,
                    some -> shape(some, inputs, outputs));
        }

        Prepared prepare(Workbench bench, int rows) {
            boolean outIn = layout == Layout.OUT_IN;
            Matrix x = bench.operand(rows, inputs, 1);
            double spread = 1 / Math.sqrt(inputs);
            Matrix weight = outIn ? bench.operand(outputs, inputs, spread) : bench.operand(inputs, outputs, spread);
            Matrix biases = bias ? bench.random(1, outputs, 1) : null;
            Matrix held = accumulate ? bench.random(rows, outputs, 1) : null;
            Tensor out = output(bench, rows, held);
            Epilogue epilogue = new Epilogue(bias ? biases.tensor() : null, activation, accumulate);
            int outBytes = accumulate ? 2 * Float.BYTES : operandOutput ? bench.operandBytes() : Float.BYTES;
            Cost cost = new Cost(
                    (double) bench.operandBytes() * ((double) rows * inputs + (double) inputs * outputs)
                            + (double) outBytes * rows * outputs,
                    2.0 * rows * inputs * outputs);
            int[] columns = bench.sampledColumns(outputs, inputs);
            double stored = operandOutput ? bench.operandRoundingError() / TOLERANCE : 0;
            ErrorSource error = least(
                    bench,
                    rounding -> bench.error(out, columns, (row, n, at) -> {
                        double sum = bias ? biases.at(0, n) : 0;
                        double size = Math.abs(sum);
                        for (int k = 0; k < inputs; k++) {
                            double term =
                                    rounding.of(x.at(row, k)) * rounding.of(outIn ? weight.at(n, k) : weight.at(k, n));
                            sum += term;
                            size += Math.abs(term);
                        }
                        double before = accumulate ? held.at(row, n) : 0;
                        double value = before + Activations64.apply(activation, sum);
                        at.set(value, SLOPE * size + Math.abs(before) + stored * Math.abs(value));
                    }));
            return Prepared.of(
                            cost,
                            () -> bench.backend().linear(x.tensor(), weight.tensor(), layout, epilogue, out),
                            new Check(TOLERANCE, error))
                    .withProduct(new BareProduct.Shape(rows, outputs, inputs, false, outIn));
        }

        private Tensor output(Workbench bench, int rows, Matrix held) {
            if (held != null) {
                return held.tensor();
            }
            return operandOutput ? bench.operandOutput(rows, outputs) : bench.output(rows, outputs);
        }
    }

    /**
     * out [rows, columns] = a b, a [rows, inner] and b [inner, columns] or their transposes.
     *
     * @param strict operands are float32 in every precision
     * @param operandOutput whether only products read the result
     */
    record Plain(boolean transposeA, boolean transposeB, boolean strict, boolean operandOutput) {
        String operation() {
            return (strict ? "strict product " : "product ")
                    + (transposeA ? "A^T " : "A ")
                    + (transposeB ? "B^T" : "B");
        }

        /** A body whose rows of the result can be cut. */
        Body byRows(int columns, int inner) {
            return (bench, rows) -> prepare(bench, rows, columns, inner);
        }

        /** A body whose summed index can be cut. */
        Body byInner(int rows, int columns) {
            return (bench, inner) -> prepare(bench, rows, columns, inner);
        }

        private Prepared prepare(Workbench bench, int rows, int columns, int inner) {
            double spread = 1 / Math.sqrt(inner);
            Matrix a = factor(bench, transposeA ? inner : rows, transposeA ? rows : inner, 1);
            Matrix b = factor(bench, transposeB ? columns : inner, transposeB ? inner : columns, spread);
            Tensor out = operandOutput ? bench.operandOutput(rows, columns) : bench.output(rows, columns);
            int bytes = strict ? Float.BYTES : bench.operandBytes();
            Cost cost = new Cost(
                    (double) bytes * inner * ((double) rows + columns)
                            + (operandOutput ? bench.operandBytes() : Float.BYTES) * (double) rows * columns,
                    2.0 * rows * columns * inner);
            double stored = operandOutput ? bench.operandRoundingError() / TOLERANCE : 0;
            int[] sampled = bench.sampledColumns(columns, inner);
            java.util.function.ToDoubleFunction<Rounding> found =
                    rounding -> bench.error(out, sampled, (row, n, at) -> {
                        double sum = 0;
                        double size = 1e-3 * spread;
                        for (int k = 0; k < inner; k++) {
                            double term = rounding.of(transposeA ? a.at(k, row) : a.at(row, k))
                                    * rounding.of(transposeB ? b.at(n, k) : b.at(k, n));
                            sum += term;
                            size += Math.abs(term);
                        }
                        at.set(sum, size + stored * Math.abs(sum));
                    });
            ErrorSource error = strict ? () -> found.applyAsDouble(Rounding.NONE) : least(bench, found);
            Runnable run = strict
                    ? () -> bench.backend().strictProduct(a.tensor(), transposeA, b.tensor(), transposeB, 0, out)
                    : () -> bench.backend().product(a.tensor(), transposeA, b.tensor(), transposeB, 0, out);
            return Prepared.of(cost, run, new Check(TOLERANCE, error))
                    .withProduct(new BareProduct.Shape(rows, columns, inner, transposeA, transposeB));
        }

        private Matrix factor(Workbench bench, int rows, int columns, double spread) {
            return strict ? bench.random(rows, columns, spread) : bench.operand(rows, columns, spread);
        }
    }

    /** The gradient [rows, outputs], transposed, times what went into the layer [rows, inputs], and its sums over the rows. */
    static Prepared weightGradients(Workbench bench, int rows, int outputs, int inputs) {
        Matrix gradient = bench.operand(rows, outputs, 1);
        Matrix in = bench.operand(rows, inputs, 1 / Math.sqrt(rows));
        Tensor weight = bench.output(outputs, inputs);
        Tensor bias = bench.output(1, outputs);
        Cost cost = new Cost(
                bench.operandBytes() * (double) rows * (outputs + inputs) + Float.BYTES * (inputs + 1.0) * outputs,
                2.0 * rows * outputs * inputs);
        int[] columns = bench.sampledColumns(inputs, rows);
        ErrorSource ofWeight = least(
                bench,
                rounding -> bench.error(weight, columns, (o, i, at) -> {
                    double sum = 0;
                    double size = 1e-3 / Math.sqrt(rows);
                    for (int row = 0; row < rows; row++) {
                        double term = rounding.of(gradient.at(row, o)) * rounding.of(in.at(row, i));
                        sum += term;
                        size += Math.abs(term);
                    }
                    at.set(sum, size);
                }));
        int[] outputsSampled = bench.sampledColumns(outputs, rows);
        ErrorSource ofBias = () -> bench.error(bias, outputsSampled, (unused, o, at) -> {
            double sum = 0;
            double size = 1e-3;
            for (int row = 0; row < rows; row++) {
                sum += gradient.at(row, o);
                size += Math.abs(gradient.at(row, o));
            }
            at.set(sum, size);
        });
        return Prepared.of(
                        cost,
                        () -> bench.backend().weightGradients(gradient.tensor(), in.tensor(), 0, weight, bias),
                        new Check(TOLERANCE, () -> Math.max(ofWeight.greatest(), ofBias.greatest())))
                .withProduct(new BareProduct.Shape(outputs, inputs, rows, true, false));
    }

    /** The gradient [rows, outputs] times the weight [outputs, inputs], times LeakyReLU' at what went into the layer [rows, inputs]. */
    static Prepared inputGradient(Workbench bench, int rows, int outputs, int inputs) {
        Matrix gradient = bench.operand(rows, outputs, 1);
        Matrix weight = bench.operand(outputs, inputs, 1 / Math.sqrt(outputs));
        Matrix in = bench.operand(rows, inputs, 1);
        Tensor out = bench.operandOutput(rows, inputs);
        Cost cost = new Cost(
                bench.operandBytes() * ((double) rows * outputs + (double) outputs * inputs + 2.0 * rows * inputs),
                2.0 * rows * outputs * inputs);
        double stored = bench.operandRoundingError() / TOLERANCE;
        int[] columns = bench.sampledColumns(inputs, outputs);
        ErrorSource error = least(
                bench,
                rounding -> bench.error(out, columns, (row, c, at) -> {
                    double sum = 0;
                    double size = 1e-6;
                    for (int o = 0; o < outputs; o++) {
                        double term = rounding.of(gradient.at(row, o)) * rounding.of(weight.at(o, c));
                        sum += term;
                        size += Math.abs(term);
                    }
                    double slope = in.at(row, c) > 0 ? 1 : LEAKY_SLOPE;
                    at.set(slope * sum, slope * (size + stored * Math.abs(sum)));
                }));
        return Prepared.of(
                        cost,
                        () -> bench.backend().inputGradient(gradient.tensor(), weight.tensor(), in.tensor(), out),
                        new Check(TOLERANCE, error))
                .withProduct(new BareProduct.Shape(rows, inputs, outputs, false, false));
    }

    /** Shape of [rows, inner] times [inner, columns]. */
    static String shape(long rows, long inner, long columns) {
        return String.format(Locale.ROOT, "[%,d, %,d] x [%,d, %,d]", rows, inner, inner, columns);
    }

    /** The smaller of the errors for operands as they are and for operands that are rounded. */
    static ErrorSource least(Workbench bench, java.util.function.ToDoubleFunction<Rounding> error) {
        return () -> {
            double plain = error.applyAsDouble(Rounding.NONE);
            return bench.rounding() == Rounding.NONE || !(plain > TOLERANCE)
                    ? plain
                    : Math.min(plain, error.applyAsDouble(bench.rounding()));
        };
    }
}
