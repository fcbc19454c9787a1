package org.ieengine.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import jcuda.runtime.JCuda;

/**
 * Looks for NVIDIA GPUs and never fails: what is missing becomes a sentence and a remedy. The CUDA runtime is asked first, since
 * it loads without a driver; the driver's own functions only when the runtime counted a GPU. One survey a process: the natives
 * are loaded once.
 */
public final class GpuProbe {
    private static final Path MODULE = Path.of("/proc/driver/nvidia/version");
    private static final Pattern VERSION = Pattern.compile("\\b(\\d{3}\\.\\d+(\\.\\d+)?)\\b");
    private static final int NO_DEVICE = 100;
    private static final int INSUFFICIENT_DRIVER = 35;

    private final String driver;
    private final String library;
    private final List<GpuSurvey.Gpu> gpus = new ArrayList<>();
    private String cudaVersion = "";
    private String problem = "";
    private String remedy = "";

    private GpuProbe() {
        driver = moduleVersion();
        library = SharedLibraries.find("libcuda.so.1", System.getenv("LD_LIBRARY_PATH"));
    }

    /** Looks at this machine. */
    public static GpuSurvey survey() {
        GpuProbe probe = new GpuProbe();
        probe.look();
        String path = System.getenv("LD_LIBRARY_PATH");
        return new GpuSurvey(
                probe.driver,
                probe.library,
                probe.cudaVersion,
                probe.gpus,
                probe.problem,
                probe.remedy,
                SharedLibraries.find("libcublas.so.12", path),
                SharedLibraries.find("libcudnn.so.8", path));
    }

    private static String moduleVersion() {
        if (!Files.isReadable(MODULE)) {
            return "";
        }
        try {
            String text = Files.readString(MODULE, StandardCharsets.ISO_8859_1);
            Matcher version = VERSION.matcher(text);
            return version.find() ? version.group(1) : text.lines().findFirst().orElse("");
        } catch (IOException unreadable) {
            return "";
        }
    }

    private void look() {
        if (library.isEmpty() && driver.isEmpty()) {
            problem = "no NVIDIA driver is installed (no libcuda.so.1, no /proc/driver/nvidia)";
            remedy = "with an NVIDIA GPU, install its driver; in a container, start it with the GPU passed in";
            return;
        }
        if (library.isEmpty()) {
            problem = "the kernel module " + driver + " is loaded, but libcuda.so.1 was not found";
            remedy =
                    "install the driver's user libraries of the same version; in a container, start it with the GPU passed in";
            return;
        }
        try {
            PrivateTemporaryDirectory.during(this::count);
        } catch (UncheckedIOException fault) {
            problem =
                    "no temporary directory can be written (" + fault.getCause().getMessage() + ")";
            remedy = "set -Djava.io.tmpdir to a directory that can be written and executed from";
        } catch (LinkageError fault) {
            problem = "the CUDA bindings cannot be loaded: " + firstLine(fault);
            remedy = "set -Djava.io.tmpdir to a directory that may be executed from, and check the driver";
        }
    }

    private void count() {
        int[] devices = new int[1];
        int code = JCuda.cudaGetDeviceCount(devices);
        if (code == NO_DEVICE || (code == 0 && devices[0] == 0)) {
            problem = "the driver finds no GPU";
            remedy = "check nvidia-smi and that CUDA_VISIBLE_DEVICES does not hide it";
        } else if (code == INSUFFICIENT_DRIVER) {
            problem = "the driver" + (driver.isEmpty() ? "" : " " + driver) + " is too old or cannot be reached";
            remedy = "install driver 525 or newer; in a container, start it with the GPU passed in";
        } else if (code != 0) {
            problem = "the CUDA runtime answers with error " + code;
            remedy = "check nvidia-smi; a reboot helps after an update of the driver";
        } else {
            describe(devices[0]);
        }
    }

    private void describe(int count) {
        int code = JCudaDriver.cuInit(0);
        if (code != 0) {
            problem = "the driver cannot be initialised (error " + code + ")";
            remedy = "check nvidia-smi; a reboot helps after an update of the driver";
            return;
        }
        int[] version = new int[1];
        JCudaDriver.cuDriverGetVersion(version);
        cudaVersion = version[0] / 1000 + "." + version[0] % 1000 / 10;
        for (int index = 0; index < count; index++) {
            CUdevice device = new CUdevice();
            if (JCudaDriver.cuDeviceGet(device, index) == 0) {
                gpus.add(describe(index, device));
            }
        }
    }

    private static GpuSurvey.Gpu describe(int index, CUdevice device) {
        byte[] name = new byte[256];
        JCudaDriver.cuDeviceGetName(name, name.length, device);
        long[] bytes = new long[1];
        JCudaDriver.cuDeviceTotalMem(bytes, device);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        String capability = attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) + "."
                + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        return new GpuSurvey.Gpu(index, new String(name, 0, length, StandardCharsets.UTF_8), capability, bytes[0]);
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        JCudaDriver.cuDeviceGetAttribute(value, attribute, device);
        return value[0];
    }

    private static String firstLine(Throwable fault) {
        return String.valueOf(fault.getMessage()).lines().findFirst().orElse("no reason given");
    }
}
