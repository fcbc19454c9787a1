package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** Batches of states as a critic takes them: gathered, standardised, and aligned where x predicts y well. */
final class CriticInput implements AutoCloseable {
    /** Pairs that the alignment is fitted to, and at least so many times the dimensions. */
    private static final int SAMPLE = 4096;

    private static final int SAMPLE_TIMES_DIMENSIONS = 4;

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

    /** For batches of at most so many rows. */
    CriticInput(Backend backend, PairedStates pairs, int rows) {
        this.backend = backend;
        this.pairs = pairs;
        try {
            double[] weight = pairs.symbols().weight();
            standardX = own(Standardisation.of(backend, pairs.x(), weight));
            standardY = own(Standardisation.of(backend, pairs.y(), weight));
            batchX = own(backend.allocate(rows, pairs.x().columns()));
            batchY = own(backend.allocate(rows, pairs.y().columns()));
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
        return Float.BYTES * dimensions * (3L * rows + 4) + LinearAlignment.bytes(dimensions);
    }

    /** Bytes that {@link #align} holds while it fits. */
    static long fittingBytes(long pairs, int dimensions) {
        return 2L * Float.BYTES * dimensions * sample(pairs, dimensions);
    }

    private static long sample(long pairs, int dimensions) {
        return Math.min(pairs, Math.max(SAMPLE, SAMPLE_TIMES_DIMENSIONS * (long) dimensions));
    }

    /** Fits an alignment to pairs drawn from the given rows, when states before and after are of one width. */
    LinearAlignment.Maps fit(int[] rows, int[] drawn) {
        int d = pairs.x().columns();
        if (d != pairs.y().columns()) {
            return LinearAlignment.Maps.NONE;
        }
        int[] sample = new int[(int) sample(drawn.length, d)];
        Arrays.setAll(sample, i -> rows[drawn[i]]);
        try (Tensor x = backend.allocate(sample.length, d);
                Tensor y = backend.allocate(sample.length, d);
                Indices indices = backend.indices(sample)) {
            backend.gatherRows(pairs.x(), indices, x);
            backend.gatherRows(pairs.y(), indices, y);
            standardX.apply(x, x);
            standardY.apply(y, y);
            return LinearAlignment.fit(backend, x, y);
        }
    }

    /**
     * Aligns all batches from now on.
     *
     * @return the share of the difference of aligned states that is left between those that belong together, or NaN when x
     *     predicts y too badly and states stay as they are
     */
    double align(LinearAlignment.Maps maps) {
        if (!(maps.leftOver() < WELL_PREDICTED)) {
            return Double.NaN;
        }
        alignment = own(new LinearAlignment(backend, maps, pairs.x().columns()));
        return alignment.leftOver();
    }

    /** Loads states of the pairs of those rows, to be read from {@link #x()} and {@link #y()}. */
    void load(Indices rows) {
        Tensor x = gathered.columnRange(0, pairs.x().columns()).rowRange(0, rows.length());
        backend.gatherRows(pairs.x(), rows, x);
        Tensor intoX = batchX.rowRange(0, rows.length());
        standardX.apply(x, alignment == null ? intoX : x);
        Tensor y = gathered.columnRange(0, pairs.y().columns()).rowRange(0, rows.length());
        Tensor intoY = batchY.rowRange(0, rows.length());
        if (alignment != null) {
            alignment.alignX(x, intoX);
        }
        backend.gatherRows(pairs.y(), rows, y);
        standardY.apply(y, alignment == null ? intoY : y);
        if (alignment != null) {
            alignment.alignY(y, intoY);
        }
    }

    /** Rows of the largest batch. */
    int capacity() {
        return (int) batchX.rows();
    }

    /** States before the block, [capacity, dx]; as many rows as were loaded. */
    Tensor x() {
        return batchX;
    }

    /** States after the block, [capacity, dy]. */
    Tensor y() {
        return batchY;
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
