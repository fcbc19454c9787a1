package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.output.Figures;
import org.ieengine.kernels.GpuProbe;
import org.ieengine.kernels.GpuSurvey;

/** What {@code doctor} says of NVIDIA GPUs, their driver and libraries. */
final class GpuFindings {
    private static final String CPU_ONLY = "this version computes on the CPU and does not use it";

    private GpuFindings() {}

    static List<Finding> all() {
        return of(GpuProbe.survey());
    }

    /** The rows for what a survey found. */
    static List<Finding> of(GpuSurvey survey) {
        List<Finding> findings = new ArrayList<>();
        findings.add(driver(survey));
        for (GpuSurvey.Gpu gpu : survey.gpus()) {
            String text =
                    gpu.name() + ", compute capability " + gpu.capability() + ", " + Figures.bytes(gpu.memoryBytes());
            findings.add(new Finding("GPU " + gpu.index(), true, text, CPU_ONLY, ""));
        }
        if (survey.gpus().isEmpty()) {
            findings.add(new Finding("GPU", false, "none", survey.problem(), survey.remedy()));
        }
        findings.add(library("cuBLAS", "libcublas.so.12", survey.cublas(), "the libraries of CUDA 12"));
        findings.add(library("cuDNN", "libcudnn.so.8", survey.cudnn(), "cuDNN 8; cuDNN 9 has another interface"));
        return findings;
    }

    private static Finding driver(GpuSurvey survey) {
        boolean there = !survey.driver().isEmpty() || !survey.driverLibrary().isEmpty();
        String found = there
                ? (survey.driver().isEmpty() ? "no kernel module" : survey.driver())
                        + (survey.cudaVersion().isEmpty() ? "" : ", CUDA up to " + survey.cudaVersion())
                        + (survey.driverLibrary().isEmpty() ? ", no libcuda.so.1" : ", " + survey.driverLibrary())
                : "none";
        return new Finding("NVIDIA driver", survey.usable(), found, "", "");
    }

    private static Finding library(String name, String file, String path, String remedy) {
        if (path.isEmpty()) {
            return new Finding(name, false, "no " + file, "optional", "to have it, install " + remedy);
        }
        return new Finding(name, true, path, CPU_ONLY, "");
    }
}
