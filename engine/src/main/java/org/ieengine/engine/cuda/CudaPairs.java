package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The split first layer of a critic, forward and backward, and products of paired rows. */
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

    void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out) {
        CudaTensor x = CudaTensor.open(projectedX);
        CudaTensor y = CudaTensor.open(projectedY);
        CudaTensor to = CudaTensor.open(out);
        int width = to.columns();
        CudaShapes.require("pairRows: x", x, x.rows(), width, "output " + to);
        CudaShapes.require("pairRows: y", y, y.rows(), width, "output " + to);
        CudaShapes.requireApart("pairRows", x, to);
        CudaShapes.requireApart("pairRows", y, to);
        CudaPairing rows = CudaPairing.of("pairRows", piece, to, x, y);
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
                rows.code().ordinal(),
                rows.current(),
                rows.list(),
                rows.all(),
                rows.yRows(),
                piece.firstPair(),
                to.address(),
                to.stride(),
                to.rows(),
                width);
    }

    void pairProducts(Tensor left, Tensor right, PairPiece piece, Tensor out) {
        CudaTensor x = CudaTensor.open(left);
        CudaTensor y = CudaTensor.open(right);
        CudaTensor to = CudaTensor.open(out);
        CudaShapes.require("pairProducts: y", y, y.rows(), x.columns(), "x " + x);
        CudaShapes.require("pairProducts", to, to.rows(), 1, "x " + x);
        CudaShapes.requireApart("pairProducts", x, to);
        CudaShapes.requireApart("pairProducts", y, to);
        CudaPairing rows = CudaPairing.of("pairProducts", piece, to, x, y);
        if (to.rows() == 0) {
            return;
        }
        device.launch(
                "pair_products",
                shape(to.rows()),
                x.address(),
                x.stride(),
                y.address(),
                y.stride(),
                rows.code().ordinal(),
                rows.current(),
                rows.list(),
                rows.all(),
                rows.yRows(),
                piece.firstPair(),
                to.address(),
                to.stride(),
                to.rows(),
                x.columns());
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
        CudaPairing rows = CudaPairing.of("pairRowsBackward", piece, from, x, y);
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
                    rows.code().ordinal(),
                    rows.current(),
                    rows.all(),
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
        static Gather of(CudaPairing rows, int width, boolean vector) {
            long bounded = (rows.all() + MOST_STRETCHES - 1) / MOST_STRETCHES;
            int size = (int) Math.max(rows.all() < FEW_PLACES ? SHORT_STRETCH : STRETCH, bounded);
            long stretches = (rows.all() + size - 1) / size;
            int across = vector ? 4 * WARP : WARP;
            LaunchShape shape = new LaunchShape(
                    (int) ((stretches + WARPS - 1) / WARPS), (width + across - 1) / across, 1, THREADS, 0);
            return new Gather(size, stretches, vector, shape);
        }
    }

    private void gatherX(
            CudaPairing rows,
            PairPiece piece,
            CudaTensor out,
            CudaTensor gradient,
            CudaTensor x,
            Gather gather,
            long parts) {
        device.launch(
                "pair_gather_x",
                gather.shape,
                rows.code().ordinal(),
                rows.current(),
                rows.list(),
                rows.all(),
                rows.xRows(),
                rows.yRows(),
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

    private void gatherY(
            CudaPairing rows, PairPiece piece, CudaTensor gradient, CudaTensor y, Gather gather, long parts) {
        device.launch(
                "pair_gather_y",
                gather.shape,
                rows.code().ordinal(),
                rows.current(),
                rows.list(),
                rows.all(),
                rows.xRows(),
                rows.yRows(),
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

    private void join(int byY, CudaPairing rows, CudaTensor target, Gather gather, long parts) {
        device.launch(
                "pair_join",
                gather.shape,
                byY,
                rows.code().ordinal(),
                rows.list(),
                rows.all(),
                rows.xRows(),
                rows.yRows(),
                target.address(),
                target.stride(),
                target.columns(),
                parts,
                gather.size,
                gather.stretches,
                gather.vector ? 1 : 0);
    }
}
