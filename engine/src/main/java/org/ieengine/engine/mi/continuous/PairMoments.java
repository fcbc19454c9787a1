package org.ieengine.engine.mi.continuous;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Sums of products of all columns of a pair over blocks of its rows, in float64, so that covariances of any union of blocks are had
 * without another pass. Columns that are constant over all rows take no part; the others are first brought to mean 0 and variance 1
 * over all rows.
 */
final class PairMoments {
    /** Rows brought to float64 at once. A panel of 1,536 columns is 3 MB. */
    private static final int PANEL = 256;

    /** Rows added to a sum in one go: a sum is then read and written once for eight products. */
    private static final int AT_ONCE = 8;

    /** A tile of sums, and the rows of a panel that it meets, stay in the caches: 128 KB and 16 KB. */
    private static final int TILE_ROWS = 64;

    private static final int TILE_COLUMNS = 256;

    private final int[] columnsX;
    private final int[] columnsY;
    private final double[] mean;
    private final double[] deviation;
    private final int[] counts;
    private final double[][] sums;
    private final double[][] products;

    private PairMoments(SamplePairs pairs, int[] rows, int blocks) {
        ColumnStatistics ofX = ColumnStatistics.of(pairs.x(), pairs.dx(), rows);
        ColumnStatistics ofY = ColumnStatistics.of(pairs.y(), pairs.dy(), rows);
        columnsX = ofX.varying();
        columnsY = ofY.varying();
        mean = joined(ofX.mean(), ofY.mean());
        deviation = joined(ofX.deviation(), ofY.deviation());
        counts = new int[blocks];
        sums = new double[blocks][width()];
        products = new double[blocks][width() * width()];
    }

    private double[] joined(double[] ofX, double[] ofY) {
        return IntStream.concat(Arrays.stream(columnsX), Arrays.stream(columnsY).map(c -> c + ofX.length))
                .mapToDouble(c -> c < ofX.length ? ofX[c] : ofY[c - ofX.length])
                .toArray();
    }

    /**
     * Sums over blocks of rows.
     *
     * @param blocks the rows of each block, at least one row in all
     * @param afterBlock told after each block, to stop by throwing
     */
    static PairMoments of(SamplePairs pairs, int[][] blocks, Runnable afterBlock) {
        int[] rows = Arrays.stream(blocks).flatMapToInt(Arrays::stream).toArray();
        PairMoments moments = new PairMoments(pairs, rows, blocks.length);
        double[] panel = new double[PANEL * moments.width()];
        for (int block = 0; block < blocks.length; block++) {
            moments.counts[block] = blocks[block].length;
            for (int first = 0; first < blocks[block].length; first += PANEL) {
                int count = Math.min(PANEL, blocks[block].length - first);
                moments.fill(panel, pairs, Arrays.copyOfRange(blocks[block], first, first + count));
                moments.add(panel, count, block);
            }
            afterBlock.run();
        }
        return moments;
    }

    /** Standardised rows, then zeros up to a multiple of what is added at once. */
    private void fill(double[] panel, SamplePairs pairs, int[] rows) {
        int d = width();
        IntStream.range(0, rows.length).parallel().forEach(i -> {
            int startX = rows[i] * pairs.dx();
            for (int c = 0; c < columnsX.length; c++) {
                panel[i * d + c] = (pairs.x()[startX + columnsX[c]] - mean[c]) / deviation[c];
            }
            int startY = rows[i] * pairs.dy();
            for (int c = 0; c < columnsY.length; c++) {
                int j = columnsX.length + c;
                panel[i * d + j] = (pairs.y()[startY + columnsY[c]] - mean[j]) / deviation[j];
            }
        });
        int padded = (rows.length + AT_ONCE - 1) / AT_ONCE * AT_ONCE;
        Arrays.fill(panel, rows.length * d, padded * d, 0);
    }

    private void add(double[] panel, int rows, int block) {
        int d = width();
        double[] sum = sums[block];
        for (int i = 0; i < rows; i++) {
            for (int c = 0; c < d; c++) {
                sum[c] += panel[i * d + c];
            }
        }
        int across = (d + TILE_COLUMNS - 1) / TILE_COLUMNS;
        int down = (d + TILE_ROWS - 1) / TILE_ROWS;
        IntStream.range(0, across * down).parallel().forEach(tile -> {
            int i = tile / across * TILE_ROWS;
            int j = tile % across * TILE_COLUMNS;
            int endJ = Math.min(d, j + TILE_COLUMNS);
            if (endJ > i) {
                for (int row = 0; row < rows; row += AT_ONCE) {
                    for (int r = i; r < Math.min(d, i + TILE_ROWS); r++) {
                        addEight(panel, row * d, r, products[block], j, endJ);
                    }
                }
            }
        });
    }

    /** Products of column i with columns from to end, of eight rows. */
    private void addEight(double[] panel, int start, int i, double[] sum, int from, int end) {
        int d = width();
        int r1 = start + d;
        int r2 = r1 + d;
        int r3 = r2 + d;
        int r4 = r3 + d;
        int r5 = r4 + d;
        int r6 = r5 + d;
        int r7 = r6 + d;
        double a0 = panel[start + i];
        double a1 = panel[r1 + i];
        double a2 = panel[r2 + i];
        double a3 = panel[r3 + i];
        double a4 = panel[r4 + i];
        double a5 = panel[r5 + i];
        double a6 = panel[r6 + i];
        double a7 = panel[r7 + i];
        int out = i * d;
        for (int j = from; j < end; j++) {
            sum[out + j] += a0 * panel[start + j]
                    + a1 * panel[r1 + j]
                    + a2 * panel[r2 + j]
                    + a3 * panel[r3 + j]
                    + (a4 * panel[r4 + j] + a5 * panel[r5 + j] + a6 * panel[r6 + j] + a7 * panel[r7 + j]);
        }
    }

    /** Columns of x and y together that are not constant. */
    int width() {
        return columnsX.length + columnsY.length;
    }

    /** Columns of x that are not constant. */
    int[] columnsX() {
        return columnsX;
    }

    /** Columns of y that are not constant. */
    int[] columnsY() {
        return columnsY;
    }

    /** Mean of each column [width], x's first, in its own unit, over the blocks that take part. */
    double[] mean(boolean[] included) {
        double[] centre = new double[width()];
        for (int b = 0; b < counts.length; b++) {
            if (included[b]) {
                addTo(centre, sums[b]);
            }
        }
        for (int j = 0; j < centre.length; j++) {
            centre[j] = mean[j] + deviation[j] * centre[j] / count(included);
        }
        return centre;
    }

    /** Standard deviation of each column [width], x's first. */
    double[] deviation() {
        return deviation;
    }

    /**
     * Variance [width] of the standardised columns that arithmetic cannot tell from 0: 1e-12 for sums in float64, and a hundred times
     * what rounding values to float32 adds, which matters where a mean is large beside the deviation.
     */
    double[] varianceFloors() {
        double[] floors = new double[width()];
        for (int j = 0; j < floors.length; j++) {
            double size = mean[j] * mean[j] / (deviation[j] * deviation[j]) + 1;
            floors[j] = 1e-12 + 100 * size * 0x1p-48 / 3;
        }
        return floors;
    }

    /** Rows of the blocks that take part. */
    int count(boolean[] included) {
        int count = 0;
        for (int b = 0; b < counts.length; b++) {
            count += included[b] ? counts[b] : 0;
        }
        return count;
    }

    /** Covariance [width, width] of the standardised columns over the blocks that take part, divided by their rows. */
    double[] covariance(boolean[] included) {
        int d = width();
        double n = count(included);
        double[] sum = new double[d];
        double[] covariance = new double[d * d];
        for (int b = 0; b < counts.length; b++) {
            if (included[b]) {
                addTo(sum, sums[b]);
                addTo(covariance, products[b]);
            }
        }
        for (int i = 0; i < d; i++) {
            for (int j = i; j < d; j++) {
                covariance[i * d + j] = covariance[i * d + j] / n - sum[i] / n * (sum[j] / n);
                covariance[j * d + i] = covariance[i * d + j];
            }
        }
        return covariance;
    }

    private static void addTo(double[] total, double[] part) {
        for (int i = 0; i < total.length; i++) {
            total[i] += part[i];
        }
    }
}
