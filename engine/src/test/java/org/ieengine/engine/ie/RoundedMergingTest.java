package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two tokens that differ by less than a reduced precision sees: what comes after them has the same state there, not in f32. */
class RoundedMergingTest {
    private static final int WIDTH = 128;
    private static final TokenMatrix TOKENS = new TokenMatrix(new int[] {5, 7, 9, 7, 5, 8, 10, 7}, 4, 2);
    private static final MeasureSettings SETTINGS = MeasureSettings.builder()
            .layers(Selection.of(List.of(0)))
            .positions(Selection.ALL)
            .seeds(1)
            .build();

    @TempDir
    Path directory;

    /** Token 9 has the embedding of token 5 but for a few units in the last place of one element. */
    private static float twin(StoredTensor table, long element) {
        if (element / WIDTH != 9) {
            return PlantedWeights.element(table, element);
        }
        float own = PlantedWeights.element(table, 5 * WIDTH + element % WIDTH);
        return element % WIDTH == 3 ? own * (1 + 0x1p-19f) : own;
    }

    private IeResult measure(Precision precision) {
        EmulatedGpu.start();
        try (GpuDevice device = JcudaDevice.open(0);
                CudaBackend backend = new CudaBackend(device, precision, Long.MAX_VALUE);
                ModelDirectory model = ModelDirectory.open(TestRuns.GPT2);
                ModelWeights planted = new PlantedWeights(model, "wte.weight", RoundedMergingTest::twin);
                Journal journal = Journal.open(directory.resolve(precision.name()), false)) {
            RunInputs inputs = new RunInputs(
                    planted,
                    new ModelProvenance("gpt2-tiny", 1_062_912, "config", "weights"),
                    TOKENS,
                    new DataProvenance("by hand", "ids", TOKENS.sequences(), Map.of(), Map.of("cut", "start")),
                    new EngineProvenance(
                            "0.1.0",
                            "none",
                            "java",
                            "os",
                            "cuda:0",
                            precision.name().toLowerCase(Locale.ROOT),
                            "own"));
            InformationEmergence measure = TestRuns.stated(SETTINGS, inputs, backend, new ListenerCalls());
            return measure.run(measure.plan(MemoryLimits.FREE), journal, RunListener.SILENT);
        }
    }

    private static List<Double> ceilings(IeResult result) {
        return result.measured().layers().stream()
                .map(row -> row.macro().ceilingBits())
                .toList();
    }

    @Test
    void statesThatCoincideByRoundingAloneAreToldOfOnceAndChangeNoCeiling() {
        IeResult exact = measure(Precision.F32);
        IeResult rounded = measure(Precision.BF16);

        assertThat(exact.warnings()).noneMatch(warning -> warning.contains("share their float32 state"));
        assertThat(exact.warnings()).noneMatch(warning -> warning.contains("rounded operands"));
        assertThat(rounded.warnings())
                .contains(
                        "state 1, position 1: 1 different prefixes share their float32 state with another; the ceiling"
                                + " counts them apart");
        assertThat(rounded.warnings())
                .filteredOn(warning -> warning.startsWith("products were computed from rounded operands"))
                .hasSize(1);
        assertThat(ceilings(rounded)).isEqualTo(ceilings(exact)).isNotEmpty();
    }
}
