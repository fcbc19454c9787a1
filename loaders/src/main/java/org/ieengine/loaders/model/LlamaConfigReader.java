package org.ieengine.loaders.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ieengine.loaders.model.ModelConfigReader.Heads;

/**
 * Reads LlamaConfig and MistralConfig. {@code pretraining_tp} above 1 splits matrix products and changes no result but by
 * rounding; it is not looked at.
 */
final class LlamaConfigReader {
    private LlamaConfigReader() {}

    static LlamaConfig read(ConfigFile file, String family) {
        boolean mistral = family.equals("mistral");
        int layers = ModelConfigReader.layers(file, "num_hidden_layers", 32);
        int width = file.size("hidden_size", 4096);
        int heads = file.size("num_attention_heads", 32);
        int vocabulary = file.size("vocab_size", 32_000);
        int kvHeads = mistral && !file.isNull("num_key_value_heads")
                ? file.size("num_key_value_heads", 8)
                : file.sizeOrElse("num_key_value_heads", heads);
        int headDim = file.value("head_dim") == null
                ? ModelConfigReader.dividedWidth(file, "hidden_size", width, heads)
                : file.size("head_dim", 0);
        Heads attention = Heads.read(file, heads, kvHeads, headDim);
        return new LlamaConfig(
                family,
                layers,
                width,
                vocabulary,
                file.size("max_position_embeddings", mistral ? 131_072 : 2048),
                file.flag("tie_word_embeddings", false),
                ModelConfigReader.bos(file, 1, vocabulary),
                attention.heads(),
                attention.kvHeads(),
                attention.headDim(),
                file.size("intermediate_size", mistral ? 14_336 : 11_008),
                file.activation("hidden_act", ActivationFunction.SILU),
                bias(file, "attention_bias", mistral),
                bias(file, "mlp_bias", mistral),
                file.epsilon("rms_norm_eps", 1e-6),
                RopeReader.read(file, 10_000),
                windows(file, layers, mistral));
    }

    private static boolean bias(ConfigFile file, String key, boolean mistral) {
        boolean bias = file.flag(key, false);
        file.refuseUnless(!(mistral && bias), key, "a Mistral model with biases");
        return bias;
    }

    private static List<Integer> windows(ConfigFile file, int layers, boolean mistral) {
        boolean[] sliding = ModelConfigReader.slidingLayers(file, layers);
        if (!mistral) {
            // LlamaModel masks causally only, whatever the key says; a config that asks for more is another model.
            file.refuseUnless(file.value("sliding_window") == null, "sliding_window", "a Llama model with a window");
            file.refuseUnless(none(sliding), "layer_types", "a Llama model with windows");
            return Collections.nCopies(layers, 0);
        }
        int window = file.sizeOrElse("sliding_window", file.isNull("sliding_window") ? 0 : 4096);
        file.refuseUnless(
                window == 0 || file.flag("use_sliding_window", true),
                "use_sliding_window",
                "a window that is given and switched off at once");
        if (sliding == null) {
            return Collections.nCopies(layers, window);
        }
        List<Integer> windows = new ArrayList<>();
        for (boolean slides : sliding) {
            file.refuseUnless(
                    slides == window > 0,
                    "layer_types",
                    "a Mistral model whose blocks do not all have the window of 'sliding_window'");
            windows.add(window);
        }
        return List.copyOf(windows);
    }

    private static boolean none(boolean[] flags) {
        if (flags != null) {
            for (boolean flag : flags) {
                if (flag) {
                    return false;
                }
            }
        }
        return true;
    }
}
