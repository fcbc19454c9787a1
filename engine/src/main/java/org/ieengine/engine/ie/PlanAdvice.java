package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MemoryPlan.Capacity;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.loaders.text.TokenMatrix;

/** Which option, with which value, makes a run fit. Every option named has been planned with that value and fits. */
final class PlanAdvice {
    private static final double GIB = 1L << 30;
    private static final long MIB = 1L << 20;

    /** Planned numbers of samples before the search for one that fits is given up. */
    private static final int ATTEMPTS = 12;

    /** Plans the bytes of a run. */
    interface Planner {
        MemoryPlan plan(MeasureSettings settings, RunInputs inputs, MemoryLimits limits);
    }

    private final MeasureSettings settings;
    private final RunInputs inputs;
    private final Planner planner;

    PlanAdvice(MeasureSettings settings, RunInputs inputs, Planner planner) {
        this.settings = settings;
        this.inputs = inputs;
        this.planner = planner;
    }

    /** The plan with its advice. */
    MemoryPlan advise(MemoryPlan plan, MemoryLimits limits) {
        Capacity capacity = plan.capacity();
        long heap = plan.bytes(Place.HEAP);
        long backend = plan.bytes(Place.BACKEND);
        List<String> ways = new ArrayList<>();
        String needs;
        String option = capacity.device() ? "--device-memory" : "--memory";
        if (heap > capacity.heapBytes()) {
            needs = String.format(
                    Locale.ROOT,
                    "the run needs %s of Java heap and the limit is %s",
                    size(heap),
                    size(capacity.heapBytes()));
            ways.add("java -Xmx" + (heap * 5 / 4 / MIB + 1) + "m");
        } else {
            needs = String.format(
                    Locale.ROOT,
                    "the run needs %s of %s and %s %s",
                    size(backend),
                    capacity.device() ? "device memory" : "memory",
                    capacity.capped()
                            ? option + " allows"
                            : capacity.device() ? "the device has free" : "the machine has free",
                    size(capacity.backendBytes()));
        }
        addEstimators(ways, limits);
        addPositions(ways, limits);
        int samples = samplesThatFit(plan, limits);
        if (samples > 0) {
            ways.add("--samples " + samples);
        }
        if (capacity.capped() && backend > capacity.backendBytes()) {
            ways.add(String.format(Locale.ROOT, "%s %.3f", option, Math.ceil(backend / GIB * 1000) / 1000));
        }
        String advice = ways.isEmpty()
                ? needs + "; a " + (capacity.device() ? "device" : "machine")
                        + " with more memory or a smaller model is needed"
                : needs + "; it would fit with " + String.join(", or with ", ways);
        return new MemoryPlan(plan.items(), plan.times(), plan.batchRows(), plan.uploadsAhead(), capacity, advice);
    }

    private static String size(long bytes) {
        return bytes < GIB
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / (double) MIB)
                : String.format(Locale.ROOT, "%.2f GiB", bytes / GIB);
    }

    private void addPositions(List<String> ways, MemoryLimits limits) {
        if (settings.positions().resolve(inputs.tokens().tokens(), "position").size() > 1) {
            MeasureSettings last = with(Selection.LAST, settings.estimators());
            if (planner.plan(last, inputs, limits).fits()) {
                ways.add("--positions last");
            }
        }
    }

    private void addEstimators(List<String> ways, MemoryLimits limits) {
        List<Estimator> others = settings.estimators().stream()
                .filter(estimator -> estimator.kind() != EstimatorKind.ROWS)
                .toList();
        if (!others.isEmpty()
                && others.size() < settings.estimators().size()
                && planner.plan(with(settings.positions(), others), inputs, limits)
                        .fits()) {
            ways.add("--estimator " + others.stream().map(Estimator::label).collect(Collectors.joining(",")));
        }
    }

    private MeasureSettings with(Selection positions, List<Estimator> estimators) {
        return new MeasureSettings(
                settings.layers(),
                positions,
                settings.protocol(),
                estimators,
                settings.noise(),
                settings.seeds(),
                settings.training(),
                settings.controls(),
                settings.segment(),
                settings.bos(),
                settings.draws(),
                settings.prediction(),
                settings.seed());
    }

    /** A number of sequences that fits, found by planning ever fewer; 0 when there is none. */
    private int samplesThatFit(MemoryPlan plan, MemoryLimits limits) {
        MemoryPlan tried = plan;
        int samples = inputs.tokens().sequences();
        for (int attempt = 0; attempt < ATTEMPTS && samples > 1; attempt++) {
            double backend = (double) tried.capacity().backendBytes() / tried.bytes(Place.BACKEND);
            double heap = (double) tried.capacity().heapBytes() / tried.bytes(Place.HEAP);
            samples = (int) (samples * Math.min(0.9, 0.95 * Math.min(backend, heap)));
            if (samples < 1) {
                return 0;
            }
            int length = inputs.tokens().tokens();
            TokenMatrix fewer =
                    new TokenMatrix(Arrays.copyOf(inputs.tokens().ids(), samples * length), samples, length);
            tried = planner.plan(
                    settings,
                    new RunInputs(inputs.weights(), inputs.model(), fewer, inputs.source(), inputs.engine()),
                    limits);
            if (tried.fits()) {
                return rounded(samples);
            }
        }
        return 0;
    }

    /** Two leading digits: a rounder number that is not greater. */
    private static int rounded(int samples) {
        int unit = 1;
        while (samples / unit >= 100) {
            unit *= 10;
        }
        return samples / unit * unit;
    }
}
