package org.ieengine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.ieengine.kernels.GpuException.Kind;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong with a GPU, and the sentences for it. */
class GpuFaultsTest {
    private final EmulatedGpu gpu = EmulatedGpu.start();

    private static GpuException refusal(Runnable call) {
        return catchThrowableOfType(GpuException.class, call::run);
    }

    private static GpuException refusalToOpen() {
        return refusal(() -> JcudaDevice.open(0).close());
    }

    @Test
    void shouldSayWhatIsMissingOfADriver() {
        assertThatThrownBy(() -> CudaDriver.requireInstalled("", ""))
                .hasMessage("no NVIDIA driver is installed (no libcuda.so.1, no /proc/driver/nvidia); "
                        + "with an NVIDIA GPU, install its driver; in a container, start it with the GPU passed in");
        assertThatThrownBy(() -> CudaDriver.requireInstalled("550.54.15", ""))
                .hasMessageStartingWith("the kernel module 550.54.15 is loaded, but libcuda.so.1 was not found; ");
        CudaDriver.requireInstalled("", "/usr/lib/libcuda.so.1");
    }

    @ParameterizedTest
    @ValueSource(ints = {10_020, 11_000, 11_030})
    void shouldRefuseADriverThatLacksTheFunctions(int version) {
        gpu.driverVersion(version);

        GpuException refusal = refusalToOpen();

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal.reason())
                .contains("serves CUDA " + version / 1000 + "." + version % 1000 / 10 + ", the kernels need 11.4");
        assertThat(refusal.remedy()).isEqualTo("install driver 470 or newer");
        assertThat(GpuProbe.survey().problem()).isEqualTo(refusal.reason());
    }

    @Test
    void shouldRefuseADriverThatDoesNotKnowThePtx() {
        gpu.driverVersion(11_060);
        PtxModules newer = new PtxModules(Map.of("later", ".version 7.8\n.target sm_80\n"));

        GpuException refusal = refusal(() -> CudaDriver.open().require(newer));

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal.reason()).contains("serves CUDA 11.6, the kernels need 11.8");
        assertThat(refusal.remedy()).isEqualTo("install driver 520 or newer");
    }

    @Test
    void shouldTakeTheOldestDriverThatIsNamed() {
        gpu.driverVersion(11_040);

        JcudaDevice.open(0).close();
    }

    @Test
    void shouldRefuseAMachineWithoutADevice() {
        gpu.fault("no-device");

        GpuException refusal = refusalToOpen();

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal.reason())
                .isEqualTo("cuInit: no CUDA-capable device is detected (CUDA_ERROR_NO_DEVICE, 100)");
        assertThat(refusal.remedy()).contains("CUDA_VISIBLE_DEVICES");
        assertThat(GpuProbe.survey().usable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "3, nvidia-smi",
        "803, reboot",
        "999, nvidia-smi",
        "34, stub",
        "802, fabric manager",
        "46, another process"
    })
    void shouldCallADriverThatDoesNotInitialiseUnavailableWithARemedy(int code, String remedy) {
        gpu.fault("init:" + code);

        GpuException refusal = refusalToOpen();

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal.reason()).startsWith("cuInit: ").contains(Integer.toString(code));
        assertThat(refusal.remedy()).contains(remedy);
    }

    @Test
    void shouldRefuseAGpuThatIsNotThere() {
        GpuException refusal = refusal(() -> JcudaDevice.open(3));

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal.reason()).isEqualTo("there is no GPU 3, only GPU 0");
    }

    @Test
    void shouldRefuseGpusOlderThanAnyPtx() {
        gpu.capability(70);

        GpuException refusal = refusalToOpen();

        assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(refusal.reason())
                .isEqualTo("Emulated GPU has compute capability 7.0, the kernels need 7.5 (tf32 and bf16: 8.0)");
        assertThat(refusal.remedy()).isEqualTo("give --device cpu");
        GpuSurvey survey = GpuProbe.survey();
        assertThat(survey.usable()).isFalse();
        assertThat(survey.problem()).isEqualTo(refusal.reason());
        assertThat(survey.cudaVersion()).isEqualTo("12.4");
    }

    @Test
    void shouldRunTheKernelsOfF32OnAnOldGpuAndRefuseTheOthers() {
        gpu.capability(75);
        assertThat(GpuProbe.survey().gpus()).singleElement().satisfies(found -> assertThat(found.capability())
                .isEqualTo("7.5"));
        try (JcudaDevice device = JcudaDevice.open(0);
                GpuStream stream = device.newStream();
                GpuMemory memory = device.allocate(16);
                PinnedMemory pinned = device.allocatePinned(4)) {
            stream.launch(device.kernel("fill_elements"), LaunchShape.of(1, 32), memory.address(), 4, 2f, 1L, 4L);
            stream.download(memory.address() + 12, pinned, 0, 4);
            stream.synchronise();
            assertThat(pinned.buffer().getFloat(0)).isEqualTo(2);
            for (String name : PtxModules.shipped(75).names()) {
                assertThat(device.kernel(name).name()).isEqualTo(name);
            }
        }
        PtxModules without = new PtxModules(
                Map.of("products", "// needs 8.0: product_bf16 product_tf32\n.version 7.0\n.target sm_75\n"));
        try (JcudaDevice device = JcudaDevice.open(0, without)) {
            GpuException refusal = refusal(() -> device.kernel("product_tf32"));
            assertThat(refusal.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(refusal)
                    .hasMessage("the kernel product_tf32 needs compute capability 8.0, Emulated GPU has 7.5; "
                            + "give --precision f32, or --device cpu");
        }
    }

    @Test
    void shouldSayHowMuchMemoryThereWasNot() {
        try (JcudaDevice device = JcudaDevice.open(0)) {
            GpuException refusal = refusal(() -> device.allocate(5L << 30));
            assertThat(refusal.kind()).isEqualTo(Kind.OUT_OF_MEMORY);
            assertThat(refusal.reason())
                    .isEqualTo("cuMemAlloc of 5.0 GiB: out of memory (CUDA_ERROR_OUT_OF_MEMORY, 2)");
            assertThat(refusal.remedy()).contains("--device-memory");
            gpu.fault("pinned:1");
            GpuException pinned = refusal(() -> device.allocatePinned(1 << 20));
            assertThat(pinned.kind()).isEqualTo(Kind.OUT_OF_MEMORY);
            assertThat(pinned.reason()).startsWith("cuMemHostAlloc of 1.0 MiB: ");
            device.allocate(1 << 20).close();
        }
        assertThat(gpu.leftBehind()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {214, 700, 716, 718, 719, 999})
    void shouldCallADeviceLostOnceAndCloseEverythingQuietlyAfterwards(int code) {
        try (JcudaDevice device = JcudaDevice.open(0);
                GpuStream stream = device.newStream();
                GpuEvent event = device.newEvent();
                GpuMemory memory = device.allocate(16);
                PinnedMemory pinned = device.allocatePinned(16)) {
            gpu.fault("lost:1:" + code);
            GpuKernel kernel = device.kernel("fill_elements");
            for (int i = 0; i < 2; i++) {
                stream.launch(kernel, LaunchShape.of(1, 32), memory.address(), 4, 2f, 1L, 4L);
            }
            GpuException first = refusal(stream::synchronise);
            assertThat(first.kind()).isEqualTo(Kind.LOST);
            assertThat(first.reason()).startsWith("cuStreamSynchronize: ").contains(Integer.toString(code));
            assertThat(first.remedy()).contains("--resume");
            assertThat(refusal(() -> device.allocate(16)).kind()).isEqualTo(Kind.LOST);
            assertThat(refusal(() -> stream.record(event)).kind()).isEqualTo(Kind.LOST);
            assertThat(pinned.buffer().capacity()).isEqualTo(16);
        }
    }

    @Test
    void shouldCallAKernelThatReachesOutsideMemoryALostDevice() {
        try (JcudaDevice device = JcudaDevice.open(0);
                GpuStream stream = device.newStream();
                GpuMemory memory = device.allocate(16)) {
            stream.launch(device.kernel("fill_elements"), LaunchShape.of(1, 32), memory.address(), 64, 2f, 1L, 64L);
            GpuException fault = refusal(stream::synchronise);
            assertThat(fault.kind()).isEqualTo(Kind.LOST);
            assertThat(fault.reason()).contains("illegal memory access", "700");
        }
    }

    @Test
    void shouldCallAWrongCallADefect() {
        try (JcudaDevice device = JcudaDevice.open(0);
                GpuStream stream = device.newStream();
                GpuMemory memory = device.allocate(16)) {
            GpuException fault = refusal(() -> stream.fill(memory.address(), 1, 400));
            assertThat(fault.kind()).isEqualTo(Kind.DEFECT);
            assertThat(fault).hasMessage("fill of 1.6 KiB: invalid argument (CUDA_ERROR_INVALID_VALUE, 1)");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 bytes",
        "1023, 1023 bytes",
        "1024, 1.0 KiB",
        "1536, 1.5 KiB",
        "3221225472, 3.0 GiB",
        "5497558138880, 5.0 TiB"
    })
    void shouldGiveBytesInTheUnitThatReadsBest(long bytes, String text) {
        assertThat(DriverFaults.size(bytes)).isEqualTo(text);
    }
}
