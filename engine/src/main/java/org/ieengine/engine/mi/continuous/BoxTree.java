package org.ieengine.engine.mi.continuous;

/**
 * Points [N, d] in a k-d tree whose nodes know the box about their points (Bentley 1975, Communications of the ACM 18:509-517): split
 * at the median of the widest side. Distances are in the largest norm. Boxes are compared by the same subtraction as points, whose
 * rounding is monotone, so nothing is left out that a scan would find. Good for few dimensions; beyond about ten every box is near.
 */
final class BoxTree {
    private static final int LEAF = 12;

    private final int d;
    private final double[] points;
    private final double[] low;
    private final double[] high;
    private final int[] from;
    private final int[] to;
    private final int[] left;
    private int nodes;

    /**
     * Builds.
     *
     * @param columns [d][N]
     */
    BoxTree(double[][] columns) {
        d = columns.length;
        int n = columns[0].length;
        int most = 4 * (n / LEAF + 1);
        low = new double[most * d];
        high = new double[most * d];
        from = new int[most];
        to = new int[most];
        left = new int[most];
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        nodes = 1;
        build(0, 0, n, order, columns);
        points = new double[n * d];
        for (int place = 0; place < n; place++) {
            for (int c = 0; c < d; c++) {
                points[place * d + c] = columns[c][order[place]];
            }
        }
    }

    private void build(int node, int first, int end, int[] order, double[][] columns) {
        from[node] = first;
        to[node] = end;
        int widest = 0;
        for (int c = 0; c < d; c++) {
            double least = Double.POSITIVE_INFINITY;
            double most = Double.NEGATIVE_INFINITY;
            for (int i = first; i < end; i++) {
                double value = columns[c][order[i]];
                least = Math.min(least, value);
                most = Math.max(most, value);
            }
            low[node * d + c] = least;
            high[node * d + c] = most;
            if (most - least > extent(node, widest)) {
                widest = c;
            }
        }
        if (end - first <= LEAF || extent(node, widest) == 0) {
            return;
        }
        int middle = (first + end) >>> 1;
        select(order, columns[widest], first, end - 1, middle);
        int child = nodes;
        nodes += 2;
        left[node] = child;
        build(child, first, middle, order, columns);
        build(child + 1, middle, end, order, columns);
    }

    private double extent(int node, int c) {
        return high[node * d + c] - low[node * d + c];
    }

    /** Reorders so that place {@code middle} holds what it would hold sorted (Hoare 1961, Algorithm 65). */
    private static void select(int[] order, double[] values, int first, int last, int middle) {
        int lo = first;
        int hi = last;
        while (lo < hi) {
            double pivot = values[order[(lo + hi) >>> 1]];
            int i = lo;
            int j = hi;
            while (i <= j) {
                while (values[order[i]] < pivot) {
                    i++;
                }
                while (values[order[j]] > pivot) {
                    j--;
                }
                if (i <= j) {
                    int held = order[i];
                    order[i] = order[j];
                    order[j] = held;
                    i++;
                    j--;
                }
            }
            if (middle <= j) {
                hi = j;
            } else if (middle >= i) {
                lo = i;
            } else {
                return;
            }
        }
    }

    /** Offers the distances of all points to {@code query} [d] that may be among the nearest. */
    void nearest(double[] query, NearestDistances kept) {
        nearest(0, query, kept);
    }

    private void nearest(int node, double[] query, NearestDistances kept) {
        int child = left[node];
        if (child == 0) {
            for (int place = from[node]; place < to[node]; place++) {
                double distance = distance(place, query, kept.worst());
                if (distance < kept.worst()) {
                    kept.take(distance);
                }
            }
            return;
        }
        double first = toBox(child, query);
        double second = toBox(child + 1, query);
        int nearer = first <= second ? child : child + 1;
        if (Math.min(first, second) < kept.worst()) {
            nearest(nearer, query, kept);
        }
        if (Math.max(first, second) < kept.worst()) {
            nearest(nearer == child ? child + 1 : child, query, kept);
        }
    }

    /** Number of points nearer to {@code query} [d] than the radius. */
    int within(double[] query, double radius) {
        return within(0, query, radius);
    }

    private int within(int node, double[] query, double radius) {
        if (toBox(node, query) >= radius) {
            return 0;
        }
        if (acrossBox(node, query, radius) < radius) {
            return to[node] - from[node];
        }
        int child = left[node];
        if (child != 0) {
            return within(child, query, radius) + within(child + 1, query, radius);
        }
        int count = 0;
        for (int place = from[node]; place < to[node]; place++) {
            count += distance(place, query, radius) < radius ? 1 : 0;
        }
        return count;
    }

    /** Distance to a point, or some lower bound of it that reaches {@code enough}. */
    private double distance(int place, double[] query, double enough) {
        double most = 0;
        int start = place * d;
        for (int c = 0; c < d; c++) {
            double off = Math.abs(points[start + c] - query[c]);
            if (off > most) {
                most = off;
                if (most >= enough) {
                    return most;
                }
            }
        }
        return most;
    }

    /** Distance to the nearest place of a box. */
    private double toBox(int node, double[] query) {
        double most = 0;
        int start = node * d;
        for (int c = 0; c < d; c++) {
            double below = low[start + c] - query[c];
            double above = query[c] - high[start + c];
            most = Math.max(most, Math.max(below, above));
        }
        return most;
    }

    /** Distance to the farthest place of a box, or some lower bound of it that reaches {@code enough}. */
    private double acrossBox(int node, double[] query, double enough) {
        double most = 0;
        int start = node * d;
        for (int c = 0; c < d && most < enough; c++) {
            double toLow = Math.abs(low[start + c] - query[c]);
            double toHigh = Math.abs(high[start + c] - query[c]);
            most = Math.max(most, Math.max(toLow, toHigh));
        }
        return most;
    }
}
