package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/** What logits say of given next tokens, a block for each pair of a row and a token. */
final class CudaNextToken {
    private static final int THREADS = 256;

    private final CudaLauncher device;

    CudaNextToken(CudaLauncher device) {
        this.device = device;
    }

    void run(Tensor logits, Indices rows, Indices targets, Tensor out) {
        CudaTensor from = CudaTensor.open(logits);
        CudaTensor to = CudaTensor.open(out);
        CudaIndices row = CudaIndices.open(rows);
        CudaIndices target = CudaIndices.open(targets);
        CudaShapes.require("nextToken: output", to, row.length(), 2, "rows [" + row.length() + "]");
        CudaShapes.requireIndices("nextToken: targets", target, to);
        row.requireRowsOf("nextToken", from);
        target.requireColumnsOf("nextToken", from);
        CudaShapes.requireApart("nextToken", from, to);
        if (row.length() > 0) {
            device.launch(
                    "next_token",
                    LaunchShape.of(row.length(), THREADS),
                    from.address(),
                    from.stride(),
                    from.columns(),
                    row.address(),
                    target.address(),
                    to.address(),
                    to.stride());
        }
    }
}
