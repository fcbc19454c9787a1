package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The logistic value of weighted scores and its gradient. */
final class CudaLogistic {
    private static final int THREADS = 256;

    /** One block adds up the sums of all, one a thread. */
    private static final int MOST_BLOCKS = 256;

    private static final int SCORES_OF_BLOCK = 1024;

    private final CudaLauncher device;

    CudaLogistic(CudaLauncher device) {
        this.device = device;
    }

    void run(
            Tensor scores,
            Tensor offsets,
            Tensor weights,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps) {
        CudaTensor s = CudaTensor.open(scores);
        CudaTensor o = offsets == null ? null : CudaTensor.open(offsets);
        CudaTensor w = CudaTensor.open(weights);
        CudaTensor g = gradient == null ? null : CudaTensor.open(gradient);
        CudaRing ring = CudaRing.of("logistic", values, steps);
        CudaShapes.require("logistic: scores", s, s.rows(), 1, "weights " + w);
        CudaShapes.require("logistic: weights", w, s.rows(), 2, "scores " + s);
        if (o != null) {
            CudaShapes.same("logistic: offsets", s, o);
        }
        if (g != null) {
            CudaShapes.same("logistic: gradient", s, g);
            CudaShapes.requireApartOrSame("logistic", s, g);
            CudaShapes.requireApart("logistic", w, g);
            if (o != null) {
                CudaShapes.requireApart("logistic", o, g);
            }
        }
        int blocks = (int) Math.max(1, Math.min(MOST_BLOCKS, (s.rows() + SCORES_OF_BLOCK - 1) / SCORES_OF_BLOCK));
        long sums = device.scratch((long) MOST_BLOCKS * Double.BYTES);
        device.launch(
                "logistic_terms",
                LaunchShape.of(blocks, THREADS),
                s.address(),
                s.stride(),
                o == null ? 0L : o.address(),
                o == null ? 0 : o.stride(),
                w.address(),
                w.stride(),
                s.rows(),
                factor,
                g == null ? 0L : g.address(),
                g == null ? 0 : g.stride(),
                sums);
        device.launch(
                "logistic_value",
                LaunchShape.of(1, THREADS),
                sums,
                blocks,
                ring.values().address(),
                ring.values().stride(),
                ring.values().rows(),
                ring.current());
    }
}
