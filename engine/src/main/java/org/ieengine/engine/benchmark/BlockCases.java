package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.selftest.Activations64;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** What a block of each model does besides products and attention: norms, rotary positions, gates. */
final class BlockCases {
    /** Float32 with sums over up to 3,200 columns, and the device's exponential. */
    private static final double TOLERANCE = 5e-6;

    private static final float EPSILON = 1e-5f;

    private final Extents extents;

    BlockCases(Extents extents) {
        this.extents = extents;
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        for (ModelShape model : extents.models()) {
            int d = model.width();
            Extent states = Extent.of(extents.shortRows(), 2L * d, 0, rows -> shape(rows, d));
            if (!model.gated()) {
                cases.add(new BenchmarkCase(
                        "layer norm",
                        model.name(),
                        states,
                        Traits.OPERANDS,
                        (bench, rows) -> layerNorm(bench, rows, d)));
                continue;
            }
            int inner = model.innerWidth();
            int queries = model.queryWidth();
            int headDim = model.attention().headDim();
            cases.add(new BenchmarkCase(
                    "rms norm", model.name(), states, Traits.OPERANDS, (bench, rows) -> rmsNorm(bench, rows, d)));
            cases.add(new BenchmarkCase(
                    "rotate",
                    model.name() + ": queries",
                    Extent.of(extents.shortRows(), queries, 0, rows -> shape(rows, queries)),
                    Traits.OPERANDS,
                    (bench, rows) -> rotate(bench, rows, queries, headDim)));
            cases.add(new BenchmarkCase(
                    "gate silu",
                    model.name(),
                    Extent.of(extents.shortRows(), 3L * inner, 0, rows -> shape(rows, inner)),
                    Traits.OPERANDS,
                    (bench, rows) -> gate(bench, rows, inner)));
        }
        return cases;
    }

    static String shape(long rows, int columns) {
        return String.format(Locale.ROOT, "[%,d, %,d]", rows, columns);
    }

    /** Tolerance of a result that is stored as an operand, in the unit 1 + |value|. */
    private static double tolerance(Workbench bench) {
        return TOLERANCE + bench.operandRoundingError();
    }

    private static Cost intoOperand(Workbench bench, double elements, double flop) {
        return new Cost(((double) Float.BYTES + bench.operandBytes()) * elements, flop * elements);
    }

    private static Prepared layerNorm(Workbench bench, int rows, int d) {
        Matrix x = bench.random(rows, d, 1);
        Matrix weight = bench.random(1, d, 1);
        Matrix bias = bench.random(1, d, 1);
        Tensor out = bench.operandOutput(rows, d);
        Sums sums = new Sums(x);
        return Prepared.of(
                intoOperand(bench, (double) rows * d, 8),
                () -> bench.backend().layerNorm(x.tensor(), weight.tensor(), bias.tensor(), EPSILON, out),
                new Check(
                        tolerance(bench),
                        () -> bench.error(out, (row, c, at) -> {
                            sums.of(row);
                            double inverse = 1 / Math.sqrt(sums.squares - sums.mean * sums.mean + EPSILON);
                            at.set((x.at(row, c) - sums.mean) * inverse * weight.at(0, c) + bias.at(0, c));
                        })));
    }

    private static Prepared rmsNorm(Workbench bench, int rows, int d) {
        Matrix x = bench.random(rows, d, 1);
        Matrix weight = bench.random(1, d, 1);
        Tensor out = bench.operandOutput(rows, d);
        Sums sums = new Sums(x);
        return Prepared.of(
                intoOperand(bench, (double) rows * d, 4),
                () -> bench.backend().rmsNorm(x.tensor(), weight.tensor(), 0, EPSILON, out),
                new Check(
                        tolerance(bench),
                        () -> bench.error(out, (row, c, at) -> {
                            sums.of(row);
                            at.set(x.at(row, c) / Math.sqrt(sums.squares + EPSILON) * weight.at(0, c));
                        })));
    }

    /** Mean, and mean of the squares, of the row that was asked for last. */
    private static final class Sums {
        private final Matrix x;
        private int row = -1;
        private double mean;
        private double squares;

        Sums(Matrix x) {
            this.x = x;
        }

        void of(int wanted) {
            if (wanted == row) {
                return;
            }
            row = wanted;
            mean = 0;
            squares = 0;
            for (int c = 0; c < x.columns(); c++) {
                mean += (double) x.at(row, c) / x.columns();
                squares += (double) x.at(row, c) * x.at(row, c) / x.columns();
            }
        }
    }

    private static Prepared rotate(Workbench bench, int rows, int columns, int headDim) {
        int half = headDim / 2;
        int[] positions = new int[rows];
        java.util.Arrays.setAll(positions, row -> row % 8);
        float[] cosines = new float[8 * half];
        float[] sines = new float[8 * half];
        for (int i = 0; i < cosines.length; i++) {
            double angle = i / half * Math.pow(10_000, -(i % half) / (double) half);
            cosines[i] = (float) Math.cos(angle);
            sines[i] = (float) Math.sin(angle);
        }
        Matrix x = bench.operand(rows, columns, 1);
        Tensor cosine = bench.of(cosines, 8, half).tensor();
        Tensor sine = bench.of(sines, 8, half).tensor();
        Indices place = bench.indices(positions);
        return Prepared.of(
                new Cost(2.0 * bench.operandBytes() * rows * columns, 3.0 * rows * columns),
                () -> bench.backend().rotate(x.tensor(), headDim, cosine, sine, place),
                new Check(
                        tolerance(bench),
                        () -> bench.error(x.tensor(), (row, c, at) -> {
                            int i = row % 8 * half + c % headDim % half;
                            boolean low = c % headDim < half;
                            double other = x.at(row, low ? c + half : c - half);
                            at.set((double) x.at(row, c) * cosines[i] + (low ? -other : other) * sines[i]);
                        })));
    }

    private static Prepared gate(Workbench bench, int rows, int columns) {
        Matrix gate = bench.operand(rows, columns, 2);
        Matrix up = bench.operand(rows, columns, 1);
        Tensor out = bench.operandOutput(rows, columns);
        return Prepared.of(
                new Cost(3.0 * bench.operandBytes() * rows * columns, 5.0 * rows * columns),
                () -> bench.backend().gate(gate.tensor(), Activation.SILU, up.tensor(), out),
                new Check(
                        tolerance(bench),
                        () -> bench.error(
                                out,
                                (row, c, at) -> at.set(
                                        Activations64.apply(Activation.SILU, gate.at(row, c)) * up.at(row, c)))));
    }
}
