package org.ieengine.loaders.model;

/** Reads GPT2Config; keys may also have the general names that its attribute map allows. */
final class Gpt2ConfigReader {
    private Gpt2ConfigReader() {}

    static Gpt2Config read(ConfigFile file) {
        int width = file.size(named(file, "n_embd", "hidden_size"), 768);
        int heads = file.size(named(file, "n_head", "num_attention_heads"), 12);
        int vocabulary = file.size("vocab_size", 50_257);
        ModelConfigReader.dividedWidth(file, named(file, "n_embd", "hidden_size"), width, heads);
        if (4L * width > Integer.MAX_VALUE) {
            throw file.fault(
                    "n_embd", "found " + width + ", expected a width whose MLP, 4 times as wide, is below 2^31");
        }
        return new Gpt2Config(
                ModelConfigReader.layers(file, named(file, "n_layer", "num_hidden_layers"), 12),
                width,
                vocabulary,
                file.size(named(file, "n_positions", "max_position_embeddings"), 1024),
                file.flag("tie_word_embeddings", true),
                ModelConfigReader.bos(file, 50_256, vocabulary),
                heads,
                file.sizeOrElse("n_inner", 4 * width),
                file.activation("activation_function", ActivationFunction.GELU_TANH),
                file.flag("scale_attn_weights", true),
                file.flag("scale_attn_by_inverse_layer_idx", false),
                file.epsilon("layer_norm_epsilon", 1e-5));
    }

    private static String named(ConfigFile file, String own, String general) {
        return file.value(own) == null && file.value(general) != null ? general : own;
    }
}
