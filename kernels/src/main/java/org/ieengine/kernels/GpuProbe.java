package org.ieengine.kernels;

import java.util.ArrayList;
import java.util.List;

/** Looks for NVIDIA GPUs and never fails: what is missing becomes a sentence and a remedy. */
public final class GpuProbe {
    private final List<GpuSurvey.Gpu> gpus = new ArrayList<>();
    private final List<GpuSurvey.RefusedGpu> refused = new ArrayList<>();
    private String cudaVersion = "";
    private String problem = "";
    private String remedy = "";

    private GpuProbe() {}

    /** Looks at this machine. */
    public static GpuSurvey survey() {
        GpuProbe probe = new GpuProbe();
        try {
            probe.look();
        } catch (GpuException fault) {
            probe.refuse(fault);
        }
        return new GpuSurvey(
                CudaDriver.moduleVersion(),
                CudaDriver.library(),
                probe.cudaVersion,
                probe.gpus,
                probe.refused,
                probe.gpus.isEmpty() ? probe.problem : "",
                probe.gpus.isEmpty() ? probe.remedy : "",
                SharedLibraries.findLoadable("libcublas.so.12"),
                SharedLibraries.findLoadable("libcudnn.so.8"));
    }

    private void look() {
        CudaDriver driver = CudaDriver.open();
        cudaVersion = CudaDriver.dotted(driver.cudaVersion());
        for (int index = 0; index < driver.devices(); index++) {
            try {
                GpuProperties gpu = driver.properties(index);
                driver.kernelsFor(gpu);
                gpus.add(new GpuSurvey.Gpu(index, gpu.name(), CudaDriver.tenths(gpu.capability()), gpu.totalBytes()));
            } catch (GpuException fault) {
                refused.add(new GpuSurvey.RefusedGpu(index, fault.reason(), fault.remedy()));
                refuse(fault);
            }
        }
    }

    /** Keeps the first reason, which is what a user meets first. */
    private void refuse(GpuException fault) {
        if (problem.isEmpty()) {
            problem = fault.reason();
            remedy = fault.remedy();
        }
    }

    /**
     * The kernels that the jar ships for GPUs of some compute capability.
     *
     * @param modules number of PTX modules
     * @param kernels number of kernels in them
     * @param cudaVersion least CUDA version that a driver must serve, e.g. {@code 11.4}
     */
    public record ShippedKernels(int modules, int kernels, String cudaVersion) {}

    /** Those for compute capability 8.0 and newer, or those for 7.5. */
    public static ShippedKernels kernels(boolean newer) {
        PtxModules set = PtxModules.shipped(newer ? PtxModules.WHOLE : PtxModules.LEAST);
        int cuda = Math.max(CudaDriver.LEAST_FUNCTIONS, set.cudaVersion());
        return new ShippedKernels(set.modules(), set.names().size(), CudaDriver.dotted(cuda));
    }

    /** Why a shared library cannot be loaded into this process, one line; empty when it can, and then it is. */
    public static String loadFault(String path) {
        try {
            System.load(path);
            return "";
        } catch (UnsatisfiedLinkError fault) {
            return String.valueOf(fault.getMessage()).lines().findFirst().orElse("no reason given");
        }
    }
}
