package org.ieengine.engine.model.reference;

import static org.ieengine.engine.model.reference.Float64.addTo;
import static org.ieengine.engine.model.reference.Gpt2Reference.each;

import org.ieengine.engine.model.reference.Float64.Heads;
import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.ModelWeights;

/** Gemma 1, 2 and 3 text in float64. */
final class GemmaReference implements ReferenceTransformer {
    private final GemmaConfig config;
    private final ModelWeights weights;
    private final RoundedProducts products;
    private final double epsilon;

    GemmaReference(GemmaConfig config, ModelWeights weights, RoundedProducts products) {
        this.config = config;
        this.weights = weights;
        this.products = products;
        this.epsilon = Float64.asWritten(config.normEpsilon());
    }

    @Override
    public ReferenceStates forward(int[] ids) {
        double[] tokenTable = load("embed_tokens.weight");
        double[][][] states = new double[config.layers() + 1][ids.length][];
        for (int t = 0; t < ids.length; t++) {
            double[] embedded = Float64.row(tokenTable, ids[t], config.width());
            for (int i = 0; i < embedded.length; i++) {
                embedded[i] *= Math.sqrt(config.width());
            }
            states[0][t] = embedded;
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            states[layer + 1] = block(layer, states[layer]);
        }
        double[] finalNorm = load("norm.weight");
        double[][] normed = each(states[config.layers()], x -> norm(x, finalNorm));
        double[] head = config.tiedHead() ? tokenTable : load("lm_head.weight");
        return new ReferenceStates(states, normed, each(normed, x -> capped(products.linear(x, head, null))));
    }

    private double[][] block(int layer, double[][] input) {
        String block = "layers." + layer + ".";
        String attention = block + "self_attn.";
        double[] inputNorm = load(block + "input_layernorm.weight");
        double[] postAttentionNorm = load(block + "post_attention_layernorm.weight");
        double[] query = load(attention + "q_proj.weight");
        double[] key = load(attention + "k_proj.weight");
        double[] value = load(attention + "v_proj.weight");
        double[] output = load(attention + "o_proj.weight");
        double[] gate = load(block + "mlp.gate_proj.weight");
        double[] up = load(block + "mlp.up_proj.weight");
        double[] down = load(block + "mlp.down_proj.weight");
        boolean version1 = config.family().equals("gemma");

        double[][] normed = each(input, x -> norm(x, inputNorm));
        double[][] queries =
                each(normed, x -> products.kept(products.linear(x, query, bias(attention + "q_proj.bias"))));
        double[][] keys = each(normed, x -> products.kept(products.linear(x, key, bias(attention + "k_proj.bias"))));
        double[][] values =
                each(normed, x -> products.kept(products.linear(x, value, bias(attention + "v_proj.bias"))));
        if (config.family().equals("gemma3_text")) {
            double[] queryNorm = load(attention + "q_norm.weight");
            double[] keyNorm = load(attention + "k_norm.weight");
            queries = each(queries, x -> products.kept(norm(x, queryNorm)));
            keys = each(keys, x -> products.kept(norm(x, keyNorm)));
        }
        double[] frequencies = Float64.inverseFrequencies(config.rope().get(layer), config.headDim());
        for (int t = 0; t < input.length; t++) {
            Float64.rotate(queries[t], frequencies, t);
            Float64.rotate(keys[t], frequencies, t);
            queries[t] = products.kept(queries[t]);
            keys[t] = products.kept(keys[t]);
        }
        Heads heads = new Heads(
                config.heads(),
                config.kvHeads(),
                config.headDim(),
                config.attentionScale(),
                config.scoreCap(),
                config.windows().get(layer));
        double[][] attended = Float64.attention(queries, keys, values, heads);
        double[][] out = each(input, double[]::clone);
        for (int t = 0; t < out.length; t++) {
            double[] joined = products.linear(attended[t], output, bias(attention + "o_proj.bias"));
            addTo(out[t], version1 ? joined : norm(joined, postAttentionNorm));
            double[] innerNorm = version1 ? postAttentionNorm : load(block + "pre_feedforward_layernorm.weight");
            double[] inner = norm(out[t], innerNorm);
            double[] gated = Float64.activate(products.kept(products.linear(inner, gate, null)), config.activation());
            double[] upward = products.kept(products.linear(inner, up, null));
            for (int i = 0; i < gated.length; i++) {
                gated[i] *= upward[i];
            }
            double[] lowered = products.linear(gated, down, null);
            addTo(out[t], version1 ? lowered : norm(lowered, load(block + "post_feedforward_layernorm.weight")));
        }
        return out;
    }

    private double[] norm(double[] x, double[] weight) {
        return Float64.rmsNorm(x, weight, 1, epsilon);
    }

    private double[] capped(double[] logits) {
        if (config.logitCap() > 0) {
            for (int i = 0; i < logits.length; i++) {
                logits[i] = config.logitCap() * Math.tanh(logits[i] / config.logitCap());
            }
        }
        return logits;
    }

    private double[] bias(String name) {
        return config.attentionBias() ? load(name) : null;
    }

    private double[] load(String name) {
        return Float64.load(weights, name);
    }
}
