package org.ieengine.engine.benchmark.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.benchmark.Benchmark;
import org.ieengine.engine.benchmark.BenchmarkDevice;
import org.ieengine.engine.benchmark.BenchmarkListener;
import org.ieengine.engine.benchmark.BenchmarkRow;
import org.ieengine.engine.benchmark.BenchmarkScale;
import org.ieengine.engine.benchmark.BenchmarkSettings;
import org.ieengine.engine.benchmark.Ceilings;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;

/** What {@code bench} measures on a real GPU, on the emulated one: small shapes, timed by its events. */
class BenchmarkOfEmulatedGpuTest {
    /** The emulated GPU and a backend on it. */
    private record OnGpu(Backend backend, GpuDevice gpu) implements BenchmarkDevice.Session {
        @Override
        public long memoryBytes() {
            return 64 << 20;
        }

        @Override
        public void close() {
            backend.close();
            gpu.close();
        }
    }

    /** The emulated GPU in some precisions. */
    private record Emulated(List<Precision> precisions) implements BenchmarkDevice {
        @Override
        public Session open(Precision precision) {
            GpuDevice gpu = EmulatedGpu.start().open();
            return new OnGpu(new CudaBackend(gpu, precision, Long.MAX_VALUE), gpu);
        }
    }

    private static List<BenchmarkRow> run(List<Precision> precisions, String... filters) {
        List<BenchmarkRow> rows = new ArrayList<>();
        BenchmarkSettings settings =
                new BenchmarkSettings(BenchmarkScale.SMALL, List.of(filters), Double.POSITIVE_INFINITY, 3);
        Benchmark.run(new Emulated(precisions), settings, new BenchmarkListener() {
            @Override
            public void measured(Ceilings ceilings) {
                assertThat(ceilings.bytesPerSecond()).isPositive();
                assertThat(ceilings.flopPerSecond()).isPositive();
            }

            @Override
            public void begins(String title, int done, int all) {
                assertThat(done).isLessThan(all);
            }

            @Override
            public void ended(BenchmarkRow row, int done, int all) {
                rows.add(row);
            }
        });
        return rows;
    }

    @Test
    void shouldFindEveryOperationRightAndNameItsKernels() {
        EmulatedGpu gpu = EmulatedGpu.start();

        List<BenchmarkRow> rows = run(List.of(Precision.F32));

        assertThat(rows).hasSizeGreaterThan(50).allSatisfy(row -> {
            assertThat(row.correctness().passed()).as("%s", row).isTrue();
            assertThat(row.timing().seconds()).isPositive();
            // Twice in a repetition: by a recording where nothing is handed back to the host.
            assertThat(row.timing().times()).isEqualTo(2);
        });
        assertThat(rows)
                .filteredOn(row -> !row.operation().matches("(load|write|read).*"))
                .allSatisfy(row -> assertThat(row.launched()).isNotEmpty());
        assertThat(rows)
                .filteredOn(row -> row.operation().equals("adam"))
                .singleElement()
                .satisfies(row -> assertThat(row.launched()).containsExactly("adam"));
        assertThat(gpu.leftBehind()).isEmpty();
    }

    @Test
    void shouldMeasureProductsInEveryPrecisionAndTheRestInOne() {
        List<BenchmarkRow> rows = run(List.of(Precision.F32, Precision.TF32), "tiny GPT-2, any T: attn", "contrast");

        assertThat(rows)
                .hasSize(5)
                .allSatisfy(row ->
                        assertThat(row.correctness().passed()).as("%s", row).isTrue());
        assertThat(rows).filteredOn(row -> row.precision() == Precision.TF32).hasSize(2);
    }

    @Test
    void shouldTakeOperandsInTheBytesThatTheDeviceKeepsThemIn() {
        List<BenchmarkRow> rows = run(
                List.of(Precision.BF16),
                "tiny GPT-2, any T: mlp",
                "input gradient",
                "gradients of weight and bias",
                "load operand",
                "norm,",
                "gate",
                "attention",
                "rotate",
                "q_proj",
                "pair rows",
                "leaky",
                "column sums",
                "tail",
                "standardise",
                "adam");

        assertThat(rows)
                .allSatisfy(row ->
                        assertThat(row.correctness().passed()).as("%s", row).isTrue());
    }
}
