package org.ieengine.engine.cuda;

/** Fills and copies of matrices whose rows have gaps between them, one row after the other. */
final class CudaRows {
    private final CudaLauncher device;

    CudaRows(CudaLauncher device) {
        this.device = device;
    }

    /** Sets every element. */
    void fill(CudaTensor target, float value) {
        for (long row = 0; row < target.rows(); row++) {
            device.fill(
                    target.address() + Float.BYTES * row * target.stride(),
                    Float.floatToRawIntBits(value),
                    target.columns());
        }
    }

    /** Copies [rows, columns] onto the same shape. */
    void copy(CudaTensor source, CudaTensor target) {
        for (long row = 0; row < source.rows(); row++) {
            device.copy(
                    source.address() + Float.BYTES * row * source.stride(),
                    target.address() + Float.BYTES * row * target.stride(),
                    (long) Float.BYTES * source.columns());
        }
    }
}
