package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The range of an axis and its ticks, at multiples of 1, 2 or 5 times a power of ten.
 *
 * @param low smallest value
 * @param high largest value, above {@code low}
 * @param ticks values that get a tick, ascending
 */
record Axis(double low, double high, List<Double> ticks) {
    private static final double[] STEPS = {1, 2, 5, 10};

    Axis {
        if (!(low < high) || !Double.isFinite(low) || !Double.isFinite(high)) {
            throw new IllegalArgumentException("an axis goes from a smaller to a larger finite value");
        }
        ticks = List.copyOf(ticks);
    }

    /** An axis that holds all values and 0 (bits start at zero, so that heights can be compared) and ends at a tick above, with about the given number of intervals. */
    static Axis fromZero(double low, double high, int intervals) {
        double bottom = Math.min(0, low);
        double top = Math.max(0, high);
        if (top - bottom < 1e-9) {
            top = bottom + 1;
        }
        double step = step(top - bottom, intervals);
        // A value a hair above a tick (a share of 100.1 %) is drawn there, not a whole step below the end of the axis.
        double last = Math.ceil(top / step - 0.02);
        // Estimates a little below zero are common at block 0: they get a little room, not a whole step.
        double floor = bottom < 0 ? bottom - 0.1 * step : 0;
        return between(floor, last * step, step);
    }

    /** An axis of whole numbers (blocks, positions): ticks at whole numbers only, ends at the first and last. */
    static Axis whole(double first, double last) {
        if (first == last) {
            return new Axis(first - 1, last + 1, List.of(first));
        }
        return between(first, last, Math.max(1, step(last - first, 8)));
    }

    /** An axis of a quantity that runs on (training steps): ends at the data, at most four or five ticks. */
    static Axis running(double first, double last) {
        if (first == last) {
            return new Axis(first - 1, last + 1, List.of(first));
        }
        return between(first, last, step(last - first, 3));
    }

    private static Axis between(double low, double high, double step) {
        List<Double> ticks = new ArrayList<>();
        double first = Math.ceil(low / step - 1e-9);
        for (double k = first; k * step <= high + 1e-9 * step; k++) {
            ticks.add(k * step);
        }
        return new Axis(low, high, ticks);
    }

    private static double step(double span, int intervals) {
        double rough = span / intervals;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double factor : STEPS) {
            if (factor * power >= rough * 0.999) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    /** Where a value lies: 0 at {@code low}, 1 at {@code high}. */
    double fraction(double value) {
        return (value - low) / (high - low);
    }
}
