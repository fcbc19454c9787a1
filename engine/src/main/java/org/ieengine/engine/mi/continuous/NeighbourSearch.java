package org.ieengine.engine.mi.continuous;

/**
 * Finds, for rows of a pair, what lies around them in the largest norm: |(x, y)| = max over the coordinates of both. Distances are
 * float64, counts exact, so every search gives the same answer. Searches hold scratch: one thread each.
 */
interface NeighbourSearch {
    /**
     * What lies around a row. The row itself never counts.
     *
     * @param distance to its k-th neighbour
     * @param together k; at distance 0 the number of other rows equal to it in x and y
     * @param inX other rows whose x is nearer than the distance; at distance 0 those equal in x
     * @param inY the same of y
     */
    record Neighbours(double distance, int together, int inX, int inY) {}

    /** Around row {@code row}, with its k-th neighbour. */
    Neighbours around(int row);

    /** Nothing but 0 is nearer than this: a radius for equal values. */
    double EQUAL = Double.MIN_VALUE;
}
