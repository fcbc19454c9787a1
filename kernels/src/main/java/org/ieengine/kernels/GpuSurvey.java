package org.ieengine.kernels;

import java.util.List;

/**
 * What there is of NVIDIA on this machine.
 *
 * @param driver version that the kernel module states of itself; empty when it is not loaded
 * @param driverLibrary where {@code libcuda.so.1} lies; empty when it was not found
 * @param cudaVersion newest CUDA version the driver serves, e.g. {@code 12.4}; empty when unknown
 * @param gpus the GPUs that the kernels can run on, by index
 * @param refused the other GPUs
 * @param problem why none can be used, one sentence; empty when there is one
 * @param remedy what to do about it; empty when there is nothing to do
 * @param cublas where {@code libcublas.so.12} lies; empty when it was not found
 * @param cudnn where {@code libcudnn.so.8} lies; empty when it was not found
 */
public record GpuSurvey(
        String driver,
        String driverLibrary,
        String cudaVersion,
        List<Gpu> gpus,
        List<RefusedGpu> refused,
        String problem,
        String remedy,
        String cublas,
        String cudnn) {
    /**
     * One GPU.
     *
     * @param index its number
     * @param name its name
     * @param capability compute capability, e.g. {@code 9.0}
     * @param memoryBytes its memory
     */
    public record Gpu(int index, String name, String capability, long memoryBytes) {}

    /**
     * A GPU that cannot be used.
     *
     * @param index its number
     * @param reason why it cannot be used
     * @param remedy what to do about it; empty when there is nothing to do
     */
    public record RefusedGpu(int index, String reason, String remedy) {}

    /** Keeps the order. */
    public GpuSurvey {
        gpus = List.copyOf(gpus);
        refused = List.copyOf(refused);
    }

    /** Whether a driver, or a part of one, is installed: this machine is meant to have a GPU. */
    public boolean driverInstalled() {
        return !driver.isEmpty() || !driverLibrary.isEmpty();
    }

    /** Whether a GPU answers. */
    public boolean usable() {
        return !gpus.isEmpty();
    }
}
