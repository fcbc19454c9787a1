package org.ieengine.engine.mi.continuous;

import java.util.Arrays;

/** Neighbours by looking at every row: N (dx + dy) operations a row, in columns, so that a processor does several at once. */
final class ScanSearch implements NeighbourSearch {
    private final double[][] x;
    private final double[][] y;
    private final double[] distanceX;
    private final double[] distanceY;
    private final int k;
    private final NearestDistances nearest;

    /**
     * Of columns.
     *
     * @param x [dx][N]
     * @param y [dy][N]
     */
    ScanSearch(double[][] x, double[][] y, int k) {
        this.x = x;
        this.y = y;
        this.k = k;
        distanceX = new double[x[0].length];
        distanceY = new double[x[0].length];
        nearest = new NearestDistances(k + 1);
    }

    @Override
    public Neighbours around(int row) {
        distances(x, row, distanceX);
        distances(y, row, distanceY);
        nearest.clear();
        double worst = nearest.worst();
        for (int j = 0; j < distanceX.length; j++) {
            double together = Math.max(distanceX[j], distanceY[j]);
            if (together < worst) {
                nearest.take(together);
                worst = nearest.worst();
            }
        }
        double radius = worst > 0 ? worst : EQUAL;
        int inX = -1;
        int inY = -1;
        int equal = -1;
        for (int j = 0; j < distanceX.length; j++) {
            inX += distanceX[j] < radius ? 1 : 0;
            inY += distanceY[j] < radius ? 1 : 0;
            equal += Math.max(distanceX[j], distanceY[j]) < EQUAL ? 1 : 0;
        }
        return new Neighbours(worst, worst > 0 ? k : equal, inX, inY);
    }

    private static void distances(double[][] columns, int row, double[] distance) {
        Arrays.fill(distance, 0);
        for (double[] column : columns) {
            double own = column[row];
            for (int j = 0; j < distance.length; j++) {
                distance[j] = Math.max(distance[j], Math.abs(column[j] - own));
            }
        }
    }
}
