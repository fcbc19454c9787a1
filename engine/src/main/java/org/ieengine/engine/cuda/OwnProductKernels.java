package org.ieengine.engine.cuda;

import java.util.Locale;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.LaunchShape;

/**
 * Products by the kernels {@code matmul_*}. A block computes a tile of 128 x 128, of 128 x 64 in float32; which kernel runs follows
 * from layout and precision alone. A product whose result has few tiles is cut along its depth, by its shape alone: the parts are summed apart in
 * working memory and then added in their order.
 */
final class OwnProductKernels implements ProductKernels {
    /** Rows of a tile. */
    private static final int TILE_ROWS = 128;

    private static final Tiling STRICT = new Tiling(64, 128);
    private static final Tiling ROUNDED = new Tiling(128, 256);

    /** Threads of a block of the kernel that adds the parts. */
    private static final int ADDING_THREADS = 256;

    /** Blocks that keep every multiprocessor of a large GPU busy: a few for each of some 130. */
    private static final long ENOUGH_BLOCKS = 512;

    /** A part is at least so deep, so that what it computes outweighs writing and reading its sums. */
    private static final long SHALLOWEST_PART = 512;

    /** Kernels count depths of a part in an int, and float32 sums should not run over more. */
    private static final long DEEPEST_PART = 1 << 24;

    /** Working memory of the parts in elements, beyond what the deepest part makes necessary. */
    private static final long MOST_PARTIAL_SUMS = 1 << 24;

    /** Parts begin at multiples of this, so that they keep the alignment of the whole. */
    private static final long PART_UNIT = 32;

    private final CudaLauncher device;
    private final Precision precision;

    OwnProductKernels(CudaLauncher device, Precision precision) {
        this.device = device;
        this.precision = precision;
    }

    @Override
    public void linear(
            Factor x, Factor weight, CudaTensor bias, Activation activation, boolean accumulate, CudaTensor out) {
        Target target =
                new Target(out.address(), out.stride(), bias == null ? 0 : bias.address(), activation.ordinal());
        launch(precision, x, weight, target, x.columns(), 1, accumulate ? 1f : 0f);
    }

    @Override
    public void product(Factor a, Factor b, boolean strict, float beta, CudaTensor out) {
        Precision chosen = strict ? Precision.F32 : precision;
        long depth = a.columns();
        long rows = out.rows();
        int columns = out.columns();
        long span = span(tiles(chosen, rows, columns), rows * columns, depth);
        int parts = Math.toIntExact(Math.max(1, ceilDiv(depth, span)));
        if (parts == 1) {
            launch(chosen, a, b, new Target(out.address(), out.stride(), 0, 0), span, 1, beta);
            return;
        }
        long elements = rows * columns;
        long sums = device.scratch(Float.BYTES * elements * parts);
        launch(chosen, a, b, new Target(sums, columns, 0, 0), span, parts, 0f);
        device.launch(
                "matmul_parts",
                LaunchShape.of(Math.toIntExact(ceilDiv(elements, ADDING_THREADS)), ADDING_THREADS),
                out.address(),
                sums,
                rows,
                columns,
                out.stride(),
                parts,
                beta);
    }

    /** Depths of each part of a product whose result has so many tiles and elements. */
    static long span(long tiles, long elements, long depth) {
        long wanted = ceilDiv(ENOUGH_BLOCKS, tiles);
        long worthwhile = depth / SHALLOWEST_PART;
        long roomy = MOST_PARTIAL_SUMS / Math.max(1, elements);
        long parts = Math.max(1, Math.min(wanted, Math.min(worthwhile, roomy)));
        long span = Math.min(ceilDiv(depth, parts), DEEPEST_PART);
        return Math.max(1, ceilDiv(span, PART_UNIT)) * PART_UNIT;
    }

    /** Where the kernel writes, and what it does before. */
    private record Target(long address, int stride, long bias, int activation) {}

    private void launch(Precision chosen, Factor a, Factor b, Target target, long span, int parts, float beta) {
        long rows = a.rows();
        int columns = Math.toIntExact(b.columns());
        if (rows == 0) {
            return;
        }
        device.launch(
                kernel(chosen, a.transposed(), b.transposed()),
                new LaunchShape(Math.toIntExact(tiles(chosen, rows, columns)), 1, parts, tiling(chosen).threads, 0),
                target.address(),
                a.matrix().address(),
                b.matrix().address(),
                target.bias(),
                rows,
                a.columns(),
                columns,
                a.matrix().stride(),
                b.matrix().stride(),
                target.stride(),
                span,
                rows * columns,
                target.activation(),
                beta);
    }

    private static String kernel(Precision precision, boolean transposedA, boolean transposedB) {
        return "matmul_" + precision.name().toLowerCase(Locale.ROOT) + (transposedA ? "_at" : "")
                + (transposedB ? "_bt" : "");
    }

    /** Columns of a tile and threads of the block that computes it. */
    private record Tiling(int columns, int threads) {}

    private static Tiling tiling(Precision precision) {
        return precision == Precision.F32 ? STRICT : ROUNDED;
    }

    private static long tiles(Precision precision, long rows, int columns) {
        return Math.max(1, ceilDiv(rows, TILE_ROWS) * ceilDiv(columns, tiling(precision).columns));
    }

    private static long ceilDiv(long amount, long unit) {
        return (amount + unit - 1) / unit;
    }
}
