package org.ieengine.engine.mi.continuous;

import java.util.Arrays;

/** The few smallest of the distances that are offered, in ascending order. */
final class NearestDistances {
    private final double[] smallest;

    NearestDistances(int count) {
        smallest = new double[count];
        clear();
    }

    /** Forgets all. */
    void clear() {
        Arrays.fill(smallest, Double.POSITIVE_INFINITY);
    }

    /** The largest of those kept; what is not below it changes nothing. */
    double worst() {
        return smallest[smallest.length - 1];
    }

    /** Takes a distance below the worst. */
    void take(double distance) {
        int place = smallest.length - 1;
        while (place > 0 && smallest[place - 1] > distance) {
            smallest[place] = smallest[place - 1];
            place--;
        }
        smallest[place] = distance;
    }
}
