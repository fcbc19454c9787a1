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

    /**
     * Rows that are added in one go to the sums of two columns: a row is then read once for two products, a sum once for four. Twice as
     * fast as eight rows to one column's sums; more of either spills registers. 10 Gflop/s of a core with AVX2.
     */
    private static final int AT_ONCE = 4;

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
        sums = new double[blocks][stride()];
        products = new double[blocks][stride() * stride()];
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
        double[] panel = new double[PANEL * moments.stride()];
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
        int d = stride();
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
        int d = stride();
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
                    for (int r = i; r < Math.min(d, i + TILE_ROWS); r += 2) {
                        addFour(panel, row * d, r, products[block], Math.max(j, r), endJ);
                    }
                }
            }
        });
    }

    /** Products of columns i and i + 1 with columns from to end, of four rows. */
    private void addFour(double[] panel, int start, int i, double[] sum, int from, int end) {
        int d = stride();
        int r1 = start + d;
        int r2 = r1 + d;
        int r3 = r2 + d;
        double a0 = panel[start + i];
        double a1 = panel[r1 + i];
        double a2 = panel[r2 + i];
        double a3 = panel[r3 + i];
        double b0 = panel[start + i + 1];
        double b1 = panel[r1 + i + 1];
        double b2 = panel[r2 + i + 1];
        double b3 = panel[r3 + i + 1];
        int outA = i * d;
        int outB = outA + d;
        for (int j = from; j < end; j++) {
            double x0 = panel[start + j];
            double x1 = panel[r1 + j];
            double x2 = panel[r2 + j];
            double x3 = panel[r3 + j];
            sum[outA + j] = Math.fma(a0, x0, Math.fma(a1, x1, Math.fma(a2, x2, Math.fma(a3, x3, sum[outA + j]))));
            sum[outB + j] = Math.fma(b0, x0, Math.fma(b1, x1, Math.fma(b2, x2, Math.fma(b3, x3, sum[outB + j]))));
        }
    }

    /** Width of a row of sums, even: sums are formed for two columns at once. */
    private int stride() {
        return width() + 1 & ~1;
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
        double[] centre = new double[stride()];
        for (int b = 0; b < counts.length; b++) {
            if (included[b]) {
                addTo(centre, sums[b]);
            }
        }
        for (int j = 0; j < width(); j++) {
            centre[j] = mean[j] + deviation[j] * centre[j] / count(included);
        }
        return Arrays.copyOf(centre, width());
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
        int stride = stride();
        double n = count(included);
        double[] sum = new double[stride];
        double[] total = new double[stride * stride];
        double[] covariance = new double[d * d];
        for (int b = 0; b < counts.length; b++) {
            if (included[b]) {
                addTo(sum, sums[b]);
                addTo(total, products[b]);
            }
        }
        for (int i = 0; i < d; i++) {
            for (int j = i; j < d; j++) {
                covariance[i * d + j] = total[i * stride + j] / n - sum[i] / n * (sum[j] / n);
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
