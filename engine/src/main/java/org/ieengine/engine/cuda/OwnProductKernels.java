package org.ieengine.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.kernels.LaunchShape;

/**
 * Products by the kernels {@code matmul_*}. Which kernel runs follows from layout and precision alone, and from how many columns
 * the result has; in precision bf16 operands that do not lie in memory as bf16 are rounded into working memory before. A product
 * whose result has few tiles is cut along its depth, by its shape alone: the parts are summed apart in working memory and then added
 * in their order.
 */
final class OwnProductKernels implements ProductKernels {
    /** Threads of a block of the kernel that adds the parts. */
    private static final int ADDING_THREADS = 256;

    /** Blocks of 128 x 128 that keep every multiprocessor of a large GPU busy: not quite four for each of 132. */
    private static final long ENOUGH_BLOCKS = 512;

    /** A part is at least so deep, so that what it computes outweighs writing and reading its sums. */
    private static final long SHALLOWEST_PART = 512;

    /** Kernels count depths of a part in an int, and float32 sums should not run over more. */
    private static final long DEEPEST_PART = 1 << 24;

    /** Working memory of the parts in elements, beyond what the deepest part makes necessary. */
    private static final long MOST_PARTIAL_SUMS = 1 << 24;

    /**
     * Elements of factors that are rounded, or of sums that wait for their epilogue, at a time: so few bytes that no plan of memory has
     * to know of them. Factors that come often are kept as operands.
     */
    private static final long MOST_AT_A_TIME = 1 << 20;

    /** Pieces of working memory begin at multiples of this. */
    private static final long SCRATCH_UNIT = 256;

    /** Parts begin at multiples of this, so that they keep the alignment of the whole. */
    private static final long PART_UNIT = 32;

    private final CudaLauncher device;
    private final Precision precision;
    private final ProductOperands operands;
    private final boolean warpgroups;

    /**
     * @param warpgroups whether products of bf16 go to the kernels of {@link WarpgroupTiles} where there is one for the layout
     */
    OwnProductKernels(CudaLauncher device, Precision precision, boolean warpgroups) {
        this.device = device;
        this.precision = precision;
        this.operands = new ProductOperands(device);
        this.warpgroups = warpgroups;
    }

    /**
     * The kernels for a device: those of warpgroups where it has them, unless they are switched off.
     *
     * @throws org.ieengine.kernels.GpuException when those compute anything wrong on it
     */
    static OwnProductKernels open(CudaLauncher device, Precision precision) {
        boolean warpgroups = precision == Precision.BF16 && WarpgroupProof.passed(device);
        return new OwnProductKernels(device, precision, warpgroups);
    }

    @Override
    public void linear(
            Factor x, Factor weight, CudaTensor bias, Activation activation, boolean accumulate, CudaTensor out) {
        byRows(x, weight, new ProductEpilogue(bias, activation, null, accumulate ? 1f : 0f), out);
    }

    @Override
    public void inputGradient(Factor gradient, Factor weight, CudaTensor in, CudaTensor out) {
        byRows(gradient, weight, new ProductEpilogue(null, Activation.IDENTITY, in, 0f), out);
    }

    /** Never cut along the depth, and rows do not depend on each other: they may be taken in several goes. */
    private void byRows(Factor a, Factor b, ProductEpilogue epilogue, CudaTensor out) {
        Element element = element(precision);
        CudaTensor mask = epilogue.mask();
        // Kernels take a mask of the elements of their operands.
        boolean within = mask == null || mask.element() == element;
        long rows = out.rows();
        long atATime = ProductOperands.fits(element, a) && within
                ? rows
                : Math.max(ProductPlan.STAGED_ROWS, MOST_AT_A_TIME / Math.max(a.columns(), out.columns()));
        for (long from = 0; from < rows; from += atATime) {
            long to = Math.min(rows, from + atATime);
            boolean whole = to - from == rows;
            CudaTensor target = whole ? out : out.rowRange(from, to);
            ProductEpilogue finish = whole ? epilogue : epilogue.rowRange(from, to);
            long sums = within ? 0 : Float.BYTES * (to - from) * out.columns();
            ProductOperands.Ready ready = operands.ready(element, a.rowRange(from, to), b, sums);
            if (within) {
                launch(precision, ready, Output.of(target), finish, Cut.none(a.columns()));
            } else {
                Output apart = new Output(ready.rest(), Element.F32, out.columns());
                launch(precision, ready, apart, ProductEpilogue.plain(0f), Cut.none(a.columns()));
                finish.launch(device, ready.rest(), out.columns(), target);
            }
        }
    }

    @Override
    public void product(Factor a, Factor b, boolean strict, float beta, CudaTensor out) {
        Precision chosen = strict ? Precision.F32 : precision;
        if (out.rows() == 0) {
            return;
        }
        Element element = element(chosen);
        boolean asTheyLie = ProductOperands.fits(element, a) && ProductOperands.fits(element, b);
        long depth = a.columns();
        // A result of bf16 would be rounded after every slice.
        long slice = asTheyLie || out.element() != Element.F32
                ? depth
                : Math.max(1, MOST_AT_A_TIME / (out.rows() + out.columns()) / PART_UNIT) * PART_UNIT;
        long from = 0;
        do { // once also of no depth: out is scaled
            long to = Math.min(depth, from + slice);
            summed(chosen, a.columnRange(from, to), b.rowRange(from, to), from == 0 ? beta : 1f, out);
            from = to;
        } while (from < depth);
    }

    /** A product whose factors are brought into form as a whole, cut along its depth where that keeps more of the device busy. */
    private void summed(Precision chosen, Factor a, Factor b, float beta, CudaTensor out) {
        ProductPlan plan = plan(chosen, a.transposed(), b.transposed(), out.columns());
        Cut cut = cut(chosen, plan, a.columns(), out);
        ProductOperands.Ready ready = operands.ready(element(chosen), a, b, partBytes(cut, out));
        summed(plan, ready, cut, beta, out, plan.nothingMore());
    }

    private void summed(
            ProductPlan plan, ProductOperands.Ready factors, Cut cut, float beta, CudaTensor out, List<Object> more) {
        if (cut.parts == 1) {
            launch(plan, factors, Output.of(out), ProductEpilogue.plain(beta), cut, more);
            return;
        }
        long parts = factors.rest();
        int columns = out.columns();
        launch(plan, factors, new Output(parts, Element.F32, columns), ProductEpilogue.plain(0f), cut, more);
        device.launch(
                "matmul_parts",
                LaunchShape.of(Math.toIntExact(ceilDiv(out.rows() * columns, ADDING_THREADS)), ADDING_THREADS),
                out.address(),
                out.element().ordinal(),
                parts,
                out.rows(),
                columns,
                out.stride(),
                cut.parts,
                beta);
    }

    private static Cut cut(Precision chosen, ProductPlan plan, long depth, CudaTensor out) {
        // A block on the tensor cores has a multiprocessor to itself: it counts as two.
        long tiles = plan.tiles(out.rows(), out.columns()) * (chosen == Precision.F32 ? 1 : 2);
        long span = span(tiles, out.rows() * out.columns(), depth);
        return new Cut(span, Math.toIntExact(Math.max(1, ceilDiv(depth, span))));
    }

    private static long partBytes(Cut cut, CudaTensor out) {
        return cut.parts == 1 ? 0 : Float.BYTES * out.rows() * out.columns() * cut.parts;
    }

    /** Whether {@link #productAndSums} takes such factors: they lie as warpgroups take them, the first one transposed. */
    boolean sumsFactor(Factor a, Factor b) {
        return warpgroups
                && a.transposed()
                && !b.transposed()
                && ProductOperands.fits(Element.BF16, a)
                && ProductOperands.fits(Element.BF16, b);
    }

    /** out = beta out + a b and, by the same kernel, sums = beta sums + those of a along the depth, [1, rows]. */
    void productAndSums(Factor a, Factor b, float beta, CudaTensor out, CudaTensor sums) {
        if (out.rows() == 0) {
            return;
        }
        ProductPlan plan = plan(Precision.BF16, true, false, out.columns());
        Cut cut = cut(Precision.BF16, plan, a.columns(), out);
        long sumBytes = Double.BYTES * out.rows() * cut.parts;
        long besides = ceilDiv(sumBytes, SCRATCH_UNIT) * SCRATCH_UNIT;
        long scratch = device.scratch(besides + partBytes(cut, out));
        ProductOperands.Ready ready = new ProductOperands.Ready(a, b, scratch + besides);
        summed(plan, ready, cut, beta, out, new FactorSums(scratch).arguments());
        CudaColumns.addParts(device, scratch, cut.parts, beta, sums);
    }

    /** a b, by the kernel of those tiles on so many blocks, and the sums of a as it leaves them: what a proof of it compares. */
    void productAndSums(Factor a, Factor b, WarpgroupTiles.Tile tile, int blocks, CudaTensor out, FactorSums sums) {
        launch(
                ProductPlan.byWarpgroups(tile, blocks),
                new ProductOperands.Ready(a, b, 0),
                Output.of(out),
                ProductEpilogue.plain(0f),
                Cut.none(a.columns()),
                sums.arguments());
    }

    /** Depths of each part of a product whose result has so many tiles and elements. */
    static long span(long tiles, long elements, long depth) {
        long wanted = ENOUGH_BLOCKS / tiles;
        long worthwhile = depth / SHALLOWEST_PART;
        long roomy = MOST_PARTIAL_SUMS / Math.max(1, elements);
        long parts = Math.max(1, Math.min(wanted, Math.min(worthwhile, roomy)));
        long span = Math.min(ceilDiv(depth, parts), DEEPEST_PART);
        return Math.max(1, ceilDiv(span, PART_UNIT)) * PART_UNIT;
    }

    /** Parts of the depth, so deep each. */
    private record Cut(long span, int parts) {
        static Cut none(long depth) {
            return new Cut(Math.max(1, depth), 1);
        }
    }

    /** Where the kernel writes. */
    private record Output(long address, Element element, int stride) {
        static Output of(CudaTensor out) {
            return new Output(out.address(), out.element(), out.stride());
        }
    }

    /** out = a b, factors of bf16, by the kernel of those tiles on so many blocks: what a proof of it compares. */
    void product(Factor a, Factor b, WarpgroupTiles.Tile tile, int blocks, CudaTensor out) {
        ProductOperands.Ready ready = operands.ready(Element.BF16, a, b, 0);
        launch(
                ProductPlan.byWarpgroups(tile, blocks),
                ready,
                Output.of(out),
                ProductEpilogue.plain(0f),
                Cut.none(a.columns()));
    }

    /** As {@link #product}, its rows meeting those of another matrix. */
    void meetingRows(Factor a, Factor b, MetRows met, WarpgroupTiles.Tile tile, int blocks, CudaTensor out) {
        launch(ProductPlan.byWarpgroups(tile, blocks), new ProductOperands.Ready(a, b, 0), met, out);
    }

    /** Whether {@link #meetingRows} takes such factors: they lie as products of bf16 take them, the second one transposed. */
    boolean meetsRows(Factor a, Factor b) {
        return precision == Precision.BF16
                && !a.transposed()
                && b.transposed()
                && ProductOperands.fits(Element.BF16, a)
                && ProductOperands.fits(Element.BF16, b);
    }

    /** a b, its rows meeting those of another matrix; out [2 rows, columns] of bf16 is overwritten. Asks for no working memory. */
    void meetingRows(Factor a, Factor b, MetRows met, CudaTensor out) {
        int columns = Math.toIntExact(b.columns());
        launch(plan(Precision.BF16, false, true, columns), new ProductOperands.Ready(a, b, 0), met, out);
    }

    private void launch(ProductPlan plan, ProductOperands.Ready factors, MetRows met, CudaTensor out) {
        Cut whole = Cut.none(factors.a().columns());
        launch(plan, factors, Output.of(out), ProductEpilogue.plain(0f), whole, met.arguments());
    }

    private void launch(
            Precision chosen, ProductOperands.Ready factors, Output out, ProductEpilogue epilogue, Cut cut) {
        int columns = Math.toIntExact(factors.b().columns());
        ProductPlan plan = plan(chosen, factors.a().transposed(), factors.b().transposed(), columns);
        launch(plan, factors, out, epilogue, cut);
    }

    private void launch(
            ProductPlan plan, ProductOperands.Ready factors, Output out, ProductEpilogue epilogue, Cut cut) {
        launch(plan, factors, out, epilogue, cut, plan.nothingMore());
    }

    private void launch(
            ProductPlan plan,
            ProductOperands.Ready factors,
            Output out,
            ProductEpilogue epilogue,
            Cut cut,
            List<Object> more) {
        Factor a = factors.a();
        Factor b = factors.b();
        long rows = a.rows();
        int columns = Math.toIntExact(b.columns());
        CudaTensor mask = epilogue.mask();
        List<Object> arguments = new ArrayList<>(List.of(
                out.address,
                out.element.ordinal(),
                a.matrix().address(),
                b.matrix().address(),
                epilogue.bias() == null ? 0L : epilogue.bias().address(),
                mask == null ? 0L : mask.address(),
                mask == null ? 0 : mask.stride(),
                rows,
                a.columns(),
                columns,
                a.matrix().stride(),
                b.matrix().stride(),
                out.stride,
                cut.span,
                rows * columns,
                epilogue.activation().ordinal(),
                epilogue.beta()));
        arguments.addAll(more);
        device.launch(plan.kernel(), plan.shape().of(plan.tiles(rows, columns), cut.parts), arguments.toArray());
    }

    /** What the kernels of a precision read. */
    private static Element element(Precision precision) {
        return precision == Precision.BF16 ? Element.BF16 : Element.F32;
    }

    private ProductPlan plan(Precision chosen, boolean transposedA, boolean transposedB, int columns) {
        if (warpgroups && chosen == Precision.BF16 && WarpgroupTiles.multiplies(transposedA, transposedB)) {
            WarpgroupTiles.Tile tile = WarpgroupTiles.of(transposedA, transposedB, columns);
            return ProductPlan.byWarpgroups(tile, device.properties().multiprocessors());
        }
        return ProductPlan.tiled(chosen, transposedA, transposedB);
    }

    private static long ceilDiv(long amount, long unit) {
        return (amount + unit - 1) / unit;
    }
}
