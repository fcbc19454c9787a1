package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** The Donsker-Varadhan value of weighted scores and its gradient. */
final class CudaDonskerVaradhan {
    private static final int THREADS = 256;

    /** Every block adds up the sums of all, one a thread. */
    private static final int MOST_BLOCKS = 256;

    private static final int SCORES_OF_BLOCK = 1024;

    private final CudaLauncher device;

    CudaDonskerVaradhan(CudaLauncher device) {
        this.device = device;
    }

    void run(
            Tensor scores,
            Tensor weights,
            Exponential exponential,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps) {
        CudaTensor f = CudaTensor.open(scores);
        CudaTensor w = CudaTensor.open(weights);
        CudaRing ring = CudaRing.of("donskerVaradhan", values, steps);
        CudaTensor g = gradient == null ? null : CudaTensor.open(gradient);
        CudaShapes.require("donskerVaradhan: scores", f, f.rows(), 1, "weights " + w);
        CudaShapes.require("donskerVaradhan: weights", w, f.rows(), 2, "scores " + f);
        if (g != null) {
            CudaShapes.same("donskerVaradhan: gradient", f, g);
            CudaShapes.requireApartOrSame("donskerVaradhan", f, g);
            CudaShapes.requireApart("donskerVaradhan", w, g);
        }
        int plain = exponential == Exponential.PLAIN ? 1 : 0;
        int blocks = (int) Math.max(1, Math.min(MOST_BLOCKS, (f.rows() + SCORES_OF_BLOCK - 1) / SCORES_OF_BLOCK));
        LaunchShape shape = LaunchShape.of(blocks, THREADS);
        long sums = device.scratch(MOST_BLOCKS * (2 * Double.BYTES + Float.BYTES));
        long maxima = sums + MOST_BLOCKS * 2 * Double.BYTES;
        if (plain == 0) {
            device.launch(
                    "donsker_varadhan_maxima",
                    shape,
                    f.address(),
                    f.stride(),
                    w.address(),
                    w.stride(),
                    f.rows(),
                    maxima);
        }
        device.launch(
                "donsker_varadhan_sums",
                shape,
                f.address(),
                f.stride(),
                w.address(),
                w.stride(),
                f.rows(),
                maxima,
                plain,
                sums);
        device.launch(
                "donsker_varadhan_value",
                shape,
                f.address(),
                f.stride(),
                w.address(),
                w.stride(),
                f.rows(),
                maxima,
                plain,
                sums,
                factor,
                g == null ? 0L : g.address(),
                g == null ? 0 : g.stride(),
                ring.values().address(),
                ring.values().stride(),
                ring.values().rows(),
                ring.current());
    }
}
