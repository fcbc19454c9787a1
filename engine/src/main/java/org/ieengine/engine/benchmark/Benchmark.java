package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.benchmark.BenchmarkCase.Depends;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuException;

/**
 * Measures every operation of a backend over the shapes that a run has: first whether what it gives is right, by a sample compared with
 * float64, then how long it takes, beside the ceilings of the machine and its rivals.
 */
public final class Benchmark {
    /** What a row gets at least of its even share of the budget, however long those before it took. */
    private static final double LEAST_SHARE = 0.2;

    private final BenchmarkDevice device;
    private final BenchmarkSettings settings;
    private final BenchmarkListener listener;
    private int done;
    private int all;
    private long end;

    private Benchmark(BenchmarkDevice device, BenchmarkSettings settings, BenchmarkListener listener) {
        this.device = device;
        this.settings = settings;
        this.listener = listener;
    }

    /**
     * Runs it.
     *
     * @throws GpuException when the device is lost; what a row finds wrong is in the row
     */
    public static void run(BenchmarkDevice device, BenchmarkSettings settings, BenchmarkListener listener) {
        new Benchmark(device, settings, listener).run();
    }

    /** Operation, place and shape of every row that would be measured, one line each, without measuring. */
    public static List<String> titles(BenchmarkDevice device, BenchmarkSettings settings) {
        List<String> titles = new ArrayList<>();
        Benchmark benchmark = new Benchmark(device, settings, null);
        for (Precision precision : device.precisions()) {
            try (BenchmarkDevice.Session session = device.open(precision)) {
                for (BenchmarkCase one : benchmark.cases(session.backend(), precision)) {
                    titles.add(precision.name().toLowerCase(java.util.Locale.ROOT) + ": " + one.title());
                }
            }
        }
        return titles;
    }

    /** Cases of a precision that are wanted. */
    private List<BenchmarkCase> cases(Backend backend, Precision precision) {
        boolean first = precision == device.precisions().get(0);
        boolean operands = backend.operandBytes() != Float.BYTES;
        return CaseList.of(settings.scale().extents(), backend).stream()
                .filter(one -> first
                        || one.traits().depends() == Depends.ON_PRODUCTS
                        || one.traits().depends() == Depends.ON_OPERANDS && operands)
                .filter(one -> settings.wants(one.title()))
                .toList();
    }

    private void run() {
        all = titles(device, settings).size();
        end = System.nanoTime() + (long) (Math.min(settings.budgetSeconds(), 1e6) * 1e9);
        for (Precision precision : device.precisions()) {
            try (BenchmarkDevice.Session session = device.open(precision)) {
                List<BenchmarkCase> cases = cases(session.backend(), precision);
                if (!cases.isEmpty()) {
                    run(session, precision, cases);
                }
            }
        }
    }

    private void run(BenchmarkDevice.Session session, Precision precision, List<BenchmarkCase> cases) {
        try (Measurement measurement = new Measurement(session, settings, precision)) {
            listener.measured(measurement.ceilings());
            for (BenchmarkCase one : cases) {
                listener.begins(one.title(), done, all);
                double left = (end - System.nanoTime()) * 1e-9;
                double seconds = Double.isInfinite(settings.budgetSeconds())
                        ? settings.budgetSeconds()
                        : Math.max(left / (all - done), LEAST_SHARE * settings.budgetSeconds() / all);
                BenchmarkRow row = measurement.row(one, seconds);
                done++;
                listener.ended(row, done, all);
            }
        }
    }
}
