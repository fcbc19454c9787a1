package org.ieengine.loaders.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.OptionalInt;
import org.ieengine.loaders.JsonFile;

/** Reads {@code config.json}: decides the family, refuses what no family here computes, and hands over to the family's reader. */
final class ModelConfigReader {
    private static final String SUPPORTED = "gpt2, llama, mistral, gemma, gemma2, gemma3_text";

    /** More blocks than any model has; keeps a damaged number from filling the memory. */
    private static final int MOST_LAYERS = 10_000;

    private ModelConfigReader() {}

    static ModelConfig read(ConfigFile file) {
        String family = family(file);
        refuseWhatNoFamilyComputes(file);
        ModelConfig config =
                switch (family) {
                    case "gpt2" -> Gpt2ConfigReader.read(file);
                    case "llama", "mistral" -> LlamaConfigReader.read(file, family);
                    default -> GemmaConfigReader.read(file, family);
                };
        return config;
    }

    private static String family(ConfigFile file) {
        String type = file.text("model_type", null);
        if (type == null) {
            return familyOfArchitecture(file);
        }
        return switch (type) {
            case "gpt2", "llama", "mistral", "gemma", "gemma2", "gemma3_text" -> type;
            case "gemma3" ->
                throw file.fault(
                        "model_type",
                        "found 'gemma3', a model of text and images, expected its text model alone: extract it with"
                                + " transformers (Gemma3ForCausalLM, model_type gemma3_text) and save that");
            default -> throw file.fault("model_type", "found '" + type + "', expected one of " + SUPPORTED);
        };
    }

    private static String familyOfArchitecture(ConfigFile file) {
        JsonNode architectures = file.value("architectures");
        String first = architectures == null || !architectures.path(0).isTextual()
                ? null
                : architectures.path(0).textValue();
        if (first == null) {
            throw file.fault(
                    "model_type",
                    "not found, nor 'architectures', expected one of " + SUPPORTED + "; is this the config.json of a"
                            + " model?");
        }
        return switch (first) {
            case "GPT2LMHeadModel", "GPT2Model", "GPT2DoubleHeadsModel" -> "gpt2";
            case "LlamaForCausalLM", "LLaMAForCausalLM", "LlamaModel" -> "llama";
            case "MistralForCausalLM", "MistralModel" -> "mistral";
            case "GemmaForCausalLM", "GemmaModel" -> "gemma";
            case "Gemma2ForCausalLM", "Gemma2Model" -> "gemma2";
            case "Gemma3ForCausalLM", "Gemma3TextModel" -> "gemma3_text";
            default ->
                throw file.fault(
                        "model_type",
                        "not found, and the architecture '" + first + "' is unknown, expected one of " + SUPPORTED);
        };
    }

    private static void refuseWhatNoFamilyComputes(ConfigFile file) {
        JsonNode quantization = file.value("quantization_config");
        if (quantization != null) {
            String method = quantization.path("quant_method").asText("unnamed method");
            throw file.fault(
                    "quantization_config",
                    "found a quantised model (" + method + "), expected weights in F32, F16 or BF16; use the"
                            + " unquantised model");
        }
        for (String key : new String[] {"add_cross_attention", "is_encoder_decoder", "use_bidirectional_attention"}) {
            file.refuseUnless(!file.flag(key, false), key, "attention beyond the causal one of a decoder");
        }
        JsonNode pruned = file.value("pruned_heads");
        file.refuseUnless(pruned == null || pruned.isEmpty(), "pruned_heads", "a model without some of its heads");
        JsonNode partial = file.value("partial_rotary_factor");
        file.refuseUnless(
                partial == null || partial.isNumber() && partial.doubleValue() == 1,
                "partial_rotary_factor",
                "rotation of a part of each head");
    }

    /** Number of blocks, bounded. */
    static int layers(ConfigFile file, String key, int absent) {
        int layers = file.size(key, absent);
        if (layers > MOST_LAYERS) {
            throw file.fault(key, "found " + layers + " blocks, expected at most " + MOST_LAYERS);
        }
        return layers;
    }

    /** The id of the beginning of a sequence, where it is one of the vocabulary. */
    static OptionalInt bos(ConfigFile file, int absent, int vocabulary) {
        OptionalInt id = file.tokenId("bos_token_id", absent);
        if (id.isPresent() && id.getAsInt() >= vocabulary) {
            if (file.value("bos_token_id") != null) {
                file.warn("bos_token_id " + id.getAsInt() + " is beyond the vocabulary of " + vocabulary
                        + " and is left out");
            }
            return OptionalInt.empty();
        }
        return id;
    }

    /** Heads, their width, and the key/value heads that they share. */
    record Heads(int heads, int kvHeads, int headDim) {
        static Heads read(ConfigFile file, int heads, int kvHeads, int headDim) {
            if (heads % kvHeads != 0) {
                throw file.fault(
                        "num_key_value_heads",
                        "found " + kvHeads + ", expected a divisor of num_attention_heads, " + heads);
            }
            if (headDim % 2 != 0) {
                throw file.fault(
                        "head_dim", "found " + headDim + ", expected an even number: rotation pairs dimensions");
            }
            if ((long) heads * headDim > Integer.MAX_VALUE) {
                throw file.fault("head_dim", heads + " heads of " + headDim + " are wider than 2^31 - 1");
            }
            return new Heads(heads, kvHeads, headDim);
        }
    }

    /** Width of a head where the configuration leaves it to width and heads. */
    static int dividedWidth(ConfigFile file, String widthKey, int width, int heads) {
        if (width % heads != 0) {
            throw file.fault(widthKey, "found " + width + ", expected a multiple of the number of heads, " + heads);
        }
        return width / heads;
    }

    /** Types of attention per block ({@code layer_types}); null when absent. */
    static boolean[] slidingLayers(ConfigFile file, int layers) {
        JsonNode types = file.value("layer_types");
        if (types == null) {
            return null;
        }
        if (!types.isArray() || types.size() != layers) {
            throw file.fault(
                    "layer_types",
                    "found " + (types.isArray() ? types.size() + " entries" : JsonFile.described(types))
                            + ", expected one for each of " + layers + " blocks");
        }
        boolean[] sliding = new boolean[layers];
        for (int l = 0; l < layers; l++) {
            String type = types.get(l).asText();
            if (!type.equals("sliding_attention") && !type.equals("full_attention")) {
                throw file.fault(
                        "layer_types",
                        "found '" + type + "' for block " + l + ", expected full_attention or sliding_attention");
            }
            sliding[l] = type.equals("sliding_attention");
        }
        return sliding;
    }
}
