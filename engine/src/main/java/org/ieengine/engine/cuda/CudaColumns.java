package org.ieengine.engine.cuda;

import java.util.Arrays;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** Sums and moments of columns in float64, standardising, and squared norms of rows. */
final class CudaColumns {
    private static final int THREADS = 256;
    private static final int COLUMNS_OF_BLOCK = 32;
    private static final int ROWS_OF_BLOCK = 256;
    private static final int MOST_BLOCKS = 256;
    private static final int WARPS = 8;
    private static final int BLOCKS_PER_MULTIPROCESSOR = 32;

    private final CudaLauncher device;

    CudaColumns(CudaLauncher device) {
        this.device = device;
    }

    /**
     * How sums of columns are shared out, by shape alone.
     *
     * @param rows of a block
     * @param blocks along the rows
     * @param columns of the matrix
     * @param atOnce columns that a thread of the first kernel takes
     */
    private record Parts(long rows, int blocks, int columns, int atOnce) {
        private static final int AT_ONCE = 4;

        static Parts of(CudaTensor x) {
            long wanted = Math.max(1, Math.min(MOST_BLOCKS, (x.rows() + ROWS_OF_BLOCK - 1) / ROWS_OF_BLOCK));
            long rows = Math.max(1, (x.rows() + wanted - 1) / wanted);
            int blocks = (int) Math.max(1, (x.rows() + rows - 1) / rows);
            return new Parts(rows, blocks, x.columns(), x.vectorRows() && x.columns() % AT_ONCE == 0 ? AT_ONCE : 1);
        }

        long bytes() {
            return (long) Double.BYTES * blocks * columns;
        }

        /** Blocks along the columns, of the first kernel. */
        int across() {
            return (columns + COLUMNS_OF_BLOCK * atOnce - 1) / (COLUMNS_OF_BLOCK * atOnce);
        }

        /** Blocks of the second kernel. */
        int ofSums() {
            return (columns + COLUMNS_OF_BLOCK - 1) / COLUMNS_OF_BLOCK;
        }
    }

    private void sum(CudaTensor x, Parts parts, long weights, long centre, long to) {
        device.launch(
                "column_parts",
                new LaunchShape(parts.blocks, parts.across(), 1, THREADS, 0),
                x.address(),
                x.element().ordinal(),
                x.stride(),
                x.rows(),
                x.columns(),
                parts.atOnce,
                weights,
                centre,
                parts.rows,
                to);
    }

    /** sums = beta sums + column sums of x. */
    void columnSums(Tensor x, float beta, Tensor sums) {
        CudaTensor from = CudaTensor.operand(x);
        CudaTensor to = CudaTensor.open(sums);
        CudaShapes.require("columnSums", to, 1, from.columns(), "input " + from);
        CudaShapes.requireApart("columnSums", from, to);
        Parts parts = Parts.of(from);
        long scratch = device.scratch(parts.bytes());
        sum(from, parts, 0, 0, scratch);
        addParts(device, scratch, parts.blocks, beta, to);
    }

    /** sums [1, columns] = beta sums + those of each column over doubles [parts, columns]. */
    static void addParts(CudaLauncher device, long address, int parts, float beta, CudaTensor sums) {
        int columns = sums.columns();
        device.launch(
                "column_sums",
                LaunchShape.of((columns + COLUMNS_OF_BLOCK - 1) / COLUMNS_OF_BLOCK, THREADS),
                address,
                parts,
                columns,
                beta,
                sums.address());
    }

    /** Weighted mean and variance of each column. */
    void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance) {
        CudaTensor from = CudaTensor.open(x);
        int width = from.columns();
        if (weights.length != from.rows() || mean.length != width || variance.length != width) {
            throw new IllegalArgumentException("columnMoments: weights [" + weights.length + "], means [" + mean.length
                    + "] and variances [" + variance.length + "] for a matrix " + from);
        }
        device.requireNoRecording("read moments");
        Parts parts = Parts.of(from);
        long moments = device.scratch(parts.bytes() + (long) Double.BYTES * (weights.length + 1 + 2L * width));
        long variances = moments + (long) Double.BYTES * width;
        long total = variances + (long) Double.BYTES * width;
        long weighting = total + Double.BYTES;
        long scratch = weighting + (long) Double.BYTES * weights.length;
        double[] uploaded = new double[weights.length + 1];
        System.arraycopy(weights, 0, uploaded, 1, weights.length);
        uploaded[0] = Arrays.stream(weights).sum();
        device.write(uploaded, total);
        sum(from, parts, weighting, 0, scratch);
        divide(parts, scratch, total, moments);
        sum(from, parts, weighting, moments, scratch);
        divide(parts, scratch, total, variances);
        double[] both = new double[2 * width];
        device.read(moments, both);
        System.arraycopy(both, 0, mean, 0, width);
        System.arraycopy(both, width, variance, 0, width);
    }

    private void divide(Parts parts, long scratch, long total, long means) {
        device.launch(
                "column_means",
                LaunchShape.of(parts.ofSums(), THREADS),
                scratch,
                parts.blocks,
                parts.columns,
                total,
                means);
    }

    /** out = (x - shift) * scale column by column. */
    void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out) {
        CudaTensor from = CudaTensor.open(x);
        CudaTensor to = CudaTensor.operand(out);
        CudaTensor centre = CudaTensor.open(shift);
        CudaTensor factor = CudaTensor.open(scale);
        CudaShapes.same("standardise", from, to);
        CudaShapes.requireApartOrSame("standardise", from, to);
        CudaShapes.require("standardise", centre, 1, from.columns(), "input " + from);
        CudaShapes.require("standardise", factor, 1, from.columns(), "input " + from);
        CudaShapes.requireApart("standardise", centre, to);
        CudaShapes.requireApart("standardise", factor, to);
        ElementWalk walk = ElementWalk.byRow(to);
        if (!walk.empty()) {
            device.launch(
                    "standardise",
                    walk.shape(device.properties()),
                    from.address(),
                    from.stride(),
                    centre.address(),
                    factor.address(),
                    to.address(),
                    to.element().ordinal(),
                    to.stride(),
                    to.rows(),
                    to.columns());
        }
    }

    /** out[i] = sum of the squares of row i. */
    void squaredNorms(Tensor x, Tensor out) {
        CudaTensor from = CudaTensor.open(x);
        CudaTensor to = CudaTensor.open(out);
        CudaShapes.require("squaredNorms", to, from.rows(), 1, "input " + from);
        CudaShapes.requireApart("squaredNorms", from, to);
        if (from.rows() > 0) {
            long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.properties().multiprocessors();
            device.launch(
                    "squared_norms",
                    LaunchShape.of((int) Math.min((from.rows() + WARPS - 1) / WARPS, most), THREADS),
                    from.address(),
                    from.stride(),
                    from.rows(),
                    from.columns(),
                    to.address(),
                    to.stride());
        }
    }
}
