package org.ieengine.loaders.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.junit.jupiter.api.Test;

class SampleModelsTest {
    private static final Path SAMPLES = Path.of("..", "samples");

    @Test
    void gpt2SampleIsReadWithPrefixedNamesAndTiedHead() {
        try (ModelDirectory model = ModelDirectory.open(SAMPLES.resolve("gpt2-tiny"))) {
            assertThat(model.config())
                    .isEqualTo(new Gpt2Config(
                            4,
                            128,
                            2048,
                            64,
                            true,
                            OptionalInt.of(2047),
                            4,
                            512,
                            ActivationFunction.GELU_TANH,
                            true,
                            false,
                            1e-5f));
            assertThat(model.names()).contains("wte.weight", "h.3.attn.c_attn.weight", "ln_f.bias");
            assertThat(model.names()).doesNotContain("lm_head.weight");
            assertThat(model.tensor("h.0.attn.c_attn.weight").shape()).containsExactly(128, 384);
            long block = 4 * 128 + 128 * 384 + 384 + 128 * 128 + 128 + 2 * 128 * 512 + 512 + 128;
            assertThat(model.parameters()).isEqualTo(2048 * 128 + 64 * 128 + 4 * block + 256);
            assertThat(model.elementsByType()).isEqualTo(Map.of(ElementType.F32, model.parameters()));
            assertThat(model.warnings()).isEmpty();
        }
    }

    @Test
    void openLlamaSampleIsReadInHalfPrecision() {
        try (ModelDirectory model = ModelDirectory.open(SAMPLES.resolve("openllama-tiny"))) {
            LlamaConfig config = (LlamaConfig) model.config();
            assertThat(config.family()).isEqualTo("llama");
            assertThat(config.tiedHead()).isFalse();
            assertThat(config.headDim()).isEqualTo(32);
            assertThat(config.rope()).isEqualTo(new Rope(10_000, new Rope.Unscaled()));
            assertThat(config.windows()).containsExactly(0, 0, 0, 0);
            assertThat(model.tensor("lm_head.weight").shape()).containsExactly(2048, 128);
            assertThat(model.elementsByType()).isEqualTo(Map.of(ElementType.F16, model.parameters()));
            assertThat(model.parameterBytes()).isEqualTo(2 * model.parameters());
            assertThat(standardDeviation(model.tensor("embed_tokens.weight"))).isBetween(1e-3, 1.0);
            assertThat(model.warnings()).isEmpty();
        }
    }

    @Test
    void gemmaSampleIsReadInBrainFloat() {
        try (ModelDirectory model = ModelDirectory.open(SAMPLES.resolve("gemma-tiny"))) {
            GemmaConfig config = (GemmaConfig) model.config();
            assertThat(config.family()).isEqualTo("gemma");
            assertThat(config.kvHeads()).isEqualTo(1);
            assertThat(config.attentionScale()).isCloseTo(1 / Math.sqrt(32), within(1e-15));
            assertThat(config.logitCap()).isZero();
            assertThat(config.activation()).isEqualTo(ActivationFunction.GELU_TANH);
            assertThat(model.elementsByType()).isEqualTo(Map.of(ElementType.BF16, model.parameters()));
            assertThat(standardDeviation(model.tensor("embed_tokens.weight"))).isBetween(1e-3, 1.0);
            assertThat(model.warnings()).isEmpty();
        }
    }

    @Test
    void goldenFileOfASampleIsReadInEveryStoredType() {
        try (SafetensorsFile file = SafetensorsFile.open(SAMPLES.resolve("gpt2-tiny/golden.safetensors"))) {
            StoredTensor states = file.tensor("hidden_states");
            StoredTensor exact = file.tensor("hidden_states_f64");
            assertThat(states.type()).isEqualTo(ElementType.F32);
            assertThat(exact.type()).isEqualTo(ElementType.F64);
            float[] narrow = new float[(int) states.elements()];
            double[] wide = new double[(int) exact.elements()];
            states.read(0, narrow, 0, narrow.length);
            exact.read(0, wide, 0, wide.length);
            for (int i = 0; i < narrow.length; i++) {
                assertThat((double) narrow[i]).isCloseTo(wide[i], within(1e-4));
            }
            StoredTensor ids = file.tensor("input_ids");
            long[] all = new long[(int) ids.elements()];
            ids.read(0, all, 0, all.length);
            assertThat(Arrays.stream(all).boxed()).allMatch(id -> id >= 0 && id < 2048);
        }
    }

    private static double standardDeviation(StoredTensor tensor) {
        float[] values = new float[(int) tensor.elements()];
        tensor.read(0, values, 0, values.length);
        double squares = 0;
        for (float value : values) {
            squares += value * value;
        }
        return Math.sqrt(squares / values.length);
    }
}
