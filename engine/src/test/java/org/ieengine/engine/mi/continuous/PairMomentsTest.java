package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairMomentsTest {
    /** Covariances of the rows in the unit of the standardised columns, the plain way. */
    private static double[] direct(double[][] columns, double[] deviations, int[] rows) {
        int d = columns.length;
        double[] covariance = new double[d * d];
        double[] mean = new double[d];
        for (int i = 0; i < d; i++) {
            mean[i] = mean(columns[i], rows);
        }
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                double sum = 0;
                for (int row : rows) {
                    sum += (columns[i][row] - mean[i]) * (columns[j][row] - mean[j]);
                }
                covariance[i * d + j] = sum / rows.length / deviations[i] / deviations[j];
            }
        }
        return covariance;
    }

    private static double mean(double[] column, int[] rows) {
        return Arrays.stream(rows).mapToDouble(row -> column[row]).average().orElseThrow();
    }

    private static double[][] columns(SamplePairs pairs) {
        double[][] columns = new double[pairs.dx() + pairs.dy()][pairs.size()];
        for (int row = 0; row < pairs.size(); row++) {
            for (int c = 0; c < columns.length; c++) {
                columns[c][row] =
                        c < pairs.dx() ? pairs.x()[row * pairs.dx() + c] : pairs.y()[row * pairs.dy() + c - pairs.dx()];
            }
        }
        return columns;
    }

    @Test
    void covariancesOfUnionsOfBlocksAreThoseOfTheirRows() {
        // Panels of 256 rows, full and not, of lengths that no multiple of four is; widths below, at and beyond a tile.
        int[][] widths = {{1, 1}, {2, 3}, {33, 31}, {70, 200}};
        for (int[] width : widths) {
            SamplePairs plain = GaussianSamples.canonical(600, width[0], width[1], new double[] {0.7}, 5);
            SamplePairs pairs =
                    new SamplePairs(GaussianSamples.mixed(plain.x(), width[0], 4), width[0], plain.y(), width[1]);
            int[][] blocks = {
                IntStream.range(0, 259).map(i -> 599 - 2 * i).toArray(),
                IntStream.range(0, 7).map(i -> 2 * i).toArray(),
                IntStream.range(0, 1).map(i -> 100).toArray()
            };
            PairMoments moments = PairMoments.of(pairs, blocks, () -> {});
            int[] all = IntStream.concat(
                            Arrays.stream(blocks[0]),
                            IntStream.concat(Arrays.stream(blocks[1]), Arrays.stream(blocks[2])))
                    .toArray();
            double[][] columns = columns(pairs);
            for (int c = 0; c < columns.length; c++) {
                double mean = mean(columns[c], all);
                double[] column = columns[c];
                double variance = Arrays.stream(all)
                        .mapToDouble(row -> (column[row] - mean) * (column[row] - mean))
                        .average()
                        .orElseThrow();
                assertEquals(Math.sqrt(variance), moments.deviation()[c], 1e-12);
            }
            for (boolean[] included : new boolean[][] {{true, true, true}, {true, false, true}, {false, true, false}}) {
                int[] rows = IntStream.range(0, 3)
                        .filter(b -> included[b])
                        .flatMap(b -> Arrays.stream(blocks[b]))
                        .toArray();
                assertEquals(rows.length, moments.count(included));
                assertArrayEquals(
                        direct(columns, moments.deviation(), rows), moments.covariance(included), 1e-11, "covariance");
                double[] means = moments.mean(included);
                for (int c = 0; c < columns.length; c++) {
                    assertEquals(mean(columns[c], rows), means[c], 1e-11);
                }
            }
        }
    }
}
