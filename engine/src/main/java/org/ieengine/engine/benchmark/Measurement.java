package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ieengine.engine.benchmark.BenchmarkCase.Rivalry;
import org.ieengine.engine.benchmark.BenchmarkRow.Correctness;
import org.ieengine.engine.benchmark.BenchmarkRow.Rival;
import org.ieengine.engine.benchmark.CeilingMeasurement.Limits;
import org.ieengine.engine.benchmark.RepeatedTimer.Effort;
import org.ieengine.engine.benchmark.RepeatedTimer.Timed;
import org.ieengine.engine.cpu.BareProduct;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.LaunchObserver;
import org.ieengine.engine.cuda.Libraries;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.VendorActivations;
import org.ieengine.kernels.VendorMatrices;

/** Measures rows in one precision of a device. */
final class Measurement implements AutoCloseable {
    private static final long PROCESSOR_CACHE_BYTES = 64L << 20;
    private static final long SMALL_CACHE_BYTES = 1 << 12;

    /** Share of the device's memory that a case may take: own and rival keep what they have freed. */
    private static final int MEMORY_SHARE = 3;

    /** Rows of the first look at how long a case takes. */
    private static final int FIRST_ROWS = 32;

    /** How many times as many rows the next look may take, and how much shorter than a repetition the last look may be. */
    private static final double LOOK = 8;

    /** Share of a row's time that one repetition may take. */
    private static final double REPETITION_SHARE = 0.04;

    /** Share of a row's time for its repetitions; the rest goes to making and checking it, and to its rival. */
    private static final double OWN_SHARE = 0.4;

    private static final double RIVAL_SHARE = 0.25;

    /** For a row where there is no budget. */
    private static final double USUAL_SECONDS = 0.5;

    private final Backend backend;
    private final BenchmarkSettings settings;
    private final Precision precision;
    private final long memoryBytes;
    private final RepeatedTimer timer;
    private final CudaBackend vendor;
    private final RepeatedTimer vendorTimer;
    private final boolean cudnn;
    private final Ceilings ceilings;

    Measurement(BenchmarkDevice.Session session, BenchmarkSettings settings, Precision precision) {
        this.backend = session.backend();
        this.settings = settings;
        this.precision = precision;
        boolean small = settings.scale() == BenchmarkScale.SMALL;
        long flushBytes = flushBytes(session, small);
        this.memoryBytes = Math.max(1, (session.memoryBytes() - 2 * flushBytes) / MEMORY_SHARE);
        Effort effort = small ? Effort.SMALL : Effort.full(backend);
        this.timer = new RepeatedTimer(backend, effort, flushBytes);
        boolean cublas =
                session.gpu() != null && VendorMatrices.fault(session.gpu()).isEmpty();
        this.cudnn = cublas && VendorActivations.fault(session.gpu()).isEmpty();
        this.vendor =
                cublas ? new CudaBackend(session.gpu(), precision, session.memoryBytes(), Libraries.VENDOR) : null;
        if (backend.ownMemory()) {
            // Each takes its memory once: nothing is asked of the driver later, and neither crowds out the other.
            backend.reserve(memoryBytes);
            if (cublas) {
                vendor.reserve(memoryBytes);
            }
        }
        this.vendorTimer = cublas ? new RepeatedTimer(vendor, effort, flushBytes) : null;
        this.ceilings = new CeilingMeasurement(
                        backend, vendor, timer, new Limits(small, memoryBytes, settings.budgetSeconds()))
                .measure(precision);
    }

    private static long flushBytes(BenchmarkDevice.Session session, boolean small) {
        if (small) {
            return SMALL_CACHE_BYTES;
        }
        return session.gpu() == null
                ? PROCESSOR_CACHE_BYTES
                : Math.max(
                        PROCESSOR_CACHE_BYTES, 2L * session.gpu().properties().cacheBytes());
    }

    Ceilings ceilings() {
        return ceilings;
    }

    /**
     * Checks and times a case.
     *
     * @param seconds for all of it; infinite for as long as it takes
     */
    BenchmarkRow row(BenchmarkCase one, double seconds) {
        List<String> launched = new ArrayList<>();
        String text = one.extent().text(one.extent().rows());
        Cost cost = new Cost(Double.NaN, Double.NaN);
        Correctness correctness;
        try {
            int rows = rows(one, seconds);
            text = one.extent().text(rows);
            try (Workbench bench = bench(backend, one)) {
                Prepared prepared = one.body().prepare(bench, rows);
                cost = prepared.cost();
                correctness = checked(prepared, launched);
                if (correctness.passed()) {
                    Timing timing = timer.time(timed(one, prepared), budget(seconds, OWN_SHARE));
                    double floor = ceilings.floorSeconds(cost, one.traits().strict());
                    return new BenchmarkRow(
                            one.operation(),
                            one.place(),
                            text,
                            precision,
                            launched,
                            cost,
                            correctness,
                            timing,
                            floor / timing.seconds(),
                            new Rivals(one, rows, seconds).of(prepared));
                }
            }
        } catch (GpuException refusal) {
            if (refusal.kind() == GpuException.Kind.LOST) {
                throw refusal;
            }
            correctness = new Correctness(Double.NaN, 0, refusal.getMessage());
        } catch (MemoryExhaustedException full) {
            correctness = new Correctness(Double.NaN, 0, full.getMessage());
        } catch (IllegalArgumentException refusal) {
            correctness = new Correctness(Double.NaN, 0, refusal.toString());
        }
        return new BenchmarkRow(
                one.operation(), one.place(), text, precision, launched, cost, correctness, null, Double.NaN, null);
    }

    private Workbench bench(Backend on, BenchmarkCase one) {
        return new Workbench(on, precision, settings.seed(), one.title());
    }

    private static Timed timed(BenchmarkCase one, Prepared prepared) {
        return new Timed(prepared.run(), prepared.restore(), one.traits().recordable());
    }

    private static double budget(double seconds, double share) {
        return share * Math.min(seconds, Double.isInfinite(seconds) ? USUAL_SECONDS : seconds);
    }

    /** Rows that fit into memory and, by a first look at fewer of them, into the time. */
    private int rows(BenchmarkCase one, double seconds) {
        BenchmarkCase.Extent extent = one.extent();
        double most = extent.bytesPerRow() == 0
                ? extent.rows()
                : Math.max(0, memoryBytes - extent.fixedBytes()) / (double) extent.bytesPerRow();
        int fitting = extent.atMost(most);
        if (Double.isInfinite(seconds)) {
            return fitting;
        }
        double wanted = REPETITION_SHARE * seconds;
        int rows = Math.min(fitting, extent.atMost(FIRST_ROWS));
        double took = looked(one, rows);
        while (rows < fitting && took < wanted / LOOK) {
            // Few rows lie in the caches and more do not: the next look is no further off than it must be.
            int more = Math.min(fitting, extent.atMost(rows * Math.min(LOOK, wanted / LOOK / took)));
            rows = more > rows ? more : Math.min(fitting, extent.atMost(2.0 * rows));
            took = looked(one, rows);
        }
        return Math.min(fitting, extent.atMost(rows * wanted / took));
    }

    /** Seconds of a run of so many rows, by a first look. */
    private double looked(BenchmarkCase one, int rows) {
        try (Workbench bench = bench(backend, one)) {
            return timer.glance(timed(one, one.body().prepare(bench, rows)));
        }
    }

    /** Runs it once on poisoned outputs and compares. */
    private Correctness checked(Prepared prepared, List<String> launched) {
        Set<String> names = new LinkedHashSet<>();
        if (backend instanceof CudaBackend cuda) {
            cuda.observe(new LaunchObserver() {
                @Override
                public void before(String kernel) {
                    names.add(kernel);
                }

                @Override
                public void after(String kernel) {
                    // Its name is known.
                }
            });
            try {
                prepared.run().run();
            } finally {
                cuda.observe(LaunchObserver.NONE);
            }
        } else {
            prepared.run().run();
        }
        launched.addAll(names);
        return correctness(prepared.check());
    }

    private static Correctness correctness(Prepared.Check check) {
        double error = check.error().greatest();
        return new Correctness(
                error, check.tolerance(), Double.isNaN(error) ? "the result holds values that are not finite" : "");
    }

    /** Measures the rival of a row. */
    private final class Rivals {
        private final BenchmarkCase one;
        private final int rows;
        private final double seconds;

        Rivals(BenchmarkCase one, int rows, double seconds) {
            this.one = one;
            this.rows = rows;
            this.seconds = seconds;
        }

        /** Null where there is none. */
        Rival of(Prepared own) {
            Rivalry rivalry = one.traits().rivalry();
            if (rivalry == Rivalry.PRODUCTS && backend instanceof CpuBackend processor && own.product() != null) {
                Optional<BareProduct> bare = processor.bareProduct(own.product());
                return bare.isEmpty() ? null : ofBare(bare.get());
            }
            boolean has = rivalry == Rivalry.PRODUCTS || rivalry == Rivalry.ACTIVATIONS && cudnn;
            return vendor == null || !has ? null : ofVendor(rivalry == Rivalry.PRODUCTS ? "cuBLAS" : "cuDNN");
        }

        private Rival ofBare(BareProduct bare) {
            try (bare) {
                bare.lend();
                Timed timed = new Timed(bare::run, () -> {}, false);
                return new Rival("OpenBLAS", timer.time(timed, budget(seconds, RIVAL_SHARE)), "");
            }
        }

        private Rival ofVendor(String name) {
            try (Workbench bench = bench(vendor, one)) {
                Prepared prepared = one.body().prepare(bench, rows);
                prepared.run().run();
                Correctness correctness = correctness(prepared.check());
                if (!correctness.passed()) {
                    String fault =
                            correctness.fault().isEmpty() ? "its error is " + correctness.error() : correctness.fault();
                    return new Rival(name, null, fault);
                }
                return new Rival(name, vendorTimer.time(timed(one, prepared), budget(seconds, RIVAL_SHARE)), "");
            } catch (MemoryExhaustedException full) {
                return new Rival(name, null, full.getMessage());
            } catch (GpuException refusal) {
                if (refusal.kind() == GpuException.Kind.LOST) {
                    throw refusal;
                }
                return new Rival(name, null, refusal.getMessage());
            }
        }
    }

    @Override
    public void close() {
        timer.close();
        if (vendor != null) {
            vendorTimer.close();
            vendor.close();
        }
    }
}
