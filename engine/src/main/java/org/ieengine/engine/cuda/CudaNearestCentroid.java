package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The nearest of some points to each row, told from products with them, a warp for four rows. */
final class CudaNearestCentroid {
    private static final int THREADS = 256;
    private static final int ROWS_OF_BLOCK = 32;
    private static final int BLOCKS_PER_MULTIPROCESSOR = 32;

    private final CudaLauncher device;

    CudaNearestCentroid(CudaLauncher device) {
        this.device = device;
    }

    void run(Tensor products, double[] halfNorms, int[] nearest, double[] scores) {
        CudaTensor from = CudaTensor.open(products);
        if (halfNorms.length != from.columns() || nearest.length != from.rows() || scores.length != from.rows()) {
            throw new IllegalArgumentException("nearestCentroid: half norms [" + halfNorms.length + "], columns ["
                    + nearest.length + "] and scores [" + scores.length + "] for products " + from);
        }
        device.requireNoRecording("read the nearest");
        if (nearest.length == 0) {
            return;
        }
        long norms = device.scratch(
                (long) Double.BYTES * (halfNorms.length + scores.length) + (long) Integer.BYTES * nearest.length);
        long differences = norms + (long) Double.BYTES * halfNorms.length;
        long columns = differences + (long) Double.BYTES * scores.length;
        device.write(halfNorms, norms);
        long most = (long) BLOCKS_PER_MULTIPROCESSOR * device.properties().multiprocessors();
        device.launch(
                "nearest_centroid",
                LaunchShape.of((int) Math.min((from.rows() + ROWS_OF_BLOCK - 1) / ROWS_OF_BLOCK, most), THREADS),
                from.address(),
                from.stride(),
                from.rows(),
                from.columns(),
                norms,
                differences,
                columns);
        device.read(differences, scores);
        device.read(columns, nearest);
    }
}
