package org.ieengine.bench.tables;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.mi.TrainingListener;
import org.ieengine.engine.mi.continuous.ContinuousEstimate;

/** Stands in for estimators: reads the sample it is given, a number, and remembers every call. */
final class StatedEstimator implements TableEstimator.Estimation<Double> {
    private final List<String> names;
    private final List<String> calls = new ArrayList<>();
    private String fault = "";

    StatedEstimator(String... names) {
        this.names = List.of(names);
    }

    static ContinuousEstimate estimate(String name, double nats) {
        return new ContinuousEstimate(
                name,
                nats / Math.log(2),
                Double.NaN,
                ContinuousEstimate.Interval.NONE,
                Double.POSITIVE_INFINITY,
                Double.NaN,
                7,
                0.5,
                List.of("of seed"));
    }

    @Override
    public List<ContinuousEstimate> estimate(Double sample, long seed, TrainingListener listener) {
        calls.add(sample + " by " + seed);
        if (!fault.isEmpty()) {
            throw new IllegalStateException(fault);
        }
        return names.stream().map(name -> estimate(name, sample)).toList();
    }

    /** From now on throws; empty for no more. */
    void breakWith(String message) {
        fault = message;
    }

    List<String> calls() {
        return List.copyOf(calls);
    }

    TableEstimator<Double> entry(String... columns) {
        return new TableEstimator<>(List.of(columns), task -> true, this);
    }
}
