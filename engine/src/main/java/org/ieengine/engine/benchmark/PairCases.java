package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Tensor;

/** The first layer of the critic over pairs, forward and backward, and what else a critic does with its activations. */
final class PairCases {
    private static final double SLOPE = 0.01f;

    /** A sum of two and a product. */
    private static final double TOLERANCE = 1e-6;

    /** Float32 sums of a few terms, divided by the sum of their sizes. */
    private static final double SUM_TOLERANCE = 1e-5;

    private final Extents extents;
    private final int width;

    PairCases(Extents extents) {
        this.extents = extents;
        this.width = extents.widths().get(0);
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        int n = extents.samples();
        for (PairedRows.Kind kind : PairedRows.Kind.values()) {
            String place = "critic: layer 1";
            Extent forward = Extent.of(n, 3L * width + 8, 0, some -> shape(some, width));
            Extent backward = Extent.of(n, 3L * width + 8, 0, some -> shape(some, width));
            cases.add(new BenchmarkCase(
                    "pair rows, " + kind,
                    place,
                    forward,
                    Traits.OPERANDS,
                    (bench, some) -> pairRows(bench, kind, some)));
            cases.add(new BenchmarkCase(
                    "pair rows backward, " + kind,
                    place,
                    backward,
                    Traits.OPERANDS,
                    (bench, some) -> pairRowsBackward(bench, kind, some)));
        }
        int d = extents.dimensions();
        Extent projected = Extent.of(
                n, d + 4L * width + 8, (long) d * width, some -> shape(2 * some, width) + " from " + d + " dimensions");
        cases.add(new BenchmarkCase(
                "projection with pairs",
                "critic: projection of y, joint and permuted",
                projected,
                Traits.PRODUCT,
                (bench, some) -> projection(bench, some, d)));
        Extent both = Extent.of(n, 4L * width + 8, 0, some -> shape(2 * some, width));
        cases.add(new BenchmarkCase(
                "pair rows backward, at once",
                "critic: layer 1, joint and permuted",
                both,
                Traits.OPERANDS,
                this::bothBackward));
        Extent products = Extent.of(n, 2L * width + 9, 0, some -> shape(some, width));
        cases.add(new BenchmarkCase(
                "pair products, listed", "critic: bilinear scores", products, Traits.PLAIN, this::pairProducts));
        int hidden = extents.widths().get(1);
        Extent second = Extent.of(2 * n, 3L * hidden, 0, some -> BlockCases.shape(some, hidden));
        cases.add(new BenchmarkCase(
                "leaky relu backward",
                "critic: layer 2",
                second,
                Traits.PLAIN,
                (bench, some) -> leakyReluBackward(bench, some, hidden)));
        Extent sums = Extent.of(2 * n, hidden, hidden, some -> BlockCases.shape(some, hidden));
        cases.add(new BenchmarkCase(
                "column sums",
                "critic: bias gradient of layer 2",
                sums,
                Traits.OPERANDS,
                (bench, some) -> columnSums(bench, some, hidden)));
        return cases;
    }

    private static String shape(long pairs, int width) {
        return String.format(Locale.ROOT, "%,d pairs of %d", pairs, width);
    }

    private static double leaky(double value) {
        return value > 0 ? value : SLOPE * value;
    }

    private Prepared pairRows(Workbench bench, PairedRows.Kind kind, int rows) {
        PairedRows pairs = PairedRows.of(bench, kind, rows);
        Matrix x = bench.operand(rows, width, 1);
        Matrix y = bench.operand(rows, width, 1);
        Tensor out = bench.operandOutput(rows, width);
        double elements = (double) rows * width;
        return Prepared.of(
                new Cost(3.0 * bench.operandBytes() * elements, 2 * elements),
                () -> bench.backend().pairRows(x.tensor(), y.tensor(), new PairPiece(pairs.pairing(), 0), out),
                new Check(
                        TOLERANCE + bench.operandRoundingError(),
                        () -> bench.error(out, (row, c, at) -> {
                            int left = pairs.x().applyAsInt(row);
                            int right = pairs.y().applyAsInt(row);
                            at.set(leaky((double) x.at(left, c) + y.at(right, c)));
                        })));
    }

    /** Bytes: y, the weight, both rows of x that meet each row, and both results. */
    private Prepared projection(Workbench bench, int rows, int d) {
        PairedRows pairs = PairedRows.of(bench, PairedRows.Kind.PERMUTED, rows);
        Matrix y = bench.operand(rows, d, 1);
        Matrix weight = bench.operand(width, d, 1 / Math.sqrt(d));
        Matrix x = bench.operand(rows, width, 1);
        Tensor projectedY = bench.operandOutput(rows, width);
        Tensor out = bench.operandOutput(2 * rows, width);
        double elements = (double) rows * width;
        int[] columns = bench.sampledColumns(width, d);
        double stored = bench.operandRoundingError() / Products.TOLERANCE;
        return Prepared.of(
                new Cost(bench.operandBytes() * (4 * elements + (double) d * (rows + width)), 2 * elements * (d + 2)),
                () -> bench.backend()
                        .linearPairs(
                                y.tensor(),
                                weight.tensor(),
                                x.tensor(),
                                (Pairing.Permuted) pairs.pairing(),
                                projectedY,
                                out),
                new Check(
                        Products.TOLERANCE,
                        Products.least(
                                bench,
                                rounding -> bench.error(out, columns, (pair, c, at) -> {
                                    int ofX = pair % rows;
                                    int ofY = pair < rows ? ofX : pairs.y().applyAsInt(ofX);
                                    double projection = 0;
                                    double size = Math.abs(x.at(ofX, c));
                                    for (int k = 0; k < d; k++) {
                                        double term = rounding.of(y.at(ofY, k)) * rounding.of(weight.at(c, k));
                                        projection += term;
                                        size += Math.abs(term);
                                    }
                                    double value = leaky(projection + x.at(ofX, c));
                                    // The projection may have been kept, and rounded.
                                    at.set(value, size + stored * (Math.abs(projection) + Math.abs(value)));
                                }))));
    }

    private Prepared pairRowsBackward(Workbench bench, PairedRows.Kind kind, int rows) {
        PairedRows pairs = PairedRows.of(bench, kind, rows);
        Matrix gradient = bench.operand(rows, width, 1);
        Matrix gradX = bench.random(rows, width, 1);
        Matrix gradY = bench.random(rows, width, 1);
        int[] columns = bench.sampledColumns(width, 1L << 19);
        double elements = (double) rows * width;
        return Prepared.of(
                new Cost((4.0 * Float.BYTES + bench.operandBytes()) * elements, 2 * elements),
                () -> bench.backend()
                        .pairRowsBackward(
                                gradient.tensor(), new PairPiece(pairs.pairing(), 0), gradX.tensor(), gradY.tensor()),
                new Check(SUM_TOLERANCE, () -> {
                    double worst = error(bench, gradX, columns, pairs, pairs.x(), gradient);
                    return Math.max(worst, error(bench, gradY, columns, pairs, pairs.y(), gradient));
                }));
    }

    private static double error(
            Workbench bench, Matrix into, int[] columns, PairedRows pairs, IntUnaryOperator side, Matrix gradient) {
        return bench.error(into.tensor(), columns, (row, c, at) -> {
            double[] sum = {into.at(row, c), Math.abs(into.at(row, c)) + 1e-3};
            pairs.pairsOf(side, row, pair -> {
                sum[0] += gradient.at(pair, c);
                sum[1] += Math.abs(gradient.at(pair, c));
            });
            at.set(sum[0], sum[1]);
        });
    }

    /** Joint and permuted pairs in one, as the published epoch has them. */
    private Prepared bothBackward(Workbench bench, int rows) {
        PairedRows pairs = PairedRows.of(bench, PairedRows.Kind.PERMUTED, rows);
        Matrix gradient = bench.operand(2 * rows, width, 1);
        Tensor gradX = bench.operandOutput(rows, width);
        Tensor gradY = bench.operandOutput(rows, width);
        int[] columns = bench.sampledColumns(width, 1L << 19);
        double elements = (double) rows * width;
        return Prepared.of(
                new Cost(4.0 * bench.operandBytes() * elements, 2 * elements),
                () -> bench.backend()
                        .pairRowsBackward(gradient.tensor(), (Pairing.Permuted) pairs.pairing(), gradX, gradY),
                new Check(TOLERANCE + bench.operandRoundingError(), () -> {
                    double worst = bench.error(
                            gradX,
                            columns,
                            (row, c, at) -> at.set((double) gradient.at(row, c) + gradient.at((long) rows + row, c)));
                    double other = bench.error(gradY, columns, (row, c, at) -> {
                        double[] sum = {gradient.at(row, c)};
                        pairs.pairsOf(pairs.y(), row, pair -> sum[0] += gradient.at((long) rows + pair, c));
                        at.set(sum[0]);
                    });
                    return Math.max(worst, other);
                }));
    }

    private Prepared pairProducts(Workbench bench, int rows) {
        PairedRows pairs = PairedRows.of(bench, PairedRows.Kind.LISTED, rows);
        Matrix x = bench.random(rows, width, 1);
        Matrix y = bench.random(rows, width, 1);
        Tensor out = bench.output(rows, 1);
        double elements = (double) rows * width;
        return Prepared.of(
                new Cost(2 * Float.BYTES * elements, 2 * elements),
                () -> bench.backend().pairProducts(x.tensor(), y.tensor(), new PairPiece(pairs.pairing(), 0), out),
                new Check(
                        2e-6,
                        () -> bench.error(out, (row, unused, at) -> {
                            double sum = 0;
                            double size = 1e-3;
                            for (int c = 0; c < width; c++) {
                                double term = (double) x.at(pairs.x().applyAsInt(row), c)
                                        * y.at(pairs.y().applyAsInt(row), c);
                                sum += term;
                                size += Math.abs(term);
                            }
                            at.set(sum, size);
                        })));
    }

    private static Prepared leakyReluBackward(Workbench bench, int rows, int columns) {
        Matrix out = bench.random(rows, columns, 1);
        Matrix gradient = bench.random(rows, columns, 1);
        Tensor kept = bench.copied(gradient.tensor());
        double elements = (double) rows * columns;
        return Prepared.of(
                        new Cost(3.0 * Float.BYTES * elements, elements),
                        () -> bench.backend().leakyReluBackward(out.tensor(), gradient.tensor()),
                        new Check(
                                1e-7,
                                () -> bench.error(
                                        gradient.tensor(),
                                        (row, c, at) ->
                                                at.set(gradient.at(row, c) * (out.at(row, c) > 0 ? 1 : SLOPE)))))
                .restoredBy(() -> bench.backend().copy(kept, gradient.tensor()));
    }

    private static Prepared columnSums(Workbench bench, int rows, int columns) {
        Matrix x = bench.operand(rows, columns, 1);
        Tensor sums = bench.output(1, columns);
        double elements = (double) rows * columns;
        int[] sampled = bench.sampledColumns(columns, rows);
        return Prepared.of(
                new Cost(bench.operandBytes() * elements, elements),
                () -> bench.backend().columnSums(x.tensor(), 0, sums),
                new Check(
                        SUM_TOLERANCE,
                        () -> bench.error(sums, sampled, (unused, c, at) -> {
                            double sum = 0;
                            double size = 1e-3;
                            for (int row = 0; row < rows; row++) {
                                sum += x.at(row, c);
                                size += Math.abs(x.at(row, c));
                            }
                            at.set(sum, size);
                        })));
    }
}
