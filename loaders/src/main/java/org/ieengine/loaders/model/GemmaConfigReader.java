package org.ieengine.loaders.model;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.loaders.model.ModelConfigReader.Heads;

/** Reads GemmaConfig, Gemma2Config and Gemma3TextConfig. */
final class GemmaConfigReader {
    private GemmaConfigReader() {}

    /** Where the three classes differ in their defaults. */
    private record Defaults(
            int vocabulary, int width, int innerWidth, int layers, int heads, int kvHeads, int positions) {
        static Defaults of(String family) {
            return switch (family) {
                case "gemma" -> new Defaults(256_000, 3072, 24_576, 28, 16, 16, 8192);
                case "gemma2" -> new Defaults(256_000, 2304, 9216, 26, 8, 4, 8192);
                default -> new Defaults(262_208, 2304, 9216, 26, 8, 4, 131_072);
            };
        }
    }

    static GemmaConfig read(ConfigFile file, String family) {
        Defaults defaults = Defaults.of(family);
        int layers = ModelConfigReader.layers(file, "num_hidden_layers", defaults.layers());
        int vocabulary = file.size("vocab_size", defaults.vocabulary());
        int headDim = file.size("head_dim", 256);
        Heads attention = Heads.read(
                file,
                file.size("num_attention_heads", defaults.heads()),
                file.size("num_key_value_heads", defaults.kvHeads()),
                headDim);
        boolean first = family.equals("gemma");
        boolean third = family.equals("gemma3_text");
        boolean[] sliding = sliding(file, family, layers);
        return new GemmaConfig(
                family,
                layers,
                file.size("hidden_size", defaults.width()),
                vocabulary,
                file.size("max_position_embeddings", defaults.positions()),
                file.flag("tie_word_embeddings", true),
                ModelConfigReader.bos(file, 2, vocabulary),
                attention.heads(),
                attention.kvHeads(),
                attention.headDim(),
                file.size("intermediate_size", defaults.innerWidth()),
                // Gemma 1 was trained with the tanh GELU, and "gelu" in hidden_act of its first configurations meant
                // it.
                file.activation("hidden_activation", ActivationFunction.GELU_TANH),
                file.flag("attention_bias", false),
                1 / Math.sqrt(first ? headDim : file.positive("query_pre_attn_scalar", 256)),
                family.equals("gemma2") ? file.softCap("attn_logit_softcapping", 50) : 0,
                first ? 0 : file.softCap("final_logit_softcapping", third ? 0 : 30),
                file.epsilon("rms_norm_eps", 1e-6),
                rope(file, third, sliding),
                windows(file, first, sliding));
    }

    /** Which blocks slide: none of Gemma 1; even ones of Gemma 2; all but every sixth of Gemma 3; or as layer_types says. */
    private static boolean[] sliding(ConfigFile file, String family, int layers) {
        boolean[] named = ModelConfigReader.slidingLayers(file, layers);
        if (named != null && !family.equals("gemma")) {
            return named;
        }
        boolean[] sliding = new boolean[layers];
        for (int l = 0; l < layers; l++) {
            file.refuseUnless(named == null || !named[l], "layer_types", "a Gemma 1 model with windows");
            sliding[l] = switch (family) {
                case "gemma" -> false;
                case "gemma2" -> l % 2 == 0;
                default -> (l + 1) % file.size("sliding_window_pattern", 6) != 0;
            };
        }
        return sliding;
    }

    private static List<Rope> rope(ConfigFile file, boolean third, boolean[] sliding) {
        Rope global = third ? RopeReader.readGlobal(file, 1_000_000) : RopeReader.read(file, 10_000);
        Rope local = third ? RopeReader.readLocal(file, 10_000) : global;
        List<Rope> rope = new ArrayList<>();
        for (boolean slides : sliding) {
            rope.add(slides ? local : global);
        }
        return List.copyOf(rope);
    }

    private static List<Integer> windows(ConfigFile file, boolean first, boolean[] sliding) {
        if (first) {
            file.refuseUnless(file.value("sliding_window") == null, "sliding_window", "a Gemma 1 model with a window");
        }
        int window = first || file.isNull("sliding_window") ? 0 : file.size("sliding_window", 4096);
        List<Integer> windows = new ArrayList<>();
        for (boolean slides : sliding) {
            windows.add(slides ? window : 0);
        }
        return List.copyOf(windows);
    }
}
