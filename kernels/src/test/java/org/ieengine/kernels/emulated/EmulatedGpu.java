package org.ieengine.kernels.emulated;

import com.sun.jna.Native;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;

/**
 * A GPU emulated on the processor: a {@code libcuda.so.1} made of the kernels' own sources and a strict driver, which the product's
 * binding finds in this process instead of NVIDIA's. One at a time in a process; {@link #start()} begins afresh.
 *
 * <p>Whole processes get it by {@link #libraryDirectory()} in {@code LD_LIBRARY_PATH} and the variables
 * {@code EMULATED_CUDA_ORDER}, {@code _COPIES}, {@code _STREAMS}, {@code _DRIVER}, {@code _CAPABILITY}, {@code _MEMORY} and
 * {@code _FAULT}, with the values that the methods here set.
 */
public final class EmulatedGpu {
    /** In which order ready threads of a block get their turns. */
    public enum Order {
        /** By their numbers. */
        FORWARD,
        /** Against their numbers. */
        REVERSE,
        /** As a seed has it. */
        RANDOM
    }

    /** When what was only started happens. */
    public enum Timing {
        /** As late as the rules allow. */
        LATE,
        /** At once. */
        EARLY
    }

    /** Built once a process, when it is first asked for. */
    private static final class Built {
        private static final Path LIBRARY = EmulatedDriverBuild.ofThisCheckout().library();
    }

    /** Loaded once a process, when a device is first asked for in it; other processes' tests do without. */
    private static final class Loaded {
        private static final EmulatedDriver DRIVER = load();

        private static EmulatedDriver load() {
            System.load(Built.LIBRARY.toString());
            return Native.load(Built.LIBRARY.toString(), EmulatedDriver.class);
        }
    }

    private final EmulatedDriver driver;

    private EmulatedGpu(EmulatedDriver driver) {
        this.driver = driver;
    }

    /** A device as if the process had just begun; whatever was made on an earlier one is gone. */
    public static EmulatedGpu start() {
        EmulatedGpu gpu = new EmulatedGpu(Loaded.DRIVER);
        gpu.driver.emu_reset();
        return gpu;
    }

    /** Where the library lies, for the {@code LD_LIBRARY_PATH} of other processes; does not load it into this one. */
    public static Path libraryDirectory() {
        return Built.LIBRARY.getParent();
    }

    /** The product's own device over it. */
    public GpuDevice open() {
        return JcudaDevice.open(0);
    }

    /** Order of a block's threads; FORWARD unless set. */
    public EmulatedGpu order(Order order) {
        return set("ORDER", order.name().toLowerCase(Locale.ROOT));
    }

    /** Seed of {@link Order#RANDOM}. */
    public EmulatedGpu seed(int seed) {
        return set("SEED", Integer.toString(seed));
    }

    /** When a kernel's asynchronous copies land; LATE unless set. */
    public EmulatedGpu copies(Timing timing) {
        return set("COPIES", timing.name().toLowerCase(Locale.ROOT));
    }

    /** When queued work happens; LATE unless set: when something waits for it. */
    public EmulatedGpu streams(Timing timing) {
        return set("STREAMS", timing.name().toLowerCase(Locale.ROOT));
    }

    /** Newest CUDA version that the driver serves, times 1000; 12040 unless set. */
    public EmulatedGpu driverVersion(int version) {
        return set("DRIVER", Integer.toString(version));
    }

    /** Compute capability times ten; 90 unless set. */
    public EmulatedGpu capability(int capability) {
        return set("CAPABILITY", Integer.toString(capability));
    }

    /** Bytes of device memory; 4 GiB unless set. */
    public EmulatedGpu memory(long bytes) {
        return set("MEMORY", Long.toString(bytes));
    }

    /**
     * Something that goes wrong from now on: {@code no-device}; {@code init:CODE}, the answer of cuInit; {@code lost:N} or
     * {@code lost:N:CODE}, a lost device after N more kernels; {@code oom:N} and {@code pinned:N}, the N-th allocation of device or
     * page-locked memory from now refused; {@code full:N}, no device memory to be had after N more kernels; {@code none}.
     */
    public EmulatedGpu fault(String fault) {
        return set("FAULT", fault);
    }

    /** Any option by its name, as in the environment variables. */
    public EmulatedGpu set(String name, String value) {
        if (driver.emu_set(name, value) == 0) {
            throw new IllegalArgumentException("the emulated driver knows no " + name + "=" + value);
        }
        return this;
    }

    /** Names of the kernels that ran since the start. */
    public Set<String> launchedKernels() {
        return lines(driver.emu_launched());
    }

    /** Names of all kernels that can run. */
    public Set<String> kernels() {
        return lines(driver.emu_kernels());
    }

    /** How many kernels ran since the start. */
    public long launches() {
        return driver.emu_launches();
    }

    /** How many allocations of device memory live now. */
    public long liveAllocations() {
        return driver.emu_live_allocations();
    }

    /** Why the last refused call was refused, or the fault that every call answers with. */
    public String lastError() {
        return driver.emu_last_error();
    }

    /** What had not been closed when the device was, for example {@code 2 allocations, 1 streams}; empty when nothing. */
    public String leftBehind() {
        return driver.emu_left_behind();
    }

    /** Variables that a process needs to find this device. */
    public static Map<String, String> environment() {
        return Map.of("LD_LIBRARY_PATH", libraryDirectory().toString());
    }

    private static Set<String> lines(String text) {
        return text.lines().collect(Collectors.toUnmodifiableSet());
    }
}
