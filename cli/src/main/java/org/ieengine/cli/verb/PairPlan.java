package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.DoesNotFitException;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.MemoryPlan.Capacity;
import org.ieengine.engine.ie.MemoryPlan.Item;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.engine.mi.CriticPass;
import org.ieengine.engine.mi.PaperProtocol;
import org.ieengine.engine.mi.Resolution;
import org.ieengine.engine.mi.StandardProtocol;
import org.ieengine.engine.mi.continuous.HeldOutSettings;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.loaders.array.ArrayRows;

/** What {@code mi} will hold in memory, known from shapes before anything is read. */
final class PairPlan {
    private static final long MIB = 1L << 20;
    private static final double GIB = 1L << 30;
    private static final long PROGRAM_HEAP = 24 * MIB;
    private static final long MOST_VALUES = Integer.MAX_VALUE - 8;

    /** Of device memory a fiftieth is left to the driver. */
    private static final int DEVICE_SHARE = 50;

    /** Blocks of rows whose covariances the closed forms hold, then matrices of those that are formed side by side. */
    private static final long COVARIANCES = 20 + 4 * 3;

    /** Rows and pairings that are scored together when a critic of continuous values is judged. */
    private static final int JUDGED_ROWS = 2048;

    private static final int JUDGED_PAIRINGS = 64;
    private static final int STRIPE = 16;

    private final PairSettings settings;
    private final Backend backend;
    private final MemoryLimits limits;
    private final long n;
    private final long dx;
    private final long dy;
    private final List<Item> items = new ArrayList<>();

    /**
     * Two arrays.
     *
     * @param n rows of each
     * @param dx columns of x
     * @param dy columns of y
     * @param textBytes bytes of the heap that numbers read from text take
     */
    record Shape(long n, int dx, int dy, long textBytes) {
        static Shape of(ArrayRows x, ArrayRows y, long textBytes) {
            return new Shape(x.rows(), x.columns(), y.columns(), textBytes);
        }
    }

    /**
     * Compares what numbers of text files take with the heap.
     *
     * @throws MemoryExhaustedException with advice when it is not enough
     */
    static void requireText(long bytes) {
        long heap = Runtime.getRuntime().maxMemory();
        long needed = PROGRAM_HEAP + bytes;
        if (bytes > 0 && needed > heap) {
            throw new MemoryExhaustedException(
                    needed,
                    "the numbers of the .csv files need " + Figures.bytes(needed)
                            + " of Java heap and the limit is " + Figures.bytes(heap)
                            + "; .npy and .safetensors files are not held whole, or give java -Xmx"
                            + (needed * 5 / 4 / MIB + 1) + "m",
                    null);
        }
    }

    /** So far what counting the symbols takes. */
    PairPlan(PairSettings settings, Backend backend, MemoryLimits limits, Shape shape) {
        this.settings = settings;
        this.backend = backend;
        this.limits = limits;
        this.n = shape.n;
        this.dx = shape.dx;
        this.dy = shape.dy;
        heap("program", PROGRAM_HEAP);
        heap("numbers of text files", shape.textBytes);
        heap(
                "symbols of the rows and of their pairs",
                n * (2 * RowSymbols.BYTES_KEPT_PER_ROW + Math.max(RowSymbols.BYTES_PER_ROW, RowPairs.BYTES_PER_ROW)));
    }

    private void heap(String name, long bytes) {
        items.add(new Item(name, bytes, Place.HEAP));
    }

    private void backend(String name, long bytes) {
        items.add(new Item(name, bytes, Place.BACKEND));
    }

    /**
     * Adds what the estimators of a kind hold.
     *
     * @param distinct distinct pairs S
     */
    PairPlan with(List<String> names, PairSettings.Kind kind, long distinct) {
        List<String> ofSymbols = names.stream()
                .filter(name -> PairSettings.ofSymbols(name, kind))
                .toList();
        withSymbols(ofSymbols, distinct);
        return names.equals(ofSymbols)
                ? this
                : withSamples(
                        names.stream().filter(name -> !ofSymbols.contains(name)).toList());
    }

    /**
     * Adds what the estimators of continuous values hold of all rows.
     *
     * @param names estimators, {@code auto} written out
     */
    PairPlan withSamples(List<String> names) {
        long d = dx + dy;
        long components = Math.min(dx, dy);
        long copies = settings.nulls() > 0 ? 1 : 0;
        copies += settings.check() ? 3 : 0;
        heap("rows in float32", Float.BYTES * n * d * (1 + copies));
        boolean closed = names.contains("gaussian") || names.contains("copula");
        boolean neighbours = names.contains("ksg");
        boolean critics = names.stream()
                .anyMatch(name -> List.of("dv", "nwj", "smile", "infonce").contains(name));
        long ofClosed = closed ? Float.BYTES * n * d + COVARIANCES * Double.BYTES * d * d : 0;
        long ofScores = names.equals(List.of("gaussian")) ? 0 : scoreBytes();
        long ofNeighbours = neighbours ? (Float.BYTES + 2 * Double.BYTES) * n * d + 80 * n : 0;
        long seen = d + 4 * components + 8;
        long ofCritics =
                critics ? Float.BYTES * n * (d + seen + 2 * components) + 4L * Double.BYTES * d * d + 32 * MIB : 0;
        heap("the estimator at work", ofScores + Math.max(ofClosed, Math.max(ofNeighbours, ofCritics)));
        if (critics) {
            backend("features of the rows", Float.BYTES * n * seen);
            backend("critic at work", criticBytes());
        }
        long widest = Math.max(dx, dy) + (critics ? components + 2 : 0);
        if (n * widest > MOST_VALUES) {
            refuse("estimators of continuous values take arrays of at most " + Figures.count(MOST_VALUES)
                    + " numbers, and " + Figures.count(n) + " rows of " + widest + " are more; take fewer rows");
        }
        return this;
    }

    /** Normal scores are formed in stripes of 16 columns, one a core, each with an order of its rows. */
    private long scoreBytes() {
        long widest = Math.max(dx, dy);
        long stripes =
                Math.min((widest + STRIPE - 1) / STRIPE, Runtime.getRuntime().availableProcessors());
        return stripes * n * (Float.BYTES * Math.min(widest, STRIPE) + 4 * Integer.BYTES) + 2 * Float.BYTES * n;
    }

    private long criticBytes() {
        HeldOutSettings critic = settings.heldOut();
        int rows = (int) Math.min(n, Math.max(critic.batch(), JUDGED_ROWS));
        long pairs = (long) rows * (1 + JUDGED_PAIRINGS);
        int capacity = CriticPass.capacity(backend, critic.widths(), pairs);
        long features = dx + dy + 4 * Math.min(dx, dy) + 8;
        return CriticPass.bytes(backend, critic.widths(), rows, capacity)
                + Float.BYTES * rows * features
                + 4L * Float.BYTES * pairs
                + 2L * Float.BYTES * rows * rows;
    }

    /**
     * Adds what the estimators of symbols hold.
     *
     * @param names some of dv, nwj, smile and resolution
     * @param distinct distinct pairs S
     */
    private PairPlan withSymbols(List<String> names, long distinct) {
        if (names.isEmpty()) {
            return this;
        }
        int width = (int) Math.max(dx, dy);
        backend("states of the distinct pairs", Float.BYTES * distinct * (dx + dy));
        long critic = 0;
        if (!names.equals(List.of(PairSettings.RESOLUTION))) {
            critic = settings.paper()
                    ? PaperProtocol.workspaceBytes(backend, settings.critics(), distinct, n, width)
                    : StandardProtocol.workspaceBytes(backend, settings.critics(), distinct, width);
            heap("linear alignment of states", settings.paper() ? 0 : StandardProtocol.heapBytes(width));
        }
        int draws = settings.resolution().draws();
        long resolution = names.contains(PairSettings.RESOLUTION)
                ? Resolution.noiseBytes(draws, width) + Resolution.workspaceBytes(draws, distinct, width)
                : 0;
        backend("the estimator at work", Math.max(critic, resolution));
        return this;
    }

    /**
     * Compares with what there is.
     *
     * @throws DoesNotFitException with the plan and advice when it is not enough
     */
    void require() {
        Capacity capacity = capacity();
        long heap = bytes(Place.HEAP);
        long onBackend = bytes(Place.BACKEND);
        if (heap > capacity.heapBytes()) {
            refuse("the estimate needs " + Figures.bytes(heap) + " of Java heap and the limit is "
                    + Figures.bytes(capacity.heapBytes()) + "; it would fit with java -Xmx"
                    + (heap * 5 / 4 / MIB + 1) + "m, or with fewer rows");
        }
        if (onBackend > capacity.backendBytes()) {
            String option = capacity.device() ? "--device-memory" : "--memory";
            String there = capacity.capped()
                    ? option + " allows "
                    : capacity.device() ? "the device has free " : "the machine has free ";
            String raised = capacity.capped()
                    ? String.format(Locale.ROOT, "%s %.3f, or with ", option, Math.ceil(onBackend / GIB * 1000) / 1000)
                    : "";
            refuse("the estimate needs " + Figures.bytes(onBackend) + " of "
                    + (capacity.device() ? "device memory" : "memory") + " and " + there
                    + Figures.bytes(capacity.backendBytes()) + "; it would fit with " + raised + "fewer rows");
        }
    }

    private void refuse(String advice) {
        throw new DoesNotFitException(new MemoryPlan(items, List.of(), 0, false, capacity(), advice));
    }

    private long bytes(Place place) {
        return items.stream()
                .filter(item -> item.place() == place)
                .mapToLong(Item::bytes)
                .sum();
    }

    private Capacity capacity() {
        Runtime runtime = Runtime.getRuntime();
        if (backend.ownMemory()) {
            long free = backend.freeBytes() - backend.freeBytes() / DEVICE_SHARE;
            long cap = limits.deviceBytes() > 0 ? limits.deviceBytes() : Long.MAX_VALUE;
            return new Capacity(Math.min(cap, free), runtime.maxMemory(), true, limits.deviceBytes() > 0);
        }
        long growth = Math.max(0, bytes(Place.HEAP) - runtime.totalMemory());
        long free = Math.max(0, backend.freeBytes() - growth);
        return new Capacity(
                limits.hostBytes() > 0 ? limits.hostBytes() : free, runtime.maxMemory(), false, limits.hostBytes() > 0);
    }
}
