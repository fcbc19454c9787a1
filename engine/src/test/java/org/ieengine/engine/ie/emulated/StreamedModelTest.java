package org.ieengine.engine.ie.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.ie.InformationEmergence;
import org.ieengine.engine.ie.Journal;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.engine.ie.RunInputs;
import org.ieengine.engine.ie.RunListener;
import org.ieengine.engine.ie.Selection;
import org.ieengine.engine.model.UntrainedWeights;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model whose weights do not fit into a device's memory goes through it block by block: the one at work and the next. */
class StreamedModelTest {
    private static final int LAYERS = 12;
    private static final int WIDTH = 192;

    private static final Gpt2Config CONFIG = new Gpt2Config(
            LAYERS,
            WIDTH,
            50,
            8,
            true,
            OptionalInt.of(49),
            4,
            4 * WIDTH,
            ActivationFunction.GELU_TANH,
            true,
            false,
            1e-5f);

    /** Bytes of the four matrices of a block. */
    private static final long BLOCK_ELEMENTS = 12L * WIDTH * WIDTH;

    private static final TokenMatrix TOKENS =
            new TokenMatrix(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 9, 4, 1, 7, 2, 8, 3}, 6, 3);

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"F32", "BF16"})
    void twoBlocksAreAllThatIsHeld(Precision precision) {
        MeasureSettings settings = MeasureSettings.builder()
                .layers(Selection.of(List.of(LAYERS - 1)))
                .estimators(List.of(Estimator.RESOLUTION))
                .noise(List.of(0.5))
                .draws(4)
                .seeds(1)
                .prediction(MeasureSettings.PREDICTION_OFF)
                .build();
        long block = BLOCK_ELEMENTS * (precision == Precision.BF16 ? Short.BYTES : Float.BYTES);
        // Room for half of the model's blocks and no more.
        long room = LAYERS / 2 * block;
        EmulatedGpu gpu = EmulatedGpu.start();
        try (GpuDevice device = JcudaDevice.open(0)) {
            try (CudaBackend backend = new CudaBackend(device, precision, room);
                    Journal journal = Journal.open(directory.resolve("journal"), true)) {
                InformationEmergence measure = new InformationEmergence(settings, inputs(), backend);
                MemoryPlan plan = measure.plan(new MemoryLimits(0, room));
                assertThat(plan.fits()).as(plan.advice()).isTrue();
                assertThat(plan.uploadsAhead()).isTrue();
                assertThat(measure.run(plan, journal, RunListener.SILENT)
                                .measured()
                                .layers())
                        .hasSize(1);
                assertThat(backend.peakBytes()).isLessThanOrEqualTo(plan.bytes(Place.BACKEND));
                assertThat(backend.peakBytes()).isBetween(2 * block, room);
            }
        }
        assertThat(gpu.leftBehind()).isEmpty();
    }

    private static RunInputs inputs() {
        return new RunInputs(
                new UntrainedWeights(CONFIG, 0),
                new ModelProvenance("gpt2", 600_000, "config", "weights"),
                TOKENS,
                new DataProvenance("by hand", "ids", TOKENS.sequences(), Map.of(), Map.of("cut", "start")),
                new EngineProvenance("0.1.0", "none", "java", "os", "cuda:0", "any", "own"));
    }
}
