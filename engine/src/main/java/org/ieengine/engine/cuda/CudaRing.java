package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Tensor;

/**
 * Where kernels write the value of each step: row (step mod rows) of a matrix [rows, 1].
 *
 * @param values the matrix
 * @param current address of the current step; 0 for none, when row 0 is written
 */
record CudaRing(CudaTensor values, long current) {
    static CudaRing of(String operation, Tensor values, OptimiserSteps steps) {
        CudaTensor ring = CudaTensor.open(values);
        CudaShapes.require(operation + ": values", ring, Math.max(1, ring.rows()), 1, "one value a step");
        return new CudaRing(ring, steps == null ? 0 : CudaSteps.open(steps).current());
    }
}
