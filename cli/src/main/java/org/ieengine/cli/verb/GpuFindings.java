package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.output.Figures;
import org.ieengine.kernels.GpuProbe;
import org.ieengine.kernels.GpuProbe.ShippedKernels;
import org.ieengine.kernels.GpuSurvey;

/** What {@code doctor} says of NVIDIA GPUs, their driver, the kernels for them, and libraries. */
final class GpuFindings {
    private static final double WHOLE_SET = 8.0;

    private GpuFindings() {}

    static List<Finding> all() {
        return of(GpuProbe.survey());
    }

    /** The rows for what a survey found. */
    static List<Finding> of(GpuSurvey survey) {
        ShippedKernels newer = GpuProbe.kernels(true);
        List<Finding> findings = new ArrayList<>();
        findings.add(driver(survey, newer));
        findings.add(bindings(survey));
        survey.gpus().forEach(gpu -> findings.add(usable(gpu)));
        for (GpuSurvey.RefusedGpu gpu : survey.refused()) {
            findings.add(new Finding("GPU " + gpu.index(), false, "cannot be used", gpu.reason(), gpu.remedy()));
        }
        if (survey.gpus().isEmpty() && survey.refused().isEmpty()) {
            findings.add(new Finding("GPU", false, "none", survey.problem(), survey.remedy()));
        }
        findings.add(kernels(newer, GpuProbe.kernels(false)));
        findings.add(
                library("cuBLAS", "libcublas.so.12", survey.cublas(), "matrix products", "the libraries of CUDA 12"));
        findings.add(library(
                "cuDNN",
                "libcudnn.so.8",
                survey.cudnn(),
                "ReLU, tanh and sigmoid, next to cuBLAS",
                "cuDNN 8; cuDNN 9 has another interface"));
        return findings;
    }

    private static Finding driver(GpuSurvey survey, ShippedKernels kernels) {
        String needed = "needed: one that serves CUDA " + kernels.cudaVersion() + " or newer";
        if (!survey.driverInstalled()) {
            return new Finding("NVIDIA driver", false, "none", needed, "");
        }
        String found = (survey.driver().isEmpty() ? "no kernel module" : survey.driver())
                + (survey.cudaVersion().isEmpty() ? "" : ", CUDA up to " + survey.cudaVersion())
                + (survey.driverLibrary().isEmpty() ? ", no libcuda.so.1" : ", " + survey.driverLibrary());
        return new Finding("NVIDIA driver", survey.usable(), found, needed, "");
    }

    private static Finding bindings(GpuSurvey survey) {
        String place = "unpacked into a private directory below " + System.getProperty("java.io.tmpdir");
        if (survey.cudaVersion().isEmpty()) {
            String reason = survey.driverInstalled() ? survey.problem() : "not tried without a driver";
            return new Finding("CUDA bindings", false, place, reason, "");
        }
        return Finding.good("CUDA bindings", place + ", loaded");
    }

    private static Finding usable(GpuSurvey.Gpu gpu) {
        String found =
                gpu.name() + ", compute capability " + gpu.capability() + ", " + Figures.bytes(gpu.memoryBytes());
        boolean whole = Double.parseDouble(gpu.capability()) >= WHOLE_SET;
        String modes = whole ? "products in bf16, tf32 and f32" : "products in f32 alone: bf16 and tf32 need 8.0";
        return new Finding("GPU " + gpu.index(), true, found, modes, "");
    }

    private static Finding kernels(ShippedKernels newer, ShippedKernels older) {
        return Finding.good(
                "CUDA kernels",
                newer.kernels() + " in " + newer.modules() + " PTX modules for compute capability 8.0 and newer, "
                        + older.kernels() + " in " + older.modules() + " for 7.5");
    }

    private static Finding library(String name, String file, String path, String use, String remedy) {
        if (path.isEmpty()) {
            return new Finding(
                    name,
                    false,
                    "no " + file,
                    "optional, for --libraries vendor: " + use,
                    "to have it, install " + remedy);
        }
        String fault = GpuProbe.loadFault(path);
        return fault.isEmpty()
                ? new Finding(name, true, path, "can be loaded, used by --libraries vendor: " + use, "")
                : new Finding(name, false, path, "cannot be loaded: " + fault, "optional; install " + remedy);
    }
}
