package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/** Batches of states as a critic takes them: gathered, standardised, and aligned where x predicts y well. */
final class CriticInput implements AutoCloseable {
    /** Most pairs that the alignment is fitted to, and how many of them at a time. */
    private static final int SAMPLE = 65_536;

    private static final int CHUNK = 2048;

    /** Aligned states further apart than this share of those of other pairs are not worth aligning. */
    private static final double WELL_PREDICTED = 0.5;

    private final Backend backend;
    private final PairedStates pairs;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Standardisation standardX;
    private final Standardisation standardY;
    private final Tensor gathered;
    private final Tensor batchX;
    private final Tensor batchY;
    private LinearAlignment alignment;
    private Tensor ofClusters;
    private LinearAlignment sums;
    private int[] label;
    private LinearAlignment.Maps maps;

    /** For batches of at most so many rows. */
    CriticInput(Backend backend, PairedStates pairs, int rows) {
        this.backend = backend;
        this.pairs = pairs;
        try {
            double[] weight = pairs.symbols().weight();
            standardX = own(Standardisation.of(backend, pairs.x(), weight));
            standardY = own(Standardisation.of(backend, pairs.y(), weight));
            int dx = pairs.x().columns();
            int dy = pairs.y().columns();
            batchX = own(backend.allocate(rows, dx == dy ? 2 * dx : dx));
            batchY = own(backend.allocate(rows, dx == dy ? 2 * dy : dy));
            gathered = own(backend.allocate(
                    rows, Math.max(pairs.x().columns(), pairs.y().columns())));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    /** Bytes for batches of so many rows of d dimensions, the alignment included. */
    static long bytes(int rows, int dimensions) {
        return Float.BYTES * dimensions * (5L * rows + 4) + LinearAlignment.bytes(dimensions);
    }

    /** Bytes that {@link #align} holds while it fits. */
    static long fittingBytes(long pairs, int dimensions) {
        return 2L * Float.BYTES * dimensions * Math.min(CHUNK, pairs);
    }

    /** Clusters of the states before. */
    StateClusters clusters(int[] rows, int[] drawn, int most, Philox stream) {
        int[] sample = new int[drawn.length];
        Arrays.setAll(sample, i -> rows[drawn[i]]);
        return StateClusters.of(
                backend,
                (wanted, out) -> loadX(wanted, out),
                pairs.x().columns(),
                new StateClusters.Rows(pairs.symbols().size(), sample, most),
                stream);
    }

    private void loadX(int[] rows, Tensor out) {
        try (Indices indices = backend.indices(rows)) {
            backend.gatherRows(pairs.x(), indices, out);
        }
        standardX.apply(out, out);
    }

    private void loadY(int[] rows, Tensor out) {
        try (Indices indices = backend.indices(rows)) {
            backend.gatherRows(pairs.y(), indices, out);
        }
        standardY.apply(out, out);
    }

    /** Fits an alignment to pairs drawn from the given rows, when states before and after are of one width. */
    LinearAlignment.Maps fit(int[] rows, int[] drawn, StateClusters clusters) {
        int d = pairs.x().columns();
        if (d != pairs.y().columns()) {
            return LinearAlignment.Maps.NONE;
        }
        int[] sample = new int[Math.min(SAMPLE, drawn.length)];
        Arrays.setAll(sample, i -> rows[drawn[i]]);
        AlignmentFit fit = new AlignmentFit(backend, d, clusters.label(), clusters.count());
        try (Tensor x = backend.allocate(Math.min(CHUNK, sample.length), d);
                Tensor y = backend.allocate(Math.min(CHUNK, sample.length), d)) {
            for (int pass = clusters.count() > 0 ? 0 : 1; pass < 2; pass++) {
                for (int from = 0; from < sample.length; from += CHUNK) {
                    int[] chunk = Arrays.copyOfRange(sample, from, Math.min(sample.length, from + CHUNK));
                    Tensor before = x.rowRange(0, chunk.length);
                    Tensor after = y.rowRange(0, chunk.length);
                    loadX(chunk, before);
                    loadY(chunk, after);
                    if (pass == 0) {
                        fit.addToMeans(chunk, before, after);
                    } else {
                        fit.add(chunk, before, after);
                    }
                }
            }
            return fit.maps();
        }
    }

    /**
     * Aligns all batches from now on.
     *
     * @return the share of the difference of aligned states that is left between those that belong together, or NaN when x
     *     predicts y too badly and states stay as they are
     */
    double align(LinearAlignment.Maps maps, int[] label) {
        if (!(maps.leftOver() < WELL_PREDICTED)) {
            return Double.NaN;
        }
        int d = pairs.x().columns();
        this.maps = maps;
        alignment = own(new LinearAlignment(backend, maps.negatedY(), d));
        sums = own(new LinearAlignment(backend, maps.times(Float.parseFloat(System.getProperty("kappa", "0.1"))), d));
        this.label = label;
        if (maps.ofClusters().length > 0) {
            ofClusters = own(backend.allocate(maps.ofClusters().length / d, d));
            backend.write(maps.ofClusters(), ofClusters, 0);
        }
        return alignment.leftOver();
    }

    /** Multiplies aligned states from now on. */
    void scale(double factor) {
        LinearAlignment.Maps scaled = maps.times((float) factor);
        alignment.write(scaled.negatedY());
        if (ofClusters != null) {
            backend.write(scaled.ofClusters(), ofClusters, 0);
        }
    }

    boolean aligned() {
        return alignment != null;
    }

    int columnsX() {
        return alignment == null ? pairs.x().columns() : 2 * pairs.x().columns();
    }

    /** Which cluster the states of those rows are in; empty without clusters. */
    int[] labels(int[] rows) {
        return ofClusters == null
                ? new int[0]
                : Arrays.stream(rows).map(i -> label[i]).toArray();
    }

    /** Loads states of the pairs of those rows, to be read from {@link #x()} and {@link #y()}. */
    void load(Indices rows, Indices labels) {
        Tensor x = gathered.columnRange(0, pairs.x().columns()).rowRange(0, rows.length());
        backend.gatherRows(pairs.x(), rows, x);
        Tensor intoX = batchX.rowRange(0, rows.length());
        Tensor intoY = batchY.rowRange(0, rows.length());
        if (alignment == null) {
            standardX.apply(x, intoX.columnRange(0, pairs.x().columns()));
            Tensor y = gathered.columnRange(0, pairs.y().columns()).rowRange(0, rows.length());
            backend.gatherRows(pairs.y(), rows, y);
            standardY.apply(y, intoY.columnRange(0, pairs.y().columns()));
            return;
        }
        int d = pairs.x().columns();
        standardX.apply(x, x);
        if (ofClusters != null) {
            backend.gatherRows(ofClusters, labels, intoX.columnRange(0, d));
            alignment.addAlignedX(x, intoX.columnRange(0, d));
        } else {
            alignment.alignX(x, intoX.columnRange(0, d));
        }
        sums.alignX(x, intoX.columnRange(d, 2 * d));
        backend.gatherRows(pairs.y(), rows, x);
        standardY.apply(x, x);
        alignment.alignY(x, intoY.columnRange(0, d));
        sums.alignY(x, intoY.columnRange(d, 2 * d));
    }

    /** Rows of the largest batch. */
    int capacity() {
        return (int) batchX.rows();
    }

    /** States before the block, [capacity, dx]; as many rows as were loaded. */
    Tensor x() {
        return batchX.columnRange(0, columnsX());
    }

    /** States after the block, [capacity, dy]. */
    Tensor y() {
        return batchY.columnRange(0, alignment == null ? pairs.y().columns() : columnsX());
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
