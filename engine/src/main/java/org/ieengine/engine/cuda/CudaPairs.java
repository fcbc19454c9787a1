package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The split first layer of a critic, forward and backward. */
final class CudaPairs {
    private static final int THREADS = 256;
    private static final int WARPS = 8;
    private static final int WARP = 32;

    /** Pairs that a warp takes at a time at least. */
    private static final int PAIRS_OF_WARP = 8;

    /** Blocks of 256 threads that a multiprocessor holds, times the number of turns that even out their ends. */
    private static final int BLOCKS_PER_MULTIPROCESSOR = 32;

    /** Places of sorted pairs that a warp adds up: few where there are few, so that the device is busy. */
    private static final int SHORT_STRETCH = 64;

    private static final int STRETCH = 256;
    private static final int FEW_PLACES = 1 << 16;

    /** Bounds the memory for rows that more than one stretch takes. */
    private static final int MOST_STRETCHES = 1 << 14;

    private final CudaLauncher device;

    CudaPairs(CudaLauncher device) {
        this.device = device;
    }

    /** The numbers of PairingCode in the kernels. */
    private enum Code {
        IDENTITY,
        LISTED,
        PERMUTED,
        PERMUTED_SAMPLES,
        ALL
    }

    /**
     * A pairing as kernels are given it.
     *
     * @param current address of the current step, 0 for none
     * @param list address of the list, 0 for none
     * @param all pairs of the whole pairing
     * @param xRows of all pairs
     * @param yRows of all pairs
     */
    private record Rows(Code code, long current, long list, long all, int xRows, int yRows) {
        static Rows of(String operation, PairPiece piece, CudaTensor pairs, CudaTensor x, CudaTensor y) {
            Pairing pairing = piece.pairing();
            long all = pairing.pairs();
            long end = piece.firstPair() + pairs.rows();
            if (piece.firstPair() < 0 || end > all) {
                throw new IllegalArgumentException(
                        operation + ": pairs " + piece.firstPair() + " to " + end + " of " + all);
            }
            if (pairing instanceof Pairing.Listed) {
                CudaPairList list = CudaPairList.open(((Pairing.Listed) pairing).list());
                list.requireRowsOf(operation, x, y);
                return new Rows(Code.LISTED, 0, list.address(), all, 0, 0);
            }
            if (pairing instanceof Pairing.AllPairs) {
                Pairing.AllPairs across = (Pairing.AllPairs) pairing;
                requireRows(operation, across.xRows(), across.yRows(), x, y);
                return new Rows(Code.ALL, 0, 0, all, across.xRows(), across.yRows());
            }
            if (pairing instanceof Pairing.Permuted) {
                return permuted(operation, (Pairing.Permuted) pairing, end, x, y);
            }
            requireRows(operation, end, end, x, y);
            return new Rows(Code.IDENTITY, 0, 0, all, 0, 0);
        }

        private static Rows permuted(String operation, Pairing.Permuted pairing, long end, CudaTensor x, CudaTensor y) {
            int all = Math.toIntExact(pairing.pairs());
            long current = CudaSteps.open(pairing.steps()).current();
            if (pairing.samples() == null) {
                requireRows(operation, end, all, x, y);
                return new Rows(Code.PERMUTED, current, 0, all, 0, 0);
            }
            CudaPairList samples = CudaPairList.open(pairing.samples());
            if (samples.pairs() != all) {
                throw new IllegalArgumentException(
                        operation + ": a permutation of " + all + " with a list of " + samples.pairs() + " samples");
            }
            samples.requireRowsOf(operation, x, y);
            return new Rows(Code.PERMUTED_SAMPLES, current, samples.address(), all, 0, 0);
        }

        private static void requireRows(String operation, long xRows, long yRows, CudaTensor x, CudaTensor y) {
            if (xRows > x.rows() || yRows > y.rows()) {
                throw new IllegalArgumentException(operation + ": pairs of " + xRows + " rows of x and " + yRows
                        + " rows of y, given x " + x + " and y " + y);
            }
        }

        /** Whether no two pairs share a row of x or of y. */
        boolean distinct() {
            return code == Code.IDENTITY || code == Code.PERMUTED;
        }
    }

    void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out) {
        CudaTensor x = CudaTensor.open(projectedX);
        CudaTensor y = CudaTensor.open(projectedY);
        CudaTensor to = CudaTensor.open(out);
        int width = to.columns();
        CudaShapes.require("pairRows: x", x, x.rows(), width, "output " + to);
        CudaShapes.require("pairRows: y", y, y.rows(), width, "output " + to);
        CudaShapes.requireApart("pairRows", x, to);
        CudaShapes.requireApart("pairRows", y, to);
        Rows rows = Rows.of("pairRows", piece, to, x, y);
        if (to.rows() == 0) {
            return;
        }
        device.launch(
                "pair_rows",
                shape(to.rows()),
                x.address(),
                x.stride(),
                y.address(),
                y.stride(),
                rows.code.ordinal(),
                rows.current,
                rows.list,
                rows.all,
                rows.yRows,
                piece.firstPair(),
                to.address(),
                to.stride(),
                to.rows(),
                width);
    }

    private LaunchShape shape(long pairs) {
        long wanted = (pairs + WARPS * PAIRS_OF_WARP - 1) / (WARPS * PAIRS_OF_WARP);
        long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.properties().multiprocessors();
        return LaunchShape.of((int) Math.min(wanted, most), THREADS);
    }

    void pairRowsBackward(Tensor out, Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY) {
        CudaTensor outputs = CudaTensor.open(out);
        CudaTensor from = CudaTensor.open(gradient);
        CudaTensor x = CudaTensor.open(gradX);
        CudaTensor y = CudaTensor.open(gradY);
        int width = from.columns();
        CudaShapes.same("pairRowsBackward", outputs, from);
        CudaShapes.require("pairRowsBackward: x", x, x.rows(), width, "gradient " + from);
        CudaShapes.require("pairRowsBackward: y", y, y.rows(), width, "gradient " + from);
        CudaShapes.requireApart("pairRowsBackward", outputs, from);
        CudaShapes.requireApart("pairRowsBackward", from, x);
        CudaShapes.requireApart("pairRowsBackward", from, y);
        CudaShapes.requireApart("pairRowsBackward", x, y);
        Rows rows = Rows.of("pairRowsBackward", piece, from, x, y);
        if (from.rows() == 0) {
            return;
        }
        if (rows.distinct()) {
            device.launch(
                    "pair_rows_backward",
                    shape(from.rows()),
                    outputs.address(),
                    outputs.stride(),
                    from.address(),
                    from.stride(),
                    rows.code.ordinal(),
                    rows.current,
                    rows.all,
                    piece.firstPair(),
                    from.rows(),
                    width,
                    x.address(),
                    x.stride(),
                    y.address(),
                    y.stride());
        } else {
            Gather gather = Gather.of(rows, width, width % 4 == 0 && aligned(outputs, from, x, y));
            long parts = device.scratch(2L * Float.BYTES * gather.stretches * width);
            gatherX(rows, piece, outputs, from, x, gather, parts);
            gatherY(rows, piece, from, y, gather, parts);
        }
    }

    private static boolean aligned(CudaTensor... matrices) {
        boolean aligned = true;
        for (CudaTensor matrix : matrices) {
            aligned &= matrix.address() % (4 * Float.BYTES) == 0 && matrix.stride() % 4 == 0;
        }
        return aligned;
    }

    /**
     * How pairs sorted by row are shared out.
     *
     * @param size places of a stretch
     * @param stretches how many there are
     * @param vector whether a thread takes four columns
     */
    private record Gather(int size, long stretches, boolean vector, LaunchShape shape) {
        static Gather of(Rows rows, int width, boolean vector) {
            long bounded = (rows.all + MOST_STRETCHES - 1) / MOST_STRETCHES;
            int size = (int) Math.max(rows.all < FEW_PLACES ? SHORT_STRETCH : STRETCH, bounded);
            long stretches = (rows.all + size - 1) / size;
            int across = vector ? 4 * WARP : WARP;
            LaunchShape shape = new LaunchShape(
                    (int) ((stretches + WARPS - 1) / WARPS), (width + across - 1) / across, 1, THREADS, 0);
            return new Gather(size, stretches, vector, shape);
        }
    }

    private void gatherX(
            Rows rows, PairPiece piece, CudaTensor out, CudaTensor gradient, CudaTensor x, Gather gather, long parts) {
        device.launch(
                "pair_gather_x",
                gather.shape,
                rows.code.ordinal(),
                rows.current,
                rows.list,
                rows.all,
                rows.xRows,
                rows.yRows,
                piece.firstPair(),
                gradient.rows(),
                out.address(),
                out.stride(),
                gradient.address(),
                gradient.stride(),
                x.address(),
                x.stride(),
                gradient.columns(),
                parts,
                gather.size,
                gather.stretches,
                gather.vector ? 1 : 0);
        join(0, rows, x, gather, parts);
    }

    private void gatherY(Rows rows, PairPiece piece, CudaTensor gradient, CudaTensor y, Gather gather, long parts) {
        device.launch(
                "pair_gather_y",
                gather.shape,
                rows.code.ordinal(),
                rows.current,
                rows.list,
                rows.all,
                rows.xRows,
                rows.yRows,
                piece.firstPair(),
                gradient.rows(),
                gradient.address(),
                gradient.stride(),
                y.address(),
                y.stride(),
                gradient.columns(),
                parts,
                gather.size,
                gather.stretches,
                gather.vector ? 1 : 0);
        join(1, rows, y, gather, parts);
    }

    private void join(int byY, Rows rows, CudaTensor target, Gather gather, long parts) {
        device.launch(
                "pair_join",
                gather.shape,
                byY,
                rows.code.ordinal(),
                rows.list,
                rows.all,
                rows.xRows,
                rows.yRows,
                target.address(),
                target.stride(),
                target.columns(),
                parts,
                gather.size,
                gather.stretches,
                gather.vector ? 1 : 0);
    }
}
