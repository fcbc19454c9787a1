package org.ieengine.engine.ie.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.ie.DataProvenance;
import org.ieengine.engine.ie.EngineProvenance;
import org.ieengine.engine.ie.InformationEmergence;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.MemoryLimits;
import org.ieengine.engine.ie.MemoryPlan;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.engine.ie.ModelProvenance;
import org.ieengine.engine.ie.RunInputs;
import org.ieengine.engine.model.UntrainedWeights;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans of the published size, N = 300,000 sentences of T = 8 tokens through GPT-2's d = 768, for GPUs that only say their size. */
class PublishedSizePlanTest {
    private static final int TOKENS = 8;
    private static final int VOCABULARY = 50_257;

    private static final Gpt2Config GPT2 = new Gpt2Config(
            12,
            768,
            VOCABULARY,
            1024,
            true,
            OptionalInt.of(VOCABULARY - 1),
            12,
            4 * 768,
            ActivationFunction.GELU_TANH,
            true,
            false,
            1e-5f);

    /** Sentences that share few prefixes, which is what takes most memory. */
    private static RunInputs inputs(int sequences) {
        SplittableRandom random = new SplittableRandom(3);
        int[] ids = random.ints((long) sequences * TOKENS, 0, VOCABULARY).toArray();
        return new RunInputs(
                new UntrainedWeights(GPT2, 0),
                new ModelProvenance("gpt2", 124_439_808, "config", "weights"),
                new TokenMatrix(ids, sequences, TOKENS),
                new DataProvenance("by hand", "ids", sequences, Map.of(), Map.of("cut", "start")),
                new EngineProvenance("0.1.0", "none", "java", "os", "cuda:0", "bf16", "own"));
    }

    private static MemoryPlan plan(Protocol protocol, long gibibytes, int sequences) {
        MeasureSettings settings = MeasureSettings.builder()
                .protocol(protocol)
                .estimators(List.of(Estimator.DV))
                .build();
        EmulatedGpu.start().memory(gibibytes << 30);
        try (GpuDevice device = JcudaDevice.open(0);
                CudaBackend backend = new CudaBackend(device, Precision.BF16, Long.MAX_VALUE)) {
            return new InformationEmergence(settings, inputs(sequences), backend).plan(MemoryLimits.FREE);
        }
    }

    /** Bytes of the states of all distinct prefixes, the residual stream. */
    private static final long STREAM = 2_150_109L * 768 * 4;

    @ParameterizedTest
    @CsvSource({"PAPER, 80, 20", "PAPER, 24, 16", "STANDARD, 80, 9.7", "STANDARD, 24, 9.7"})
    void itFitsIntoLargeGpus(Protocol protocol, long gibibytes, double most) {
        MemoryPlan plan = plan(protocol, gibibytes, 300_000);

        assertThat(plan.capacity().device()).isTrue();
        assertThat(plan.fits()).as(plan.advice()).isTrue();
        assertThat(plan.uploadsAhead()).isTrue();
        assertThat(plan.bytes(Place.BACKEND)).isBetween(STREAM, (long) (most * 1e9));
    }

    @ParameterizedTest
    @CsvSource({"PAPER, 12.77", "STANDARD, 8.69"})
    void aSmallGpuIsToldHowManySentencesItCouldTake(Protocol protocol, String needed) {
        MemoryPlan plan = plan(protocol, 8, 300_000);

        assertThat(plan.fits()).isFalse();
        assertThat(plan.advice())
                .startsWith("the run needs " + needed + " GiB of device memory and the device has free 7.84 GiB; ")
                .containsPattern("it would fit with --samples \\d+$");
        int samples = Integer.parseInt(plan.advice().replaceAll(".*--samples (\\d+)$", "$1"));
        assertThat(samples).isBetween(100_000, 299_999);
        assertThat(plan(protocol, 8, samples).fits()).isTrue();
    }
}
