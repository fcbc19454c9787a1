package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The InfoNCE value of a square matrix of scores and its gradient. */
final class CudaContrast {
    private static final int THREADS = 256;
    private static final int COLUMNS_OF_BLOCK = 32;

    /** Rows of a column that one block adds up. */
    private static final int ROWS_OF_PART = 256;

    private final CudaLauncher device;

    CudaContrast(CudaLauncher device) {
        this.device = device;
    }

    void run(Tensor scores, float factor, Tensor gradient, Tensor values, OptimiserSteps steps) {
        CudaTensor s = CudaTensor.open(scores);
        CudaTensor g = gradient == null ? null : CudaTensor.open(gradient);
        CudaRing ring = CudaRing.of("contrast", values, steps);
        int size = s.columns();
        CudaShapes.require("contrast: scores", s, size, size, "a joint pair in each row and column");
        if (g != null) {
            CudaShapes.same("contrast: gradient", s, g);
            CudaShapes.requireApartOrSame("contrast", s, g);
        }
        int parts = (size + ROWS_OF_PART - 1) / ROWS_OF_PART;
        long rowLogs = device.scratch((long) size * (2 * Double.BYTES + (long) parts * (Double.BYTES + Float.BYTES)));
        long columnLogs = rowLogs + (long) size * Double.BYTES;
        long sums = columnLogs + (long) size * Double.BYTES;
        long maxima = sums + (long) parts * size * Double.BYTES;
        device.launch("contrast_rows", LaunchShape.of(size, THREADS), s.address(), s.stride(), size, rowLogs);
        device.launch(
                "contrast_columns",
                new LaunchShape((size + COLUMNS_OF_BLOCK - 1) / COLUMNS_OF_BLOCK, parts, 1, THREADS, 0),
                s.address(),
                s.stride(),
                size,
                ROWS_OF_PART,
                maxima,
                sums);
        device.launch(
                "contrast_value",
                LaunchShape.of(1, THREADS),
                s.address(),
                s.stride(),
                size,
                rowLogs,
                maxima,
                sums,
                parts,
                columnLogs,
                ring.values().address(),
                ring.values().stride(),
                ring.values().rows(),
                ring.current());
        if (g != null) {
            ElementWalk walk = ElementWalk.byRow(g);
            device.launch(
                    "contrast_gradient",
                    walk.shape(device.properties()),
                    s.address(),
                    s.stride(),
                    size,
                    rowLogs,
                    columnLogs,
                    factor,
                    g.address(),
                    g.stride());
        }
    }
}
