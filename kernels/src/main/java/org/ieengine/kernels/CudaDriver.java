package org.ieengine.kernels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import org.ieengine.kernels.GpuException.Kind;

/**
 * The driver of this machine: found, bound, initialised, new enough. Only then may its functions be called, since JCuda binds them
 * one by one when they are first called and a missing one ends the process.
 */
final class CudaDriver {
    /** {@code cuGraphInstantiateWithFlags} is the newest function that is called: CUDA 11.4. */
    static final int LEAST_FUNCTIONS = 11_040;

    private static final Path MODULE = Path.of("/proc/driver/nvidia/version");
    private static final Pattern VERSION = Pattern.compile("\\b(\\d{3}\\.\\d+(\\.\\d+)?)\\b");

    /** Loaded when it is first needed. */
    private static final class Binding {
        private static final NativeBinding OF_THE_DRIVER =
                NativeBinding.load("JCudaDriver", () -> JCudaDriver.setExceptionsEnabled(false));
    }

    private final int version;
    private final int devices;

    private CudaDriver(int version, int devices) {
        this.version = version;
        this.devices = devices;
    }

    /**
     * Opens it.
     *
     * @throws GpuException of kind {@link Kind#UNAVAILABLE} when there is none, it is too old, or it has no device
     */
    static CudaDriver open() {
        requireInstalled(moduleVersion(), library());
        Binding.OF_THE_DRIVER.require();
        int version = version();
        require(LEAST_FUNCTIONS, version);
        int code = JCudaDriver.cuInit(0);
        if (code != 0) {
            throw DriverFaults.atStart(code, "cuInit");
        }
        int[] count = new int[1];
        code = JCudaDriver.cuDeviceGetCount(count);
        if (code != 0) {
            throw DriverFaults.atStart(code, "cuDeviceGetCount");
        }
        if (count[0] == 0) {
            throw new GpuException(
                    Kind.UNAVAILABLE,
                    "the driver finds no GPU",
                    "check nvidia-smi and that CUDA_VISIBLE_DEVICES does not hide it");
        }
        return new CudaDriver(version, count[0]);
    }

    /** Newest CUDA version that it serves, times 1000. */
    int cudaVersion() {
        return version;
    }

    /**
     * The kernels for a GPU of this driver.
     *
     * @throws GpuException of kind {@link Kind#UNAVAILABLE} when the GPU or the driver is too old for them
     */
    PtxModules kernelsFor(GpuProperties gpu) {
        if (gpu.capability() < PtxModules.LEAST) {
            throw new GpuException(
                    Kind.UNAVAILABLE,
                    gpu.name() + " has compute capability " + tenths(gpu.capability()) + ", the kernels need "
                            + tenths(PtxModules.LEAST) + " (tf32 and bf16: " + tenths(PtxModules.WHOLE) + ")",
                    "give --device cpu");
        }
        PtxModules kernels = PtxModules.shipped(gpu.capability(), version);
        require(kernels);
        return kernels;
    }

    /** Refuses kernels whose PTX the driver does not know. */
    void require(PtxModules kernels) {
        require(kernels.cudaVersion(), version);
    }

    /** Number of GPUs. */
    int devices() {
        return devices;
    }

    /** A GPU. */
    CUdevice device(int index) {
        if (index < 0 || index >= devices) {
            throw new GpuException(
                    Kind.UNAVAILABLE,
                    "there is no GPU " + index + ", only " + (devices == 1 ? "GPU 0" : "GPUs 0 to " + (devices - 1)),
                    "give one of them; CUDA_VISIBLE_DEVICES hides some");
        }
        CUdevice device = new CUdevice();
        check(JCudaDriver.cuDeviceGet(device, index), "cuDeviceGet of " + index);
        return device;
    }

    /** What a GPU is. */
    GpuProperties properties(int index) {
        CUdevice device = device(index);
        byte[] name = new byte[256];
        check(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        long[] bytes = new long[1];
        check(JCudaDriver.cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
        int capability = 10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        return new GpuProperties(
                index,
                new String(name, 0, length, StandardCharsets.UTF_8),
                capability,
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE),
                bytes[0],
                version);
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        check(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute " + attribute);
        return value[0];
    }

    private static void check(int code, String call) {
        if (code != 0) {
            throw DriverFaults.atStart(code, call);
        }
    }

    private static int version() {
        int[] version = new int[1];
        int code = JCudaDriver.cuDriverGetVersion(version);
        if (code != 0) {
            throw DriverFaults.atStart(code, "cuDriverGetVersion");
        }
        return version[0];
    }

    /** Version that the kernel module states of itself; empty when it is not loaded. */
    static String moduleVersion() {
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

    /** Where {@code libcuda.so.1} lies, one that this process has loaded first; empty when it was not found. */
    static String library() {
        return SharedLibraries.findLoadable("libcuda.so.1");
    }

    /** Refuses a machine without a driver; {@code module} and {@code library} are empty for what was not found. */
    static void requireInstalled(String module, String library) {
        if (library.isEmpty() && module.isEmpty()) {
            throw new GpuException(
                    Kind.UNAVAILABLE,
                    "no NVIDIA driver is installed (no libcuda.so.1, no /proc/driver/nvidia)",
                    "with an NVIDIA GPU, install its driver; in a container, start it with the GPU passed in");
        }
        if (library.isEmpty()) {
            throw new GpuException(
                    Kind.UNAVAILABLE,
                    "the kernel module " + module + " is loaded, but libcuda.so.1 was not found",
                    "install the driver's user libraries of the same version; in a container, start it with the GPU passed in");
        }
    }

    private static void require(int least, int found) {
        if (found < least) {
            String module = moduleVersion();
            throw new GpuException(
                    Kind.UNAVAILABLE,
                    "the driver" + (module.isEmpty() ? "" : " " + module) + " serves CUDA " + dotted(found)
                            + ", the kernels need " + dotted(least),
                    "install driver " + branch(least) + " or newer");
        }
    }

    /** 80 as 8.0. */
    static String tenths(int capability) {
        return capability / 10 + "." + capability % 10;
    }

    /** 12040 as 12.4. */
    static String dotted(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }

    /** First branch of the Linux driver that serves a CUDA version: CUDA release notes, "CUDA Toolkit and driver versions". */
    private static int branch(int version) {
        if (version <= 11_040) {
            return 470;
        }
        return switch (version) {
            case 11_050 -> 495;
            case 11_060 -> 510;
            case 11_070 -> 515;
            case 11_080 -> 520;
            default -> 525;
        };
    }
}
