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
    private static final int COLUMNS = 4096;
    private static final long MOST_COPIED = 1L << 31;
    private static final long COPIED_BY_PROCESSOR = 1L << 27;
    private static final double SECONDS_OF_PRODUCT = 0.25;
    private static final double BUDGET_SECONDS = 0.6;

    private final Backend own;
    private final Backend vendor;
    private final RepeatedTimer timer;
    private final boolean small;
    private final long memoryBytes;

    /**
     * @param vendor computes products by a library; null for none
     * @param small whether moments count more than ceilings: an emulated device, a test
     */
    CeilingMeasurement(Backend own, Backend vendor, RepeatedTimer timer, boolean small, long memoryBytes) {
        this.own = own;
        this.vendor = vendor;
        this.timer = timer;
        this.small = small;
        this.memoryBytes = memoryBytes;
    }

    Ceilings measure(Precision precision) {
        Product strict = product(precision, true);
        Product rounded = precision == Precision.F32 ? strict : product(precision, false);
        return new Ceilings(precision, copyRate(), rounded.rate, strict.rate, rounded.size, rounded.multiplier);
    }

    /** Bytes read and written a second. */
    private double copyRate() {
        long most = own.ownMemory() ? MOST_COPIED : COPIED_BY_PROCESSOR;
        long bytes = small ? 1 << 14 : Math.min(most, memoryBytes / 4);
        int rows = (int) Math.max(1, bytes / (Float.BYTES * COLUMNS));
        try (Workbench bench = new Workbench(own, Precision.F32, 0, "copy")) {
            Matrix from = bench.random(rows, COLUMNS, 1);
            var to = bench.output(rows, COLUMNS);
            Timing timing = timer.time(new Timed(() -> own.copy(from.tensor(), to), () -> {}, true), budget());
            return 2.0 * Float.BYTES * rows * COLUMNS / timing.low();
        }
    }

    private double budget() {
        return small ? 0.01 : BUDGET_SECONDS;
    }

    private record Product(double rate, int size, String multiplier) {}

    private Product product(Precision precision, boolean strict) {
        Product best = best(own, precision, strict, own.ownMemory() ? "own kernels" : "the backend");
        if (vendor != null) {
            Product other = of(vendor, precision, strict, best.size, "cuBLAS");
            best = other.rate > best.rate ? other : best;
        }
        if (own instanceof CpuBackend processor) {
            Product bare = bare(processor, best.size);
            best = bare != null && bare.rate > best.rate ? bare : best;
        }
        return best;
    }

    /** The largest product that takes a moment. */
    private Product best(Backend backend, Precision precision, boolean strict, String multiplier) {
        int size = small ? 16 : LEAST;
        Product product = of(backend, precision, strict, size, multiplier);
        int greatest = small ? size : GREATEST;
        while (size < greatest
                && 8 * flop(size) / product.rate < SECONDS_OF_PRODUCT
                && 12L * 4 * size * size < memoryBytes) {
            size *= 2;
            product = of(backend, precision, strict, size, multiplier);
        }
        return product;
    }

    private static double flop(int size) {
        return 2.0 * size * size * size;
    }

    private Product of(Backend backend, Precision precision, boolean strict, int size, String multiplier) {
        try (Workbench bench = new Workbench(backend, precision, 0, "square");
                RepeatedTimer own = backend == this.own ? null : new RepeatedTimer(backend, timer.effort(), 1 << 20)) {
            Matrix a = strict ? bench.random(size, size, 1) : bench.operand(size, size, 1);
            Matrix b = strict ? bench.random(size, size, 1) : bench.operand(size, size, 1);
            var out = bench.output(size, size);
            Runnable run = strict
                    ? () -> backend.strictProduct(a.tensor(), false, b.tensor(), false, 0, out)
                    : () -> backend.product(a.tensor(), false, b.tensor(), false, 0, out);
            RepeatedTimer used = own == null ? timer : own;
            Timing timing = used.time(new Timed(run, () -> {}, true), budget());
            return new Product(flop(size) / timing.low(), size, multiplier);
        }
    }

    private Product bare(CpuBackend processor, int size) {
        Optional<BareProduct> found = processor.bareProduct(new BareProduct.Shape(size, size, size, false, false));
        if (found.isEmpty()) {
            return null;
        }
        try (BareProduct bare = found.get()) {
            Timing timing = timer.time(new Timed(bare::run, () -> {}, false), budget());
            return new Product(flop(size) / timing.low(), size, "OpenBLAS");
        }
    }
}
