package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** Layer norm and RMS norm. */
final class CudaNorms {
    /** Up to this width a warp takes a row: four rows then fit into the shared memory that every block has. */
    private static final int WARP_WIDTH = 2048;

    private static final int WARPS = 4;
    private static final int WARP = 32;
    private static final int BLOCK = 256;

    /** Static shared memory of a block: what is left is for the row. */
    private static final int RESERVED_BYTES = 1024;

    /** Blocks in x that a launch has at most; the kernels walk on from there. */
    private static final int MOST_BLOCKS = 1 << 20;

    private final CudaLauncher device;

    CudaNorms(CudaLauncher device) {
        this.device = device;
    }

    /** (x - mean) / sqrt(variance + epsilon) * weight + bias for each row. */
    void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor out) {
        CudaTensor from = CudaTensor.open(x);
        CudaTensor to = CudaTensor.open(out);
        int columns = from.columns();
        CudaShapes.same("layerNorm", from, to);
        CudaShapes.requireApartOrSame("layerNorm", from, to);
        CudaTensor factors = CudaTensor.open(weight);
        CudaTensor shifts = CudaTensor.open(bias);
        CudaShapes.require("layerNorm: weight", factors, 1, columns, "input " + from);
        CudaShapes.require("layerNorm: bias", shifts, 1, columns, "input " + from);
        CudaShapes.requireApart("layerNorm", factors, to);
        CudaShapes.requireApart("layerNorm", shifts, to);
        if (from.rows() > 0) {
            Team team = team(columns);
            device.launch(
                    "layer_norm_" + team.name,
                    team.shape(from.rows()),
                    from.address(),
                    from.stride(),
                    factors.address(),
                    shifts.address(),
                    epsilon,
                    to.address(),
                    to.stride(),
                    from.rows(),
                    columns,
                    team.keep());
        }
    }

    /** x / sqrt(mean(x^2) + epsilon) * (weightOffset + weight) for each group of columns as wide as the weight. */
    void rmsNorm(Tensor x, Tensor weight, float weightOffset, float epsilon, Tensor out) {
        CudaTensor from = CudaTensor.open(x);
        CudaTensor to = CudaTensor.open(out);
        CudaShapes.same("rmsNorm", from, to);
        CudaShapes.requireApartOrSame("rmsNorm", from, to);
        CudaTensor factors = CudaTensor.open(weight);
        int width = factors.columns();
        if (factors.rows() != 1 || from.columns() % width != 0) {
            throw new IllegalArgumentException("rmsNorm: weight " + factors + " for groups of a matrix " + from);
        }
        CudaShapes.requireApart("rmsNorm", factors, to);
        int groups = from.columns() / width;
        if (from.rows() > 0) {
            Team team = team(width);
            device.launch(
                    "rms_norm_" + team.name,
                    team.shape(from.rows() * groups),
                    from.address(),
                    from.stride(),
                    factors.address(),
                    weightOffset,
                    epsilon,
                    to.address(),
                    to.stride(),
                    from.rows(),
                    groups,
                    width,
                    team.keep());
        }
    }

    /** The threads that share a row, chosen by its width alone. */
    private Team team(int width) {
        int rowBytes = (width + 3) / 4 * 4 * Float.BYTES;
        if (width <= WARP_WIDTH) {
            return new Team("warp", WARPS, WARP * WARPS, WARPS * rowBytes);
        }
        boolean fits = rowBytes > 0 && rowBytes <= device.properties().sharedBytes() - RESERVED_BYTES;
        return new Team("block", 1, BLOCK, fits ? rowBytes : 0);
    }

    /**
     * @param name end of the kernel's name
     * @param rows rows of a block
     * @param threads threads of a block
     * @param sharedBytes shared memory that keeps its rows; 0 when they are too wide
     */
    private record Team(String name, int rows, int threads, int sharedBytes) {
        LaunchShape shape(long all) {
            return new LaunchShape((int) Math.min((all + rows - 1) / rows, MOST_BLOCKS), 1, 1, threads, sharedBytes);
        }

        int keep() {
            return sharedBytes > 0 ? 1 : 0;
        }
    }
}
