package org.ieengine.engine.mi.continuous;

import java.util.Arrays;
import java.util.stream.Stream;

/** Neighbours by trees: one of pairs, one of each side; a side of one column is sorted instead. */
final class TreeSearch implements NeighbourSearch {
    private final double[][] x;
    private final double[][] y;
    private final BoxTree pairs;
    private final Side ofX;
    private final Side ofY;
    private final int k;
    private final NearestDistances nearest;
    private final double[] query;
    private final double[] queryX;
    private final double[] queryY;

    /**
     * Builds.
     *
     * @param x [dx][N]
     * @param y [dy][N]
     */
    TreeSearch(double[][] x, double[][] y, int k) {
        this(
                new double[][][] {x, y},
                new BoxTree(Stream.concat(Arrays.stream(x), Arrays.stream(y)).toArray(double[][]::new)),
                new Side[] {Side.of(x), Side.of(y)},
                k);
    }

    private TreeSearch(double[][][] columns, BoxTree pairs, Side[] sides, int k) {
        x = columns[0];
        y = columns[1];
        this.pairs = pairs;
        ofX = sides[0];
        ofY = sides[1];
        this.k = k;
        // The row itself is among its nearest.
        nearest = new NearestDistances(k + 1);
        query = new double[x.length + y.length];
        queryX = new double[x.length];
        queryY = new double[y.length];
    }

    /** The same trees for another thread. */
    TreeSearch again() {
        return new TreeSearch(new double[][][] {x, y}, pairs, new Side[] {ofX, ofY}, k);
    }

    @Override
    public Neighbours around(int row) {
        for (int c = 0; c < x.length; c++) {
            queryX[c] = x[c][row];
            query[c] = x[c][row];
        }
        for (int c = 0; c < y.length; c++) {
            queryY[c] = y[c][row];
            query[x.length + c] = y[c][row];
        }
        nearest.clear();
        pairs.nearest(query, nearest);
        double distance = nearest.worst();
        double radius = distance > 0 ? distance : EQUAL;
        int together = distance > 0 ? k : pairs.within(query, radius) - 1;
        return new Neighbours(distance, together, ofX.within(queryX, radius) - 1, ofY.within(queryY, radius) - 1);
    }

    /** Counts of one side. */
    private interface Side {
        int within(double[] query, double radius);

        static Side of(double[][] columns) {
            if (columns.length > 1) {
                return new BoxTree(columns)::within;
            }
            double[] sorted = columns[0].clone();
            Arrays.sort(sorted);
            return (query, radius) -> firstOff(sorted, query[0], radius) - firstNear(sorted, query[0], radius);
        }

        /** First place whose value is nearer than the radius, where a value at the query is there. */
        private static int firstNear(double[] sorted, double query, double radius) {
            int lo = 0;
            int hi = sorted.length;
            while (lo < hi) {
                int middle = (lo + hi) >>> 1;
                if (query - sorted[middle] >= radius) {
                    lo = middle + 1;
                } else {
                    hi = middle;
                }
            }
            return lo;
        }

        /** First place whose value is above the query by the radius or more. */
        private static int firstOff(double[] sorted, double query, double radius) {
            int lo = 0;
            int hi = sorted.length;
            while (lo < hi) {
                int middle = (lo + hi) >>> 1;
                if (sorted[middle] - query >= radius) {
                    hi = middle;
                } else {
                    lo = middle + 1;
                }
            }
            return lo;
        }
    }
}
