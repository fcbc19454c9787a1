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

    private static final int CHUNK = 512;

    /** The same where the backend has its own memory: as many as {@link StateClusters} takes there. */
    private static final int DEVICE_CHUNK = 4096;

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
    private final Tensor aligned;
    private LinearAlignment alignment;
    private StateClusters clusters = StateClusters.NONE;

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
            batchX = own(backend.allocateOperand(rows, dx == dy ? 2 * dx : dx));
            batchY = own(backend.allocateOperand(rows, dx == dy ? 2 * dy : dy));
            aligned = dx == dy && rounded(backend) ? own(backend.allocate(rows, 2 * dx)) : null;
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
    static long bytes(Backend backend, int rows, int dimensions) {
        return Float.BYTES * dimensions * ((rounded(backend) ? 3L : 1L) * rows + 4)
                + 2 * backend.operandBytes(rows, 2 * dimensions)
                + LinearAlignment.bytes(dimensions);
    }

    private static boolean rounded(Backend backend) {
        return backend.operandBytes() < Float.BYTES;
    }

    /** Bytes that {@link #clusters} and {@link #fit} hold at most. */
    static long fittingBytes(Backend backend, long pairs, int dimensions) {
        int chunk = chunk(backend, pairs);
        return Math.max(
                2L * Float.BYTES * dimensions * chunk
                        + AlignmentMoments.bytes(backend, chunk, dimensions, StateClusters.most(pairs)),
                StateClusters.bytes(backend, pairs, dimensions));
    }

    private static int chunk(Backend backend, long rows) {
        return (int) Math.min(backend.ownMemory() ? DEVICE_CHUNK : CHUNK, rows);
    }

    /**
     * Clusters of the states before.
     *
     * @param drawn rows that they are found from, in random order
     */
    StateClusters clusters(int[] drawn, Philox stream) {
        return StateClusters.of(
                backend,
                (rows, out) -> load(pairs.x(), standardX, rows, out),
                new StateClusters.Rows(pairs.symbols().size(), drawn, pairs.x().columns()),
                stream);
    }

    private void load(Tensor states, Standardisation standard, int[] rows, Tensor out) {
        try (Indices indices = backend.indices(rows)) {
            backend.gatherRows(states, indices, out);
        }
        standard.apply(out, out);
    }

    /** Fits an alignment to pairs of the given rows, the first ones, when states before and after are of one width. */
    LinearAlignment.Maps fit(int[] drawn, StateClusters found) {
        int d = pairs.x().columns();
        if (d != pairs.y().columns()) {
            return LinearAlignment.Maps.NONE;
        }
        int sample = Math.min(SAMPLE, drawn.length);
        int most = chunk(backend, sample);
        try (AlignmentFit fit = new AlignmentFit(backend, d, found);
                Tensor x = backend.allocate(most, d);
                Tensor y = backend.allocate(most, d)) {
            for (int pass = found.count() > 0 ? 0 : 1; pass < 2; pass++) {
                for (int from = 0; from < sample; from += most) {
                    int[] chunk = Arrays.copyOfRange(drawn, from, Math.min(sample, from + most));
                    Tensor before = x.rowRange(0, chunk.length);
                    Tensor after = y.rowRange(0, chunk.length);
                    load(pairs.x(), standardX, chunk, before);
                    load(pairs.y(), standardY, chunk, after);
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
     * Aligns all batches from now on, when x predicts y well enough; otherwise states stay as they are.
     *
     * @return whether they are aligned
     */
    boolean align(LinearAlignment.Maps maps, StateClusters found) {
        if (maps.leftOver() < WELL_PREDICTED) {
            alignment = own(new LinearAlignment(backend, maps, pairs.x().columns()));
            clusters = found;
        }
        return alignment != null;
    }

    /** Multiplies differences of aligned states from now on; factors do not add up. */
    void scale(double factor) {
        alignment.scale(factor);
    }

    /** Whether {@link #load} needs to be told clusters. */
    boolean clustered() {
        return alignment != null && alignment.clustered();
    }

    /** Cluster of each of the rows. */
    int[] clusters(int[] rows) {
        return Arrays.stream(rows).map(i -> clusters.label()[i]).toArray();
    }

    /**
     * Loads states of the pairs of those rows, to be read from {@link #x()} and {@link #y()}.
     *
     * @param ofRows cluster of each row; null when not {@link #clustered}
     */
    void load(Indices rows, Indices ofRows) {
        Tensor x = gathered.columnRange(0, pairs.x().columns()).rowRange(0, rows.length());
        Tensor y = gathered.columnRange(0, pairs.y().columns()).rowRange(0, rows.length());
        Tensor intoX = x().rowRange(0, rows.length());
        Tensor intoY = y().rowRange(0, rows.length());
        backend.gatherRows(pairs.x(), rows, x);
        standardX.apply(x, alignment == null ? intoX : x);
        if (alignment != null) {
            Tensor exact = exact(intoX);
            alignment.alignX(x, ofRows, exact);
            finish(exact, intoX);
        }
        backend.gatherRows(pairs.y(), rows, y);
        standardY.apply(y, alignment == null ? intoY : y);
        if (alignment != null) {
            Tensor exact = exact(intoY);
            alignment.alignY(y, exact);
            finish(exact, intoY);
        }
    }

    /** Where aligned states are added up: in place, or in float32 before they are rounded into the batch. */
    private Tensor exact(Tensor batch) {
        return aligned == null ? batch : aligned.rowRange(0, batch.rows());
    }

    private void finish(Tensor exact, Tensor batch) {
        if (exact != batch) {
            backend.copy(exact, batch);
        }
    }

    /** Rows of the largest batch. */
    int capacity() {
        return (int) batchX.rows();
    }

    /** States before the block, [capacity, dx], aligned ones [capacity, 2 d]; as many rows as were loaded. */
    Tensor x() {
        return columns(batchX, pairs.x());
    }

    /** States after the block, [capacity, dy], aligned ones [capacity, 2 d]. */
    Tensor y() {
        return columns(batchY, pairs.y());
    }

    private Tensor columns(Tensor batch, Tensor states) {
        return batch.columnRange(0, (alignment == null ? 1 : 2) * states.columns());
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
