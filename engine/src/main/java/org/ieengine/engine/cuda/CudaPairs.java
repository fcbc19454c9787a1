package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Pairing;
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
        CudaTensor x = CudaTensor.operand(projectedX);
        CudaTensor y = CudaTensor.operand(projectedY);
        CudaTensor to = CudaTensor.operand(out);
        int width = to.columns();
        CudaShapes.require("pairRows: x", x, x.rows(), width, "output " + to);
        CudaShapes.require("pairRows: y", y, y.rows(), width, "output " + to);
        CudaShapes.sameElement("pairRows: x and y", x, y);
        if (x.element() == Element.BF16) {
            CudaShapes.sameElement("pairRows: x and output", x, to);
        }
        CudaShapes.requireApart("pairRows", x, to);
        CudaShapes.requireApart("pairRows", y, to);
        CudaPairing rows = CudaPairing.of("pairRows", piece, to, x, y);
        if (to.rows() > 0) {
            List<Object> arguments = arguments(x, y, rows, piece);
            arguments.addAll(List.of(to.address(), to.element().ordinal(), to.stride(), to.rows(), width));
            device.launch("pair_rows", shape(to.rows()), arguments.toArray());
        }
    }

    void pairProducts(Tensor left, Tensor right, PairPiece piece, Tensor out) {
        CudaTensor x = CudaTensor.operand(left);
        CudaTensor y = CudaTensor.operand(right);
        CudaTensor to = CudaTensor.open(out);
        CudaShapes.require("pairProducts: y", y, y.rows(), x.columns(), "x " + x);
        CudaShapes.require("pairProducts", to, to.rows(), 1, "x " + x);
        CudaShapes.sameElement("pairProducts", x, y);
        CudaShapes.requireApart("pairProducts", x, to);
        CudaShapes.requireApart("pairProducts", y, to);
        CudaPairing rows = CudaPairing.of("pairProducts", piece, to, x, y);
        if (to.rows() > 0) {
            List<Object> arguments = arguments(x, y, rows, piece);
            arguments.addAll(List.of(to.address(), to.stride(), to.rows(), x.columns()));
            device.launch("pair_products", shape(to.rows()), arguments.toArray());
        }
    }

    /** What both kernels are told of the rows and of which of them meet. */
    private static List<Object> arguments(CudaTensor x, CudaTensor y, CudaPairing rows, PairPiece piece) {
        return new ArrayList<>(List.of(
                x.address(),
                x.stride(),
                y.address(),
                y.stride(),
                x.element().ordinal(),
                rows.code().ordinal(),
                rows.current(),
                rows.list(),
                rows.all(),
                rows.yRows(),
                piece.firstPair()));
    }

    private LaunchShape shape(long pairs) {
        long wanted = (pairs + WARPS * PAIRS_OF_WARP - 1) / (WARPS * PAIRS_OF_WARP);
        long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.properties().multiprocessors();
        return LaunchShape.of((int) Math.min(wanted, most), THREADS);
    }

    void pairRowsBackward(Tensor gradient, Pairing.Permuted permuted, Tensor gradX, Tensor gradY) {
        CudaTensor from = CudaTensor.operand(gradient);
        CudaTensor x = CudaTensor.operand(gradX);
        CudaTensor y = CudaTensor.operand(gradY);
        long rows = permuted.pairs();
        int width = from.columns();
        CudaShapes.require("pairRowsBackward: x", x, rows, width, "gradient " + from);
        CudaShapes.require("pairRowsBackward: y", y, rows, width, "gradient " + from);
        CudaShapes.require("pairRowsBackward: gradient", from, 2 * rows, width, "rows of " + x);
        CudaShapes.sameElement("pairRowsBackward: x", from, x);
        CudaShapes.sameElement("pairRowsBackward: y", from, y);
        CudaShapes.requireApart("pairRowsBackward", from, x);
        CudaShapes.requireApart("pairRowsBackward", from, y);
        CudaShapes.requireApart("pairRowsBackward", x, y);
        CudaTensor own = from.rowRange(0, rows);
        CudaTensor others = from.rowRange(rows, 2 * rows);
        if (permuted.samples() != null) {
            throw new IllegalArgumentException("pairRowsBackward: samples of a list are not the rows themselves");
        }
        CudaPairing pairing = CudaPairing.of("pairRowsBackward", new PairPiece(permuted, 0), others, x, y);
        if (rows == 0) {
            return;
        }
        device.launch(
                "pair_rows_both_backward",
                shape(rows),
                own.address(),
                others.address(),
                from.element().ordinal(),
                from.stride(),
                pairing.current(),
                rows,
                width,
                x.address(),
                x.stride(),
                y.address(),
                y.stride());
    }

    void pairRowsBackward(Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY) {
        CudaTensor from = CudaTensor.operand(gradient);
        CudaTensor x = CudaTensor.open(gradX);
        CudaTensor y = CudaTensor.open(gradY);
        int width = from.columns();
        CudaShapes.require("pairRowsBackward: x", x, x.rows(), width, "gradient " + from);
        CudaShapes.require("pairRowsBackward: y", y, y.rows(), width, "gradient " + from);
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
                    from.address(),
                    from.element().ordinal(),
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
            Gather gather = Gather.of(rows, from, x, y);
            long parts = device.scratch(2L * Float.BYTES * gather.stretches * width);
            gather("pair_gather_x", rows, piece, from, x, gather, parts);
            join(0, rows, x, gather, parts);
            gather("pair_gather_y", rows, piece, from, y, gather, parts);
            join(1, rows, y, gather, parts);
        }
    }

    /**
     * How pairs sorted by row are shared out.
     *
     * @param size places of a stretch
     * @param stretches how many there are
     * @param vector whether a thread takes as many columns as 16 bytes hold
     */
    private record Gather(int size, long stretches, boolean vector) {
        static Gather of(CudaPairing rows, CudaTensor gradient, CudaTensor x, CudaTensor y) {
            long bounded = (rows.all() + MOST_STRETCHES - 1) / MOST_STRETCHES;
            int size = (int) Math.max(rows.all() < FEW_PLACES ? SHORT_STRETCH : STRETCH, bounded);
            boolean aligned = gradient.columns() % gradient.element().ofVector() == 0
                    && gradient.vectorRows()
                    && x.vectorRows()
                    && y.vectorRows();
            return new Gather(size, (rows.all() + size - 1) / size, aligned);
        }

        /** A warp for each stretch and the columns that its threads take of such elements. */
        LaunchShape shape(Element element, int width) {
            int across = vector ? element.ofVector() * WARP : WARP;
            int blocks = (int) ((stretches + WARPS - 1) / WARPS);
            return new LaunchShape(blocks, (width + across - 1) / across, 1, THREADS, 0);
        }
    }

    private void gather(
            String kernel,
            CudaPairing rows,
            PairPiece piece,
            CudaTensor gradient,
            CudaTensor target,
            Gather gather,
            long parts) {
        device.launch(
                kernel,
                gather.shape(gradient.element(), gradient.columns()),
                rows.code().ordinal(),
                rows.current(),
                rows.list(),
                rows.all(),
                rows.xRows(),
                rows.yRows(),
                piece.firstPair(),
                gradient.rows(),
                gradient.address(),
                gradient.element().ordinal(),
                gradient.stride(),
                target.address(),
                target.stride(),
                gradient.columns(),
                parts,
                gather.size,
                gather.stretches,
                gather.vector ? 1 : 0);
    }

    private void join(int byY, CudaPairing rows, CudaTensor target, Gather gather, long parts) {
        device.launch(
                "pair_join",
                gather.shape(Element.F32, target.columns()),
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
