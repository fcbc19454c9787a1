package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** Rotary position embedding, halves rotated (Su et al. 2021, in the arrangement of transformers' {@code rotate_half}). */
final class CudaRotary {
    private final CudaLauncher device;

    CudaRotary(CudaLauncher device) {
        this.device = device;
    }

    /** For i &lt; h/2: (x[i], x[i + h/2]) becomes (x[i] cos - x[i + h/2] sin, x[i + h/2] cos + x[i] sin). */
    void rotate(Tensor x, int headDim, Tensor cosines, Tensor sines, Indices positions) {
        CudaTensor states = CudaTensor.operand(x);
        CudaTensor cos = CudaTensor.open(cosines);
        CudaTensor sin = CudaTensor.open(sines);
        CudaIndices at = CudaIndices.open(positions);
        int columns = states.columns();
        if (headDim < 2 || headDim % 2 != 0 || columns % headDim != 0) {
            throw new IllegalArgumentException("rotate: heads of " + headDim + " columns in a matrix " + states);
        }
        int half = headDim / 2;
        CudaShapes.requireIndices("rotate", at, states);
        CudaShapes.require("rotate: cosines", cos, cos.rows(), half, "heads of " + headDim + " columns");
        CudaShapes.same("rotate: cosines and sines", cos, sin);
        at.requireRowsOf("rotate", cos);
        ElementWalk pairs = new ElementWalk(states.rows(), columns / 2);
        if (!pairs.empty()) {
            device.launch(
                    "rotate_halves",
                    pairs.shape(device.properties()),
                    states.address(),
                    states.element().ordinal(),
                    states.stride(),
                    cos.address(),
                    cos.stride(),
                    sin.address(),
                    sin.stride(),
                    at.address(),
                    states.rows(),
                    columns / headDim,
                    half);
        }
    }
}
