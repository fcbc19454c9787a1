package org.ieengine.engine.mi.continuous;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.ieengine.engine.mi.continuous.NeighbourSearch.Neighbours;
import org.ieengine.engine.tensor.Philox;
import org.junit.jupiter.api.Test;

class NeighbourSearchTest {
    /** The definition, by sorting all distances. */
    private static Neighbours defined(double[][] x, double[][] y, int k, int row) {
        int n = x[0].length;
        double[] together = new double[n - 1];
        for (int j = 0, at = 0; j < n; j++) {
            if (j != row) {
                together[at++] = Math.max(distance(x, row, j), distance(y, row, j));
            }
        }
        double[] sorted = together.clone();
        Arrays.sort(sorted);
        double eps = sorted[k - 1];
        int equal = 0;
        int inX = 0;
        int inY = 0;
        for (int j = 0; j < n; j++) {
            if (j != row) {
                double offX = distance(x, row, j);
                double offY = distance(y, row, j);
                equal += offX == 0 && offY == 0 ? 1 : 0;
                inX += eps > 0 ? (offX < eps ? 1 : 0) : offX == 0 ? 1 : 0;
                inY += eps > 0 ? (offY < eps ? 1 : 0) : offY == 0 ? 1 : 0;
            }
        }
        return new Neighbours(eps, eps > 0 ? k : equal, inX, inY);
    }

    private static double distance(double[][] columns, int i, int j) {
        double most = 0;
        for (double[] column : columns) {
            most = Math.max(most, Math.abs(column[i] - column[j]));
        }
        return most;
    }

    /** Normal columns, rounded to a multiple of the grain where there is one. */
    private static double[][] columns(int n, int d, double grain, long seed) {
        Philox stream = new Philox(seed, 1, 0, 0, 0);
        double[][] columns = new double[d][n];
        for (int c = 0; c < d; c++) {
            for (int i = 0; i < n; i++) {
                double value = stream.normal((long) c * n + i);
                columns[c][i] = grain > 0 ? Math.rint(value / grain) * grain : value / 0.7;
            }
        }
        return columns;
    }

    @Test
    void treesAndScansFindWhatTheDefinitionSaysTiesIncluded() {
        int checked = 0;
        for (int n : new int[] {5, 13, 97, 600}) {
            for (int[] widths : new int[][] {{1, 1}, {1, 3}, {2, 2}, {5, 4}, {8, 1}}) {
                // 1.5 leaves most rows repeated, 0.1 distances tied, 0 neither.
                for (double grain : new double[] {0, 0.1, 1.5}) {
                    for (int k : new int[] {1, 3}) {
                        double[][] x = columns(n, widths[0], grain, n);
                        double[][] y = columns(n, widths[1], grain, n + 1L);
                        NeighbourSearch tree = new TreeSearch(x, y, k).again();
                        NeighbourSearch scan = new ScanSearch(x, y, k);
                        for (int row = 0; row < n; row += 1 + n / 50) {
                            Neighbours expected = defined(x, y, k, row);
                            assertEquals(expected, tree.around(row), "tree");
                            assertEquals(expected, scan.around(row), "scan");
                            checked++;
                        }
                    }
                }
            }
        }
        assertEquals(30 * (5 + 13 + 49 + 47), checked);
    }

    @Test
    void equalRowsEverywhereAreOneLeaf() {
        double[][] x = {new double[100]};
        double[][] y = {new double[100], new double[100]};
        assertEquals(new Neighbours(0, 99, 99, 99), new TreeSearch(x, y, 3).around(50));
        assertEquals(new Neighbours(0, 99, 99, 99), new ScanSearch(x, y, 3).around(50));
    }
}
