package org.ieengine.engine.benchmark;

import java.util.Optional;
import org.ieengine.engine.benchmark.RepeatedTimer.Timed;
import org.ieengine.engine.cpu.BareProduct;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;

/** Measures what a machine can do at most: the rate of a large copy and of a large square product. */
final class CeilingMeasurement {
    private static final int GREATEST = 8192;
    private static final int LEAST = 512;
    private static final int TINY = 16;
    private static final int COLUMNS = 4096;
    private static final long MOST_COPIED = 1L << 31;
    private static final long COPIED_BY_PROCESSOR = 1L << 27;
    private static final double MOST_SECONDS = 0.6;

    /** Share of the whole benchmark's time that one ceiling may take. */
    private static final double SHARE = 0.01;

    /** Share of a ceiling's time that one product may take; the larger the product, the nearer it comes to the ceiling. */
    private static final double PRODUCT_SHARE = 0.25;

    /** Share of it for finding out how large that is. */
    private static final double TRIAL_SHARE = 0.1;

    private final Backend own;
    private final Backend vendor;
    private final RepeatedTimer timer;
    private final Limits limits;
    private final double budget;

    /**
     * What ceilings may take.
     *
     * @param small whether small matrices do: an emulated device, a test
     * @param memoryBytes of the backend's memory
     * @param seconds of the whole benchmark; infinite for no bound
     */
    record Limits(boolean small, long memoryBytes, double seconds) {}

    /** @param vendor computes products by a library; null for none */
    CeilingMeasurement(Backend own, Backend vendor, RepeatedTimer timer, Limits limits) {
        this.own = own;
        this.vendor = vendor;
        this.timer = timer;
        this.limits = limits;
        this.budget = Math.min(MOST_SECONDS, SHARE * limits.seconds);
    }

    Ceilings measure(Precision precision) {
        Product strict = product(true);
        Product rounded = precision == Precision.F32 ? strict : product(false);
        return new Ceilings(precision, copyRate(), rounded.rate, strict.rate, rounded.size, rounded.multiplier);
    }

    /** Bytes read and written a second. */
    private double copyRate() {
        long most = own.ownMemory() ? MOST_COPIED : COPIED_BY_PROCESSOR;
        long bytes = limits.small ? 1 << 14 : Math.min(most, limits.memoryBytes / 4);
        int rows = (int) Math.max(1, bytes / (Float.BYTES * COLUMNS));
        try (Workbench bench = new Workbench(own, Precision.F32, 0, "copy")) {
            Matrix from = bench.random(rows, COLUMNS, 1);
            var to = bench.output(rows, COLUMNS);
            Timing timing = timer.time(new Timed(() -> own.copy(from.tensor(), to), () -> {}, true), budget);
            return 2.0 * Float.BYTES * rows * COLUMNS / timing.low();
        }
    }

    private record Product(double rate, int size, String multiplier) {}

    private Product product(boolean strict) {
        Product best = best(strict);
        if (vendor != null) {
            Product other = of(vendor, strict, best.size, "cuBLAS", budget);
            best = other.rate > best.rate ? other : best;
        }
        if (own instanceof CpuBackend processor) {
            Product bare = bare(processor, best.size);
            best = bare != null && bare.rate > best.rate ? bare : best;
        }
        return best;
    }

    /** Own kernels at the largest product that takes a moment. */
    private Product best(boolean strict) {
        String multiplier = own.ownMemory() ? "own kernels" : "the backend";
        int size = limits.small ? TINY : LEAST;
        int greatest = limits.small ? TINY : GREATEST;
        double rate = of(own, strict, size, multiplier, TRIAL_SHARE * budget).rate;
        while (size < greatest
                && flop(2 * size) / rate < PRODUCT_SHARE * budget
                && 12L * Float.BYTES * size * size < limits.memoryBytes) {
            size *= 2;
            rate = of(own, strict, size, multiplier, TRIAL_SHARE * budget).rate;
        }
        return of(own, strict, size, multiplier, budget);
    }

    private static double flop(int size) {
        return 2.0 * size * size * size;
    }

    private Product of(Backend backend, boolean strict, int size, String multiplier, double seconds) {
        try (Workbench bench = new Workbench(backend, Precision.F32, 0, "square");
                RepeatedTimer own = backend == this.own ? null : new RepeatedTimer(backend, timer.effort(), 1 << 20)) {
            Matrix a = strict ? bench.random(size, size, 1) : bench.operand(size, size, 1);
            Matrix b = strict ? bench.random(size, size, 1) : bench.operand(size, size, 1);
            var out = bench.output(size, size);
            Runnable run = strict
                    ? () -> backend.strictProduct(a.tensor(), false, b.tensor(), false, 0, out)
                    : () -> backend.product(a.tensor(), false, b.tensor(), false, 0, out);
            RepeatedTimer used = own == null ? timer : own;
            Timing timing = used.time(new Timed(run, () -> {}, true), seconds);
            return new Product(flop(size) / timing.low(), size, multiplier);
        }
    }

    private Product bare(CpuBackend processor, int size) {
        Optional<BareProduct> found = processor.bareProduct(new BareProduct.Shape(size, size, size, false, false));
        if (found.isEmpty()) {
            return null;
        }
        try (BareProduct bare = found.get()) {
            bare.lend();
            Timing timing = timer.time(new Timed(bare::run, () -> {}, false), budget);
            return new Product(flop(size) / timing.low(), size, "OpenBLAS");
        }
    }
}
