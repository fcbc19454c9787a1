package org.ieengine.engine.model;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.LlamaConfig;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.Rope;

/** Small configurations, among them every setting that the stored goldens do not have. */
public final class ConfigurationVariants {
    private static final Rope UNSCALED = new Rope(10000, new Rope.Unscaled());

    private ConfigurationVariants() {}

    /** All of them. */
    public static List<ModelConfig> all() {
        List<ModelConfig> configs = new ArrayList<>();
        for (ActivationFunction activation : ActivationFunction.values()) {
            configs.add(gpt2(activation, true, false));
        }
        configs.add(gpt2(ActivationFunction.GELU_TANH, false, false));
        configs.add(gpt2(ActivationFunction.GELU_TANH, true, true));
        configs.add(gpt2(ActivationFunction.GELU_TANH, false, true));
        configs.add(llama("llama", true, true, UNSCALED, 0));
        configs.add(llama("llama", true, false, new Rope(10000, new Rope.Linear(4)), 0));
        configs.add(llama("llama", false, true, new Rope(500000, new Rope.Llama3(8, 1, 4, 16)), 0));
        configs.add(llama("mistral", false, false, UNSCALED, 5));
        configs.add(gemma("gemma", true, 0, 0));
        configs.add(gemma("gemma2", true, 3, 2));
        configs.add(gemma("gemma2", false, 0, 0));
        configs.add(gemma("gemma3_text", true, 0, 4));
        return configs;
    }

    private static Gpt2Config gpt2(ActivationFunction activation, boolean scale, boolean inverseLayer) {
        return new Gpt2Config(
                3, 24, 17, 96, !inverseLayer, OptionalInt.empty(), 3, 40, activation, scale, inverseLayer, 1e-5f);
    }

    private static LlamaConfig llama(String family, boolean attentionBias, boolean mlpBias, Rope rope, int window) {
        return new LlamaConfig(
                family,
                2,
                24,
                17,
                96,
                mlpBias,
                OptionalInt.of(1),
                4,
                2,
                10,
                36,
                attentionBias ? ActivationFunction.GELU_ERF : ActivationFunction.SILU,
                attentionBias,
                mlpBias,
                1e-6f,
                rope,
                List.of(window, window));
    }

    private static GemmaConfig gemma(String family, boolean bias, double scoreCap, double logitCap) {
        return new GemmaConfig(
                family,
                3,
                24,
                17,
                96,
                !bias,
                OptionalInt.of(2),
                4,
                1,
                6,
                50,
                ActivationFunction.GELU_TANH,
                bias,
                0.3,
                scoreCap,
                logitCap,
                1e-6f,
                List.of(UNSCALED, new Rope(1e6, new Rope.Linear(2)), UNSCALED),
                List.of(4, 0, 7));
    }
}
