package org.ieengine.kernels;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.ieengine.kernels.GpuException.Kind;

/** What the driver's answers mean: CUDA driver API, "Data types used by CUDA driver", CUresult. */
final class DriverFaults {
    /** An event or stream has not finished; no fault. */
    static final int NOT_READY = CUresult.CUDA_ERROR_NOT_READY;

    private static final int OUT_OF_MEMORY = CUresult.CUDA_ERROR_OUT_OF_MEMORY;

    /** Answers after which the context is dead: every later call gives the same, until the process ends. */
    private static final Set<Integer> LOST =
            Set.of(4, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999);

    private static final String DRIVER = "check nvidia-smi; a reboot helps after an update of the driver";
    private static final String NEWER = "install a newer driver, or give --device cpu";

    /** Answers that say that the device cannot be had here, with what to do about each. */
    private static final Map<Integer, String> UNAVAILABLE = Map.ofEntries(
            Map.entry(3, DRIVER),
            Map.entry(34, "libcuda.so.1 is the stub of a CUDA toolkit: take its directory out of LD_LIBRARY_PATH"),
            Map.entry(35, NEWER),
            Map.entry(36, NEWER),
            Map.entry(46, "another process holds the GPU: wait for it, or check the compute mode with nvidia-smi"),
            Map.entry(100, "check nvidia-smi and that CUDA_VISIBLE_DEVICES does not hide it"),
            Map.entry(101, "check nvidia-smi and that CUDA_VISIBLE_DEVICES does not hide it"),
            Map.entry(102, "check the licence of the virtual GPU"),
            Map.entry(209, "give --device cpu"),
            Map.entry(221, "install the whole driver: libnvidia-ptxjitcompiler.so.1 is missing"),
            Map.entry(222, NEWER),
            Map.entry(223, "unset CUDA_DISABLE_PTX_JIT"),
            Map.entry(802, "start the fabric manager, and check nvidia-smi"),
            Map.entry(
                    803,
                    "libcuda.so.1 and the kernel module differ in version: reboot, or in a container start it anew"),
            Map.entry(804, "take the forward-compatibility package (cuda-compat) out of LD_LIBRARY_PATH"),
            Map.entry(805, "check the MPS server"),
            Map.entry(806, "check the MPS server"));

    private DriverFaults() {}

    /** The exception for an answer that is not success; {@code call} says what was asked, e.g. {@code cuMemAlloc of 3.0 GiB}. */
    static GpuException of(int code, String call) {
        Kind kind = kind(code);
        return new GpuException(kind, call + ": " + text(code), remedy(code, kind));
    }

    /** As {@link #of}, before any context exists: nothing can be lost yet. */
    static GpuException atStart(int code, String call) {
        GpuException fault = of(code, call);
        return fault.kind() == Kind.LOST ? new GpuException(Kind.UNAVAILABLE, fault.reason(), DRIVER) : fault;
    }

    private static Kind kind(int code) {
        if (code == OUT_OF_MEMORY) {
            return Kind.OUT_OF_MEMORY;
        }
        if (LOST.contains(code)) {
            return Kind.LOST;
        }
        return UNAVAILABLE.containsKey(code) ? Kind.UNAVAILABLE : Kind.DEFECT;
    }

    private static String remedy(int code, Kind kind) {
        return switch (kind) {
            case OUT_OF_MEMORY ->
                "end other programs on the GPU (nvidia-smi lists them), or plan with less: --device-memory";
            case LOST ->
                "start again with --resume; if it happens again, check nvidia-smi and the kernel's log for Xid";
            case UNAVAILABLE -> UNAVAILABLE.get(code);
            case DEFECT -> "";
        };
    }

    /** E.g. {@code out of memory (CUDA_ERROR_OUT_OF_MEMORY, 2)}. */
    private static String text(int code) {
        String[] text = new String[1];
        boolean known = JCudaDriver.cuGetErrorString(code, text) == 0 && text[0] != null;
        return known ? text[0] + " (" + CUresult.stringFor(code) + ", " + code + ")" : "error " + code;
    }

    /** Bytes for a sentence: 3.0 GiB. */
    static String size(long bytes) {
        if (bytes < 1024) {
            return bytes + " bytes";
        }
        double value = bytes;
        String unit = "";
        for (String next : new String[] {"KiB", "MiB", "GiB", "TiB"}) {
            if (value < 1024 && !unit.isEmpty()) {
                break;
            }
            value /= 1024;
            unit = next;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, unit);
    }
}
