package org.ieengine.engine.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.loaders.model.ModelDirectory;
import org.junit.jupiter.api.Test;

class EndToEndTest {
    private record Opened(Backend backend, GpuDevice gpu, long memoryBytes) implements BenchmarkDevice.Session {
        @Override
        public void close() {
            backend.close();
            if (gpu != null) {
                gpu.close();
            }
        }
    }

    private static void requireWhole(WholePass pass) {
        assertThat(pass.timing().seconds()).isPositive();
        assertThat(pass.unitsPerSecond())
                .isCloseTo(pass.units() / pass.timing().seconds(), offset(1e-9 * pass.unitsPerSecond()));
        assertThat(pass.parts()).isNotEmpty().allSatisfy(part -> {
            assertThat(part.calls()).isPositive();
            assertThat(part.share()).isBetween(0.0, 1.0);
        });
        assertThat(pass.parts().stream().mapToDouble(WholePass.Part::share).sum())
                .isCloseTo(1, offset(1e-9));
    }

    @Test
    void shouldMeasureSweepAndEpochOnTheProcessorByOperation() {
        List<WholePass> told = new ArrayList<>();
        List<WholePass> passes;
        try (Opened processor = new Opened(new CpuBackend(2), null, 1L << 30)) {
            passes = EndToEnd.run(processor, new EndToEnd.Settings(null, BenchmarkScale.SMALL, 1, 5), told::add);
        }

        assertThat(told).isEqualTo(passes);
        assertThat(passes).extracting(WholePass::name).containsExactly("sweep", "critic epoch");
        passes.forEach(EndToEndTest::requireWhole);
        // Two blocks of GPT-2 have four products each.
        assertThat(passes.get(0).parts())
                .filteredOn(part -> part.name().equals("linear"))
                .singleElement()
                .satisfies(part -> assertThat(part.calls()).isEqualTo(8));
        assertThat(passes.get(0).shape()).contains("through 2 blocks of gpt2");
        assertThat(passes.get(1).units()).isGreaterThanOrEqualTo(16);
        assertThat(passes.get(1).parts())
                .extracting(WholePass.Part::name)
                .contains("linearPairs", "donskerVaradhan", "adam")
                .doesNotContain("write");
    }

    @Test
    void shouldMeasureAModelThatIsGiven() {
        try (Opened processor = new Opened(new CpuBackend(2), null, 1L << 30);
                ModelDirectory model = ModelDirectory.open(Path.of("../samples/gpt2-tiny"))) {
            List<WholePass> passes =
                    EndToEnd.run(processor, new EndToEnd.Settings(model, BenchmarkScale.SMALL, 1, 5), pass -> {});

            assertThat(passes.get(0).shape()).contains(model.config().layers() + " blocks of gpt2");
            passes.forEach(EndToEndTest::requireWhole);
        }
    }

    @Test
    void shouldMeasureTheEmulatedGpuByKernel() {
        EmulatedGpu emulated = EmulatedGpu.start();
        GpuDevice gpu = emulated.open();
        List<WholePass> passes;
        try (Opened device = new Opened(new CudaBackend(gpu, Precision.F32, Long.MAX_VALUE), gpu, 1L << 30)) {
            passes = EndToEnd.run(device, new EndToEnd.Settings(null, BenchmarkScale.SMALL, 1, 5), pass -> {});
        }

        passes.forEach(EndToEndTest::requireWhole);
        assertThat(passes.get(1).parts()).extracting(WholePass.Part::name).contains("adam");
        assertThat(passes.get(1).parts())
                .allSatisfy(part -> assertThat(emulated.kernels().contains(part.name())
                                || part.name().equals("fill")
                                || part.name().equals("copy"))
                        .as(part.name())
                        .isTrue());
        assertThat(emulated.leftBehind()).isEmpty();
    }
}
