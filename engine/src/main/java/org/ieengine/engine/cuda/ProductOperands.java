package org.ieengine.engine.cuda;

import org.ieengine.kernels.LaunchShape;

/**
 * Brings the factors of a product into one kind of elements, rows of bf16 at multiples of 16 bytes, where they do not lie so already:
 * rounded or widened into working memory.
 */
final class ProductOperands {
    private static final int THREADS = 256;

    /** Elements that a thread rounds at a time, and to a multiple of which rows are filled up. */
    private static final int AT_ONCE = 8;

    private static final int ROW_BYTES = 16;

    /** Blocks of 256 threads that a multiprocessor holds, times the number of turns that even out their ends. */
    private static final int BLOCKS_PER_MULTIPROCESSOR = 32;

    private static final long ALIGNMENT = 256;

    private final CudaLauncher device;
    private final CudaRows rows;

    ProductOperands(CudaLauncher device) {
        this.device = device;
        this.rows = new CudaRows(device);
    }

    /**
     * Factors as they were asked for.
     *
     * @param a the left one
     * @param b the right one
     * @param rest address of the working memory asked for besides
     */
    record Ready(Factor a, Factor b, long rest) {}

    /**
     * The factors in elements of that kind, valid until working memory is asked for the next time.
     *
     * @param rest bytes of working memory besides
     */
    Ready ready(Element element, Factor a, Factor b, long rest) {
        long forA = missing(element, a);
        long forB = missing(element, b);
        long at = forA + forB + rest == 0 ? 0 : device.scratch(forA + forB + rest);
        return new Ready(bring(element, a, at), bring(element, b, at + forA), at + forA + forB);
    }

    /** Whether a factor is taken as it lies. */
    static boolean fits(Element element, Factor factor) {
        CudaTensor matrix = factor.matrix();
        boolean aligned = matrix.address() % ROW_BYTES == 0 && matrix.stride() % AT_ONCE == 0;
        return matrix.element() == element && (element == Element.F32 || aligned);
    }

    private static long missing(Element element, Factor factor) {
        if (fits(element, factor)) {
            return 0;
        }
        long bytes = factor.matrix().rows() * element.stride(factor.matrix().columns()) * element.bytes();
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private Factor bring(Element element, Factor factor, long address) {
        if (fits(element, factor)) {
            return factor;
        }
        CudaTensor from = factor.matrix();
        CudaTensor to = new CudaTensor(null, element, address, from.rows(), from.columns());
        if (from.element() == Element.F32) {
            round(from, to);
        } else {
            rows.copy(from, to);
        }
        return new Factor(to, factor.transposed());
    }

    private void round(CudaTensor from, CudaTensor to) {
        long threads = from.rows() * (to.stride() / AT_ONCE);
        if (threads == 0) {
            return;
        }
        long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.properties().multiprocessors();
        int blocks = (int) Math.min((threads + THREADS - 1) / THREADS, most);
        device.launch(
                "round_rows",
                LaunchShape.of(blocks, THREADS),
                to.address(),
                to.stride(),
                from.address(),
                from.stride(),
                from.rows(),
                from.columns());
    }
}
