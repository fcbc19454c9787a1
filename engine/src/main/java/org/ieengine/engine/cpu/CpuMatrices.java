package org.ieengine.engine.cpu;

import org.ieengine.engine.cpu.Sgemm.Operand;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations;
import org.ieengine.engine.tensor.Tensor;

/**
 * Matrix products cut into tiles of the result, each computed by one thread, which applies the epilogue while the tile is in its
 * cache. Tiles depend on the shape alone.
 */
final class CpuMatrices implements MatrixOperations {
    /** Results up to this size are summed over panels of a great depth. */
    private static final int SMALL = 512;

    /** Depth from which on a small result is summed over panels of the depth in several threads. */
    private static final int PANEL_DEPTH = 8192;

    private final Workers workers;
    private final Sgemm sgemm;

    CpuMatrices(Workers workers, Sgemm sgemm) {
        this.workers = workers;
        this.sgemm = sgemm;
    }

    /** Whether OpenBLAS computes them. */
    boolean usesOpenBlas() {
        return sgemm instanceof OpenBlasSgemm;
    }

    @Override
    public void linear(Tensor x, Tensor weight, Layout layout, Epilogue epilogue, Tensor out) {
        CpuTensor in = CpuTensor.open(x);
        CpuTensor result = CpuTensor.open(out);
        Operand factor = new Operand(CpuTensor.open(weight), layout == Layout.OUT_IN);
        CpuTensor bias = epilogue.bias() == null ? null : CpuTensor.open(epilogue.bias());
        requireProduct("linear", new Operand(in, false), factor, result);
        if (bias != null) {
            Shapes.require("linear: bias", bias, 1, result.columns(), "output " + result);
        }
        Tile tile = (part, rows, columns, scratch) -> {
            Operand left = new Operand(in.rowRange(rows.from, rows.to), false);
            Operand right = factor.columnRange(columns.from, columns.to);
            CpuTensor partBias = bias == null ? null : bias.columnRange((int) columns.from, (int) columns.to);
            linearTile(left, right, partBias, epilogue, part, scratch);
        };
        forEachTile(result, in.columns(), tile);
    }

    private void linearTile(
            Operand x, Operand weight, CpuTensor bias, Epilogue epilogue, CpuTensor out, Scratch scratch) {
        Activation activation = epilogue.activation();
        if (activation == Activation.IDENTITY) {
            if (bias != null) {
                addBias(bias, epilogue.accumulate(), out, scratch);
            }
            sgemm.multiply(x, weight, bias != null || epilogue.accumulate() ? 1f : 0f, out, scratch);
            return;
        }
        CpuTensor product = epilogue.accumulate() ? scratch.matrix(0, Math.toIntExact(out.rows()), out.columns()) : out;
        if (bias != null) {
            addBias(bias, false, product, scratch);
        }
        sgemm.multiply(x, weight, bias != null ? 1f : 0f, product, scratch);
        int columns = out.columns();
        int height = RowPanels.height(columns);
        for (int first = 0; first < out.rows(); first += height) {
            int rows = (int) Math.min(height, out.rows() - first);
            float[] values = scratch.floats(0, rows * columns);
            product.readRows(first, rows, values, 0);
            ActivationLoops.apply(activation, values, 0, rows * columns);
            if (epilogue.accumulate()) {
                float[] held = scratch.floats(1, rows * columns);
                out.readRows(first, rows, held, 0);
                for (int i = 0; i < rows * columns; i++) {
                    values[i] += held[i];
                }
            }
            out.writeRows(first, rows, values, 0);
        }
    }

    /** Puts the bias into every row, so that a product added to it needs no pass of its own for the bias. */
    private static void addBias(CpuTensor bias, boolean accumulate, CpuTensor out, Scratch scratch) {
        int columns = out.columns();
        int height = (int) Math.min(RowPanels.height(columns), out.rows());
        float[] repeated = scratch.floats(0, height * columns);
        for (int row = 0; row < height; row++) {
            bias.readRows(0, 1, repeated, row * columns);
        }
        for (long first = 0; first < out.rows(); first += height) {
            int rows = (int) Math.min(height, out.rows() - first);
            if (accumulate) {
                float[] held = scratch.floats(1, height * columns);
                out.readRows(first, rows, held, 0);
                for (int i = 0; i < rows * columns; i++) {
                    held[i] += repeated[i];
                }
                out.writeRows(first, rows, held, 0);
            } else {
                out.writeRows(first, rows, repeated, 0);
            }
        }
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        Operand left = new Operand(CpuTensor.open(a), transposeA);
        Operand right = new Operand(CpuTensor.open(b), transposeB);
        CpuTensor result = CpuTensor.open(out);
        requireProduct("product", left, right, result);
        Shapes.requireApart("product", right.matrix(), result);
        long depth = left.columns();
        if (result.rows() <= SMALL && result.columns() <= SMALL && depth >= 2 * PANEL_DEPTH) {
            productOverDepth(left, right, beta, result);
            return;
        }
        forEachTile(
                result,
                depth,
                (part, rows, columns, scratch) -> multiplyDeep(
                        left.rowRange(rows.from, rows.to),
                        right.columnRange(columns.from, columns.to),
                        beta,
                        part,
                        scratch));
    }

    @Override
    public void strictProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        product(a, transposeA, b, transposeB, beta, out);
    }

    /** A depth beyond what an int counts is summed piece by piece. */
    private void multiplyDeep(Operand a, Operand b, float beta, CpuTensor out, Scratch scratch) {
        long depth = a.columns();
        long step = 1 << 24;
        for (long from = 0; from < depth; from += step) {
            long to = Math.min(depth, from + step);
            sgemm.multiply(a.columnRange(from, to), b.rowRange(from, to), from == 0 ? beta : 1f, out, scratch);
        }
    }

    /** Each panel of the depth into a matrix of its own, then their sum in order. */
    private void productOverDepth(Operand a, Operand b, float beta, CpuTensor out) {
        long depth = a.columns();
        int rows = (int) out.rows();
        int columns = out.columns();
        long panelDepth = Math.max(PANEL_DEPTH, (depth + 63) / 64);
        int panels = Math.toIntExact((depth + panelDepth - 1) / panelDepth);
        float[][] parts = new float[panels][];
        workers.run(panels, (panel, scratch) -> {
            long from = panel * panelDepth;
            long to = Math.min(depth, from + panelDepth);
            CpuTensor part = scratch.matrix(0, rows, columns);
            multiplyDeep(a.columnRange(from, to), b.rowRange(from, to), 0f, part, scratch);
            parts[panel] = new float[rows * columns];
            part.readRows(0, rows, parts[panel], 0);
        });
        float[] sum = new float[rows * columns];
        if (beta != 0f) {
            out.readRows(0, rows, sum, 0);
            for (int i = 0; i < sum.length; i++) {
                sum[i] *= beta;
            }
        }
        for (float[] part : parts) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += part[i];
            }
        }
        out.writeRows(0, rows, sum, 0);
    }

    private static void requireProduct(String operation, Operand a, Operand b, CpuTensor out) {
        if (a.columns() != b.rows()) {
            throw new IllegalArgumentException(operation + ": factors [" + a.rows() + ", " + a.columns() + "] and ["
                    + b.rows() + ", " + b.columns() + "] do not fit");
        }
        Shapes.require(
                operation + ": output",
                out,
                a.rows(),
                b.columns(),
                "factors [" + a.rows() + ", " + a.columns() + "] and [" + b.rows() + ", " + b.columns() + "]");
        Shapes.requireApart(operation, a.matrix(), out);
    }

    private record Span(long from, long to) {
        /** Part {@code index} of {@code parts} nearly equal ones. */
        static Span part(long extent, long index, long parts) {
            return new Span(extent * index / parts, extent * (index + 1) / parts);
        }
    }

    private interface Tile {
        void run(CpuTensor part, Span rows, Span columns, Scratch scratch);
    }

    private void forEachTile(CpuTensor out, long depth, Tile tile) {
        Grid grid = Grid.of(out.rows(), out.columns(), depth);
        workers.run(Math.toIntExact(grid.down * grid.across), (index, scratch) -> {
            Span rows = Span.part(out.rows(), index / grid.across, grid.down);
            Span columns = Span.part(out.columns(), index % grid.across, grid.across);
            CpuTensor part = out.rowRange(rows.from, rows.to).columnRange((int) columns.from, (int) columns.to);
            tile.run(part, rows, columns, scratch);
        });
    }

    /** How many tiles stand above and beside one another. */
    private record Grid(long down, long across) {
        /** Tiles so large that packing a factor once per tile does not show. */
        private static final int ROWS = 512;

        private static final int COLUMNS = 4096;

        /** Cut further until there is something to share out. */
        private static final int FEWEST = 4;

        /** Multiplications below which sharing out costs more than it saves. */
        private static final double WORTH = 1 << 20;

        static Grid of(long rows, int columns, long depth) {
            long down = (rows + ROWS - 1) / ROWS;
            long across = (columns + COLUMNS - 1) / COLUMNS;
            if ((double) rows * columns * depth >= WORTH) {
                while (down * across < FEWEST && (rows >= 2 * down || columns >= 2 * across)) {
                    if (rows / down >= columns / across && rows >= 2 * down) {
                        down *= 2;
                    } else {
                        across *= 2;
                    }
                }
            }
            return new Grid(down, across);
        }
    }

    /** What computes the products, for the report. */
    String name() {
        return sgemm.name();
    }
}
