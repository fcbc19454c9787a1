package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.DeviceUnavailableException;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuException;
import org.ieengine.kernels.GpuSurvey;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {
    private static final GpuSurvey.Gpu HOPPER = new GpuSurvey.Gpu(0, "Hopper", "9.0", 80L << 30);
    private static final GpuSurvey.Gpu TURING = new GpuSurvey.Gpu(0, "Turing", "7.5", 16L << 30);

    /** A machine that remembers what was asked of its GPUs. */
    private static final class Machine implements Gpus {
        private final GpuSurvey survey;
        private final GpuException fault;
        private final List<Request> requests = new ArrayList<>();
        private String vendorFault = "";

        Machine(GpuSurvey survey, GpuException fault) {
            this.survey = survey;
            this.fault = fault;
        }

        @Override
        public GpuSurvey survey() {
            return survey;
        }

        @Override
        public Opened open(Request request) {
            requests.add(request);
            if (fault != null) {
                throw fault;
            }
            return new Opened(CpuBackend.plainJava(1), gpu(), request.vendor() ? vendorFault : "");
        }
    }

    /** A GPU of which only the closing is asked. */
    private static GpuDevice gpu() {
        return (GpuDevice) Proxy.newProxyInstance(
                GpuDevice.class.getClassLoader(), new Class<?>[] {GpuDevice.class}, (proxy, method, arguments) -> null);
    }

    private static Machine with(GpuSurvey.Gpu... gpus) {
        return new Machine(
                new GpuSurvey("550.54", "/usr/lib/libcuda.so.1", "12.4", List.of(gpus), List.of(), "", "", "", ""),
                null);
    }

    private static Machine without(String driver, String problem) {
        return new Machine(new GpuSurvey(driver, "", "", List.of(), List.of(), problem, "install one", "", ""), null);
    }

    private static DeviceChoice choice(String... options) {
        return DeviceChoice.of(MeasureOptions.TABLE.parse(List.of(options)));
    }

    @Test
    void shouldTakeTheFirstGpuInBf16WhenNothingIsAskedFor() {
        Machine machine = with(HOPPER, new GpuSurvey.Gpu(1, "Second", "9.0", 80L << 30));

        try (ComputeDevice device = choice("--device-memory", "2").open(machine)) {
            assertThat(device.onGpu()).isTrue();
            assertThat(device.precision()).isEqualTo("bf16");
            assertThat(device.libraries()).isEqualTo("own");
            assertThat(device.warnings()).isEmpty();
        }
        assertThat(machine.requests).containsExactly(new Gpus.Request(0, Precision.BF16, 2L << 30, false));
    }

    @Test
    void shouldTakeTheCpuInSilenceWhereThereIsNoDriver() {
        try (ComputeDevice device = choice().open(without("", "no NVIDIA driver is installed"))) {
            assertThat(device.onGpu()).isFalse();
            assertThat(device.precision()).isEqualTo("f32");
            assertThat(device.warnings()).isEmpty();
        }
    }

    @Test
    void shouldSayInOneLineWhyTheCpuComputesWhereAGpuIsThere() {
        Machine busy = new Machine(
                with(HOPPER).survey, new GpuException(GpuException.Kind.OUT_OF_MEMORY, "cuCtxCreate: full", "wait"));

        try (ComputeDevice device = choice().open(busy)) {
            assertThat(device.onGpu()).isFalse();
            assertThat(device.warnings())
                    .containsExactly("the GPU cannot be used, the CPU computes: cuCtxCreate: full; wait");
        }
        try (ComputeDevice device = choice().open(without("470.1", "the driver is too old"))) {
            assertThat(device.warnings())
                    .containsExactly("no GPU can be used, the CPU computes: the driver is too old; install one");
        }
    }

    @Test
    void shouldNotHideADefectBehindTheCpu() {
        Machine broken =
                new Machine(with(HOPPER).survey, new GpuException(GpuException.Kind.DEFECT, "invalid value", ""));

        assertThatThrownBy(() -> choice().open(broken)).isInstanceOf(GpuException.class);
    }

    @Test
    void shouldUseTheGpuThatIsNamedAndWarnOfTheOthers() {
        Machine machine = with(HOPPER, new GpuSurvey.Gpu(1, "Second", "9.0", 80L << 30));

        try (ComputeDevice device = choice("--device", "cuda:1,0").open(machine)) {
            assertThat(device.warnings())
                    .containsExactly("--device cuda:1,0: a run uses one GPU in this version; cuda:1 computes");
        }
        assertThat(machine.requests).extracting(Gpus.Request::index).containsExactly(1);
    }

    @Test
    void shouldRefuseAGpuThatIsNotThere() {
        assertThatThrownBy(() -> choice("--device", "cuda:0,3").open(with(HOPPER)))
                .isInstanceOf(DeviceUnavailableException.class)
                .hasMessageStartingWith("--device cuda:0,3: there is no GPU 3, only GPU 0; ");
        GpuSurvey second = new GpuSurvey(
                "550.54",
                "l",
                "12.4",
                List.of(HOPPER),
                List.of(new GpuSurvey.RefusedGpu(1, "Maxwell has compute capability 5.2", "give --device cpu")),
                "",
                "",
                "",
                "");
        assertThatThrownBy(() -> choice("--device", "cuda:1").open(new Machine(second, null)))
                .hasMessage(
                        "--device cuda:1: GPU 1 cannot be used: Maxwell has compute capability 5.2; give --device cpu");
        assertThatThrownBy(() -> choice("--device", "cuda").open(without("", "no NVIDIA driver is installed")))
                .isInstanceOf(DeviceUnavailableException.class)
                .hasMessage("--device cuda: no GPU can be used: no NVIDIA driver is installed; install one; or give"
                        + " --device cpu, or leave the option out");
    }

    @Test
    void shouldRefuseReducedPrecisionOnAnOldGpuAndRunF32There() {
        Machine old = with(TURING);

        for (String precision : List.of("bf16", "tf32")) {
            assertThatThrownBy(() ->
                            choice("--device", "cuda", "--precision", precision).open(old))
                    .isInstanceOf(DeviceUnavailableException.class)
                    .hasMessage("--precision " + precision + ": Turing has compute capability 7.5, and " + precision
                            + " products need 8.0; give --precision f32, or --device cpu");
            assertThatThrownBy(() -> choice("--precision", precision).open(old))
                    .isInstanceOf(DeviceUnavailableException.class)
                    .hasMessageContaining("the CPU computes in f32, and Turing has compute capability 7.5");
        }
        assertThat(old.requests).isEmpty();
        try (ComputeDevice device = choice("--device", "cuda").open(old)) {
            assertThat(device.precision()).isEqualTo("f32");
            assertThat(device.warnings()).singleElement().asString().contains("its products are f32, not bf16");
        }
    }

    @Test
    void shouldTurnARefusalOfTheDriverIntoReasonAndRemedy() {
        Machine refusing = new Machine(
                with(HOPPER).survey, new GpuException(GpuException.Kind.UNAVAILABLE, "driver too old", "update it"));

        assertThatThrownBy(() -> choice("--device", "cuda:0").open(refusing))
                .isInstanceOf(DeviceUnavailableException.class)
                .hasMessage(
                        "--device cuda:0: driver too old; update it; or give --device cpu, or leave the option out");
    }

    @Test
    void shouldComputeWithOwnKernelsWhereVendorLibrariesAreMissing() {
        Machine machine = with(HOPPER);
        machine.vendorFault = "libcublas.so.12 was not found";
        try (ComputeDevice device = choice("--libraries", "vendor").open(machine)) {
            assertThat(device.libraries()).isEqualTo("own");
            assertThat(device.warnings())
                    .containsExactly("--libraries vendor: libcublas.so.12 was not found; own kernels compute");
        }
        assertThat(machine.requests).extracting(Gpus.Request::vendor).containsExactly(true);
        try (ComputeDevice device = choice("--libraries", "own").open(machine)) {
            assertThat(device.warnings()).isEmpty();
        }
    }

    @Test
    void shouldSayWhatVendorLibrariesMayMiss() {
        Machine machine = with(HOPPER);
        try (ComputeDevice device = choice("--libraries", "vendor").open(machine)) {
            assertThat(device.libraries()).isEqualTo("vendor");
            assertThat(device.warnings()).singleElement().asString().contains("cuBLAS may round equal rows apart");
        }
        assertThat(machine.requests).extracting(Gpus.Request::vendor).containsExactly(true);
    }

    @Test
    void shouldRefuseOnTheCpuWhatOnlyAGpuDoes() {
        assertThatThrownBy(() -> choice("--device", "cpu", "--precision", "tf32"))
                .hasMessageContaining("the CPU computes in f32");
        assertThatThrownBy(() -> choice("--libraries", "vendor").open(without("", "no driver")))
                .hasMessageContaining("need a CUDA device, and no GPU can be used: no driver");
    }
}
