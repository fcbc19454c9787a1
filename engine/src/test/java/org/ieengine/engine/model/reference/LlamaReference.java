package org.ieengine.engine.model.reference;

import static org.ieengine.engine.model.reference.Float64.addTo;
import static org.ieengine.engine.model.reference.Float64.rmsNorm;
import static org.ieengine.engine.model.reference.Gpt2Reference.each;

import org.ieengine.engine.model.reference.Float64.Heads;
import org.ieengine.loaders.model.LlamaConfig;
import org.ieengine.loaders.model.ModelWeights;

/** Llama and Mistral in float64. */
final class LlamaReference implements ReferenceTransformer {
    private final LlamaConfig config;
    private final ModelWeights weights;
    private final RoundedProducts products;
    private final double epsilon;

    LlamaReference(LlamaConfig config, ModelWeights weights, RoundedProducts products) {
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
            states[0][t] = Float64.row(tokenTable, ids[t], config.width());
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            states[layer + 1] = block(layer, states[layer]);
        }
        double[] norm = load("norm.weight");
        double[][] normed = each(states[config.layers()], x -> rmsNorm(x, norm, 0, epsilon));
        double[] head = config.tiedHead() ? tokenTable : load("lm_head.weight");
        return new ReferenceStates(states, normed, each(normed, x -> products.linear(x, head, null)));
    }

    private double[][] block(int layer, double[][] input) {
        String block = "layers." + layer + ".";
        double[] inputNorm = load(block + "input_layernorm.weight");
        double[] innerNorm = load(block + "post_attention_layernorm.weight");
        double[] query = load(block + "self_attn.q_proj.weight");
        double[] key = load(block + "self_attn.k_proj.weight");
        double[] value = load(block + "self_attn.v_proj.weight");
        double[] output = load(block + "self_attn.o_proj.weight");
        double[] gate = load(block + "mlp.gate_proj.weight");
        double[] up = load(block + "mlp.up_proj.weight");
        double[] down = load(block + "mlp.down_proj.weight");
        double[] queryBias = bias(config.attentionBias(), block + "self_attn.q_proj.bias");
        double[] keyBias = bias(config.attentionBias(), block + "self_attn.k_proj.bias");
        double[] valueBias = bias(config.attentionBias(), block + "self_attn.v_proj.bias");
        double[] outputBias = bias(config.attentionBias(), block + "self_attn.o_proj.bias");
        double[] gateBias = bias(config.mlpBias(), block + "mlp.gate_proj.bias");
        double[] upBias = bias(config.mlpBias(), block + "mlp.up_proj.bias");
        double[] downBias = bias(config.mlpBias(), block + "mlp.down_proj.bias");

        double[][] normed = each(input, x -> rmsNorm(x, inputNorm, 0, epsilon));
        double[][] queries = each(normed, x -> products.kept(products.linear(x, query, queryBias)));
        double[][] keys = each(normed, x -> products.kept(products.linear(x, key, keyBias)));
        double[][] values = each(normed, x -> products.kept(products.linear(x, value, valueBias)));
        double[] frequencies = Float64.inverseFrequencies(config.rope(), config.headDim());
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
                Math.pow(config.headDim(), -0.5),
                0,
                config.windows().get(layer));
        double[][] attended = Float64.attention(queries, keys, values, heads);
        double[][] out = each(input, double[]::clone);
        for (int t = 0; t < out.length; t++) {
            addTo(out[t], products.linear(attended[t], output, outputBias));
            double[] inner = rmsNorm(out[t], innerNorm, 0, epsilon);
            double[] gated =
                    Float64.activate(products.kept(products.linear(inner, gate, gateBias)), config.activation());
            double[] upward = products.kept(products.linear(inner, up, upBias));
            for (int i = 0; i < gated.length; i++) {
                gated[i] *= upward[i];
            }
            addTo(out[t], products.linear(gated, down, downBias));
        }
        return out;
    }

    private double[] bias(boolean present, String name) {
        return present ? load(name) : null;
    }

    private double[] load(String name) {
        return Float64.load(weights, name);
    }
}
