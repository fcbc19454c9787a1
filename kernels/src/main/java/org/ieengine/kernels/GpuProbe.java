package org.ieengine.kernels;

import java.util.ArrayList;
import java.util.List;

/** Looks for NVIDIA GPUs and never fails: what is missing becomes a sentence and a remedy. */
public final class GpuProbe {
    private final List<GpuSurvey.Gpu> gpus = new ArrayList<>();
    private String cudaVersion = "";
    private String problem = "";
    private String remedy = "";

    private GpuProbe() {}

    /** Looks at this machine. Only GPUs that the kernels can run on are listed. */
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
}
