package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.Tensor;

/**
 * Statistics of the columns and rows of states: standardising them, telling rows apart, finding what is not finite, and the nearest
 * centroid.
 */
final class StatisticsCases {
    /** Most clusters that the standard protocol looks for. */
    private static final int MOST_CENTROIDS = 1024;

    private final Extents extents;
    private final int d;
    private final int centroids;

    StatisticsCases(Extents extents) {
        this.extents = extents;
        this.centroids = Math.min(MOST_CENTROIDS, extents.samples());
        this.d = extents.dimensions();
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        Extent states = Extent.of(extents.samples(), d + 2L, 2L * d, rows -> BlockCases.shape(rows, d));
        Extent pair = Extent.of(extents.samples(), 2L * d, 2L * d, rows -> BlockCases.shape(rows, d));
        cases.add(new BenchmarkCase("column moments", "states", states, Traits.READING, this::columnMoments));
        cases.add(new BenchmarkCase("standardise", "states", pair, Traits.OPERANDS, this::standardise));
        cases.add(new BenchmarkCase("squared norms", "states", states, Traits.PLAIN, this::squaredNorms));
        cases.add(new BenchmarkCase("row hashes", "states", states, Traits.READING, this::rowHashes));
        cases.add(new BenchmarkCase("first row not finite", "states", states, Traits.READING, this::notFinite));
        Extent products =
                Extent.of(extents.samples(), centroids + 3L, 2L * centroids, rows -> BlockCases.shape(rows, centroids));
        cases.add(new BenchmarkCase(
                "nearest centroid", "clusters of states", products, Traits.READING, this::nearestCentroid));
        return cases;
    }

    private Cost read(int rows, double passes, int flop) {
        double elements = (double) rows * d;
        return new Cost(Float.BYTES * passes * elements, flop * elements);
    }

    private Prepared columnMoments(Workbench bench, int rows) {
        Matrix x = bench.random(rows, d, 1);
        double[] weights = new double[rows];
        int[] counts = bench.drawn(rows, 5);
        Arrays.setAll(weights, row -> 1 + counts[row]);
        double total = Arrays.stream(weights).sum();
        double[] mean = new double[d];
        double[] variance = new double[d];
        Arrays.fill(mean, Double.NaN);
        Arrays.fill(variance, Double.NaN);
        int[] sampled = bench.sampledColumns(d, rows);
        return Prepared.of(
                // Two passes over the states.
                read(rows, 2, 5),
                () -> bench.backend().columnMoments(x.tensor(), weights, mean, variance),
                new Check(1e-10, () -> {
                    double worst = 0;
                    for (int c : sampled) {
                        double first = 0;
                        double second = 0;
                        for (int row = 0; row < rows; row++) {
                            first += weights[row] * x.at(row, c) / total;
                            second += weights[row] * x.at(row, c) * x.at(row, c) / total;
                        }
                        double error =
                                Math.max(Math.abs(mean[c] - first), Math.abs(variance[c] - (second - first * first)));
                        worst = Math.max(worst, error);
                    }
                    return worst;
                }));
    }

    private Prepared standardise(Workbench bench, int rows) {
        Matrix x = bench.random(rows, d, 1);
        Matrix shift = bench.random(1, d, 1);
        Matrix factor = bench.random(1, d, 1);
        Tensor out = bench.operandOutput(rows, d);
        double elements = (double) rows * d;
        return Prepared.of(
                new Cost((Float.BYTES + (double) bench.operandBytes()) * elements, 2 * elements),
                () -> bench.backend().standardise(x.tensor(), shift.tensor(), factor.tensor(), out),
                new Check(
                        1e-6 + bench.operandRoundingError(),
                        () -> bench.error(
                                out,
                                (row, c, at) -> at.set(((double) x.at(row, c) - shift.at(0, c)) * factor.at(0, c)))));
    }

    private Prepared squaredNorms(Workbench bench, int rows) {
        Matrix x = bench.random(rows, d, 1);
        Tensor out = bench.output(rows, 1);
        return Prepared.of(
                read(rows, 1, 2),
                () -> bench.backend().squaredNorms(x.tensor(), out),
                new Check(
                        1e-6,
                        () -> bench.error(out, (row, unused, at) -> {
                            double sum = 0;
                            for (int c = 0; c < d; c++) {
                                sum += (double) x.at(row, c) * x.at(row, c);
                            }
                            at.set(sum);
                        })));
    }

    /** Rows that repeat have equal hashes, all others different ones. */
    private Prepared rowHashes(Workbench bench, int rows) {
        Matrix x = bench.random(rows, d, 1);
        long[][] hashes = new long[1][];
        return Prepared.of(
                read(rows, 1, 0), () -> hashes[0] = bench.backend().rowHashes(x.tensor()), Check.exact(() -> {
                    int wrong = 0;
                    for (int row = x.period(); row < rows; row++) {
                        wrong += hashes[0][row] == hashes[0][row % x.period()] ? 0 : 1;
                    }
                    long distinct =
                            Arrays.stream(hashes[0], 0, x.period()).distinct().count();
                    return wrong + (double) (x.period() - distinct);
                }));
    }

    /** Nothing is found before the last row, which is not finite. */
    private Prepared notFinite(Workbench bench, int rows) {
        Matrix x = bench.random(rows, d, 1);
        float[] last = new float[d];
        last[d - 1] = Float.POSITIVE_INFINITY;
        bench.backend().write(last, x.tensor(), rows - 1L);
        long[] found = {-2};
        return Prepared.of(
                read(rows, 1, 0),
                () -> found[0] = bench.backend().firstNonFiniteRow(x.tensor()),
                Check.exact(() -> Math.abs(found[0] - (rows - 1))));
    }

    /** Products are read once, half norms too; a score of float64 and an index are written for each row. */
    private Prepared nearestCentroid(Workbench bench, int rows) {
        Matrix products = bench.random(rows, centroids, 1);
        float[] drawn = bench.random(1, centroids, 1).values();
        double[] halfNorms = new double[centroids];
        Arrays.setAll(halfNorms, c -> 2 + (double) drawn[c]);
        int[] nearest = new int[rows];
        double[] scores = new double[rows];
        Arrays.fill(nearest, -1);
        double elements = (double) rows * centroids;
        return Prepared.of(
                new Cost(
                        Float.BYTES * elements
                                + Double.BYTES * (double) centroids
                                + (Double.BYTES + Integer.BYTES) * (double) rows,
                        2 * elements),
                () -> bench.backend().nearestCentroid(products.tensor(), halfNorms, nearest, scores),
                Check.exact(() -> {
                    int wrong = 0;
                    for (int row : bench.sampledRows(rows)) {
                        int first = 0;
                        for (int c = 1; c < centroids; c++) {
                            first = products.at(row, c) - halfNorms[c] > products.at(row, first) - halfNorms[first]
                                    ? c
                                    : first;
                        }
                        double score = products.at(row, first) - halfNorms[first];
                        wrong += nearest[row] == first && scores[row] == score ? 0 : 1;
                    }
                    return wrong;
                }));
    }
}
