package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** Layer norm and RMS norm. */
final class CudaNorms {
    /** Widest group whose kernel has registers for no more. */
    private static final int HEAD_WIDTH = 256;

    /** Up to this width the registers of a warp keep a row. */
    private static final int WARP_WIDTH = 2048;

    private static final int WARPS = 4;
    private static final int WARP = 32;
    private static final int BLOCK = 256;

    /** Blocks in x that a launch has at most; the kernels walk on from there. */
    private static final int MOST_BLOCKS = 1 << 20;

    private final CudaLauncher device;

    CudaNorms(CudaLauncher device) {
        this.device = device;
    }

    /** (x - mean) / sqrt(variance + epsilon) * weight + bias for each row; x and out may be operands. */
    void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor out) {
        CudaTensor from = CudaTensor.operand(x);
        CudaTensor to = CudaTensor.operand(out);
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
            boolean warps = columns <= WARP_WIDTH;
            device.launch(
                    warps ? "layer_norm_warp" : "layer_norm_block",
                    shape(warps, from.rows()),
                    from.address(),
                    from.element().ordinal(),
                    from.stride(),
                    factors.address(),
                    shifts.address(),
                    epsilon,
                    to.address(),
                    to.element().ordinal(),
                    to.stride(),
                    from.rows(),
                    columns);
        }
    }

    /** x / sqrt(mean(x^2) + epsilon) * (weightOffset + weight) for each group of columns as wide as the weight. */
    void rmsNorm(Tensor x, Tensor weight, float weightOffset, float epsilon, Tensor out) {
        CudaTensor from = CudaTensor.operand(x);
        CudaTensor to = CudaTensor.operand(out);
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
            boolean warps = width <= WARP_WIDTH;
            device.launch(
                    width <= HEAD_WIDTH ? "rms_norm_head" : warps ? "rms_norm_warp" : "rms_norm_block",
                    shape(warps, from.rows() * groups),
                    from.address(),
                    from.element().ordinal(),
                    from.stride(),
                    factors.address(),
                    weightOffset,
                    epsilon,
                    to.address(),
                    to.element().ordinal(),
                    to.stride(),
                    from.rows(),
                    groups,
                    width);
        }
    }

    /** A warp or a block for each row; which of the two follows from its width alone. */
    private static LaunchShape shape(boolean warps, long rows) {
        long blocks = warps ? (rows + WARPS - 1) / WARPS : rows;
        return LaunchShape.of((int) Math.min(blocks, MOST_BLOCKS), warps ? WARP * WARPS : BLOCK);
    }
}
