package org.ieengine.loaders.model;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names and shapes of the tensors that the forward pass of a configuration reads, as {@code transformers} stores them,
 * without the prefix of the base model. Linear layers are [out, in]; those of GPT-2 (Conv1D) are [in, out].
 */
public final class ModelTensors {
    /** Name of the output head, of the shape of the token embedding, [V, d]; there is none where it is tied. */
    public static final String HEAD = "lm_head.weight";

    private ModelTensors() {}

    /** Shape by name, in the order of the forward pass. */
    public static Map<String, long[]> shapes(ModelConfig config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        if (config instanceof Gpt2Config gpt2) {
            addGpt2(shapes, gpt2);
        } else if (config instanceof LlamaConfig llama) {
            addLlama(shapes, llama);
        } else if (config instanceof GemmaConfig gemma) {
            addGemma(shapes, gemma);
        }
        if (!config.tiedHead()) {
            shapes.put(HEAD, new long[] {config.vocabulary(), config.width()});
        }
        return shapes;
    }

    /** Name of the token embedding, [V, d]. */
    public static String embedding(ModelConfig config) {
        return config instanceof Gpt2Config ? "wte.weight" : "embed_tokens.weight";
    }

    private static void addGpt2(Map<String, long[]> shapes, Gpt2Config config) {
        long d = config.width();
        shapes.put("wte.weight", new long[] {config.vocabulary(), d});
        shapes.put("wpe.weight", new long[] {config.maxPositions(), d});
        for (int l = 0; l < config.layers(); l++) {
            String block = "h." + l + ".";
            addAffine(shapes, block + "ln_1", d);
            addAffine(shapes, block + "attn.c_attn", d, 3 * d);
            addAffine(shapes, block + "attn.c_proj", d, d);
            addAffine(shapes, block + "ln_2", d);
            addAffine(shapes, block + "mlp.c_fc", d, config.innerWidth());
            addAffine(shapes, block + "mlp.c_proj", config.innerWidth(), d);
        }
        addAffine(shapes, "ln_f", d);
    }

    /** A weight and a bias of its last extent. */
    private static void addAffine(Map<String, long[]> shapes, String name, long... weight) {
        shapes.put(name + ".weight", weight);
        shapes.put(name + ".bias", new long[] {weight[weight.length - 1]});
    }

    private static void addLlama(Map<String, long[]> shapes, LlamaConfig config) {
        long d = config.width();
        long query = (long) config.heads() * config.headDim();
        long keyValue = (long) config.kvHeads() * config.headDim();
        shapes.put("embed_tokens.weight", new long[] {config.vocabulary(), d});
        for (int l = 0; l < config.layers(); l++) {
            String block = "layers." + l + ".";
            shapes.put(block + "input_layernorm.weight", new long[] {d});
            addAttention(shapes, block, d, query, keyValue, config.attentionBias());
            shapes.put(block + "post_attention_layernorm.weight", new long[] {d});
            addGatedMlp(shapes, block, d, config.innerWidth(), config.mlpBias());
        }
        shapes.put("norm.weight", new long[] {d});
    }

    private static void addGemma(Map<String, long[]> shapes, GemmaConfig config) {
        long d = config.width();
        long query = (long) config.heads() * config.headDim();
        long keyValue = (long) config.kvHeads() * config.headDim();
        boolean fourNorms = !config.family().equals("gemma");
        shapes.put("embed_tokens.weight", new long[] {config.vocabulary(), d});
        for (int l = 0; l < config.layers(); l++) {
            String block = "layers." + l + ".";
            shapes.put(block + "input_layernorm.weight", new long[] {d});
            addAttention(shapes, block, d, query, keyValue, config.attentionBias());
            if (config.family().equals("gemma3_text")) {
                shapes.put(block + "self_attn.q_norm.weight", new long[] {config.headDim()});
                shapes.put(block + "self_attn.k_norm.weight", new long[] {config.headDim()});
            }
            shapes.put(block + "post_attention_layernorm.weight", new long[] {d});
            if (fourNorms) {
                shapes.put(block + "pre_feedforward_layernorm.weight", new long[] {d});
                shapes.put(block + "post_feedforward_layernorm.weight", new long[] {d});
            }
            addGatedMlp(shapes, block, d, config.innerWidth(), false);
        }
        shapes.put("norm.weight", new long[] {d});
    }

    private static void addAttention(
            Map<String, long[]> shapes, String block, long d, long query, long keyValue, boolean bias) {
        addLinear(shapes, block + "self_attn.q_proj", query, d, bias);
        addLinear(shapes, block + "self_attn.k_proj", keyValue, d, bias);
        addLinear(shapes, block + "self_attn.v_proj", keyValue, d, bias);
        addLinear(shapes, block + "self_attn.o_proj", d, query, bias);
    }

    private static void addGatedMlp(Map<String, long[]> shapes, String block, long d, long inner, boolean bias) {
        addLinear(shapes, block + "mlp.gate_proj", inner, d, bias);
        addLinear(shapes, block + "mlp.up_proj", inner, d, bias);
        addLinear(shapes, block + "mlp.down_proj", d, inner, bias);
    }

    private static void addLinear(Map<String, long[]> shapes, String name, long out, long in, boolean bias) {
        shapes.put(name + ".weight", new long[] {out, in});
        if (bias) {
            shapes.put(name + ".bias", new long[] {out});
        }
    }
}
