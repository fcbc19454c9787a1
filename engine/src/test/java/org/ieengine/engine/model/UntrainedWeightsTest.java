package org.ieengine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.ieengine.loaders.InputException;
import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelTensors;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UntrainedWeightsTest {
    private static final Gpt2Config CONFIG = new Gpt2Config(
            8, 96, 300, 32, true, OptionalInt.empty(), 4, 384, ActivationFunction.GELU_TANH, true, false, 1e-5f);

    static List<ModelConfig> configurations() {
        return ConfigurationVariants.all();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void hasEveryTensorOfItsConfigurationInItsShape(ModelConfig config) {
        UntrainedWeights twin = new UntrainedWeights(config, 3);
        assertThat(twin.names()).isEqualTo(ModelTensors.shapes(config).keySet());
        ModelTensors.shapes(config)
                .forEach((name, shape) -> assertThat(twin.tensor(name).shape()).isEqualTo(shape));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void normsLetValuesThroughAndBiasesAddNothing(ModelConfig config) {
        UntrainedWeights twin = new UntrainedWeights(config, 3);
        for (String name : twin.names()) {
            if (twin.tensor(name).shape().length == 1) {
                boolean one = name.endsWith("weight") && !(config instanceof GemmaConfig);
                assertThat(values(twin.tensor(name))).containsOnly(one ? 1f : 0f);
            }
        }
    }

    @Test
    void matricesAreNormalWithTheDeviationsOfAFreshModel() {
        UntrainedWeights twin = new UntrainedWeights(CONFIG, 1);
        // Standard error of a deviation from n values: 1 / sqrt(2 n) of it; five of these.
        assertDeviation(values(twin.tensor("wte.weight")), 0.02);
        assertDeviation(values(twin.tensor("h.7.mlp.c_fc.weight")), 0.02);
        assertDeviation(values(twin.tensor("h.7.mlp.c_proj.weight")), 0.005);
        assertDeviation(values(twin.tensor("h.0.attn.c_proj.weight")), 0.005);
    }

    private static void assertDeviation(float[] values, double deviation) {
        double mean = 0;
        double square = 0;
        int beyondTwo = 0;
        for (float value : values) {
            mean += value / (double) values.length;
            square += (double) value * value / values.length;
            beyondTwo += Math.abs(value) > 2 * deviation ? 1 : 0;
        }
        int n = values.length;
        assertThat(mean).isCloseTo(0, within(5 * deviation / Math.sqrt(n)));
        assertThat(Math.sqrt(square)).isCloseTo(deviation, within(5 * deviation / Math.sqrt(2.0 * n)));
        // 4.55 % of a normal distribution lies beyond two deviations.
        assertThat(beyondTwo / (double) n).isCloseTo(0.0455, within(5 * Math.sqrt(0.0455 / n)));
    }

    @Test
    void tensorsAndSeedsDifferAndRepeat() {
        float[] one = values(new UntrainedWeights(CONFIG, 1).tensor("h.0.mlp.c_fc.weight"));
        assertThat(values(new UntrainedWeights(CONFIG, 1).tensor("h.0.mlp.c_fc.weight")))
                .isEqualTo(one);
        assertThat(values(new UntrainedWeights(CONFIG, 2).tensor("h.0.mlp.c_fc.weight")))
                .isNotEqualTo(one);
        assertThat(values(new UntrainedWeights(CONFIG, 1).tensor("h.1.mlp.c_fc.weight")))
                .isNotEqualTo(one);
    }

    @Test
    void anyPartReadsAsTheWhole() {
        StoredTensor tensor = new UntrainedWeights(CONFIG, 1).tensor("wpe.weight");
        float[] whole = values(tensor);
        for (int[] part : new int[][] {{0, 1}, {1, 6}, {17, 1000}, {whole.length - 3, 3}}) {
            float[] floats = new float[part[1] + 2];
            tensor.read(part[0], floats, 2, part[1]);
            assertThat(Arrays.copyOfRange(floats, 2, floats.length))
                    .isEqualTo(Arrays.copyOfRange(whole, part[0], part[0] + part[1]));
            double[] doubles = new double[part[1]];
            tensor.read(part[0], doubles, 0, part[1]);
            assertThat((float) doubles[part[1] - 1]).isEqualTo(whole[part[0] + part[1] - 1]);
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * part[1]).order(ByteOrder.LITTLE_ENDIAN);
            tensor.readBytes(part[0], bytes);
            assertThat(bytes.remaining()).isZero();
            assertThat(bytes.getFloat(bytes.limit() - Float.BYTES)).isEqualTo(whole[part[0] + part[1] - 1]);
        }
        assertThatThrownBy(() -> tensor.read(whole.length - 1, new float[4], 0, 2))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tensor.read(0, new float[4], 3, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tensor.read(0, new long[1], 0, 1)).isInstanceOf(InputException.class);
    }

    @Test
    void namesATensorThatItDoesNotHave() {
        assertThatThrownBy(() -> new UntrainedWeights(CONFIG, 1).tensor("h.8.ln_1.weight"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("h.8.ln_1.weight");
    }

    private static float[] values(StoredTensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        tensor.read(0, values, 0, values.length);
        return values;
    }
}
