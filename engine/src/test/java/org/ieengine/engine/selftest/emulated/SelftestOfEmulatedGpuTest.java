package org.ieengine.engine.selftest.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.selftest.Selftest;
import org.ieengine.engine.selftest.SelftestDevice;
import org.ieengine.engine.selftest.SelftestRow;
import org.ieengine.engine.selftest.SelftestScale;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;

/** What {@code selftest} tries on a real GPU, on the emulated one: small shapes, every precision, every kernel. */
class SelftestOfEmulatedGpuTest {
    /** The emulated GPU and a backend on it. */
    private record OnGpu(Backend backend, GpuDevice gpu) implements SelftestDevice.Session {
        @Override
        public void close() {
            backend.close();
            gpu.close();
        }
    }

    /** A GPU of 9.0, and one of 8.0, which multiplies bf16 by kernels of its own. */
    private record Emulated(int capability, List<Precision> precisions) implements SelftestDevice {
        @Override
        public Session open(Precision precision) {
            GpuDevice gpu = EmulatedGpu.start().capability(capability).open();
            return new OnGpu(new CudaBackend(gpu, precision, Long.MAX_VALUE), gpu);
        }
    }

    @Test
    void shouldPassInEveryPrecisionAndLaunchEveryKernel() {
        EmulatedGpu gpu = EmulatedGpu.start();
        Set<String> launched = new TreeSet<>();

        List<SelftestRow> rows = new ArrayList<>();
        for (Emulated device :
                List.of(new Emulated(90, List.of(Precision.values())), new Emulated(80, List.of(Precision.BF16)))) {
            rows.addAll(Selftest.run(
                    device, SelftestScale.SMALL, (row, done, all) -> launched.addAll(gpu.launchedKernels())));
        }

        assertThat(rows)
                .allSatisfy(row -> assertThat(row.passed()).as("%s", row).isTrue());
        assertThat(rows).extracting(SelftestRow::precision).contains("f32", "tf32", "bf16");
        assertThat(launched).containsAll(gpu.kernels());
        assertThat(gpu.leftBehind()).isEmpty();
    }
}
