package org.ieengine.engine.model.reference;

import static org.ieengine.engine.model.reference.Float64.addTo;
import static org.ieengine.engine.model.reference.Float64.layerNorm;

import java.util.Arrays;
import org.ieengine.engine.model.reference.Float64.Heads;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.ModelWeights;

/** GPT-2 in float64. */
final class Gpt2Reference implements ReferenceTransformer {
    private final Gpt2Config config;
    private final ModelWeights weights;
    private final RoundedProducts products;
    private final double epsilon;

    Gpt2Reference(Gpt2Config config, ModelWeights weights, RoundedProducts products) {
        this.config = config;
        this.weights = weights;
        this.products = products;
        this.epsilon = Float64.asWritten(config.normEpsilon());
    }

    @Override
    public ReferenceStates forward(int[] ids) {
        int d = config.width();
        double[] tokenTable = load("wte.weight");
        double[] positionTable = load("wpe.weight");
        double[][][] states = new double[config.layers() + 1][ids.length][];
        for (int t = 0; t < ids.length; t++) {
            states[0][t] = Float64.row(tokenTable, ids[t], d);
            addTo(states[0][t], Float64.row(positionTable, t, d));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            states[layer + 1] = block(layer, states[layer]);
        }
        double[] normWeight = load("ln_f.weight");
        double[] normBias = load("ln_f.bias");
        double[][] normed = each(states[config.layers()], x -> layerNorm(x, normWeight, normBias, epsilon));
        double[] head = config.tiedHead() ? tokenTable : load("lm_head.weight");
        return new ReferenceStates(states, normed, each(normed, x -> products.linear(x, head, null)));
    }

    private double[][] block(int layer, double[][] input) {
        String h = "h." + layer + ".";
        int d = config.width();
        double[] norm1 = load(h + "ln_1.weight");
        double[] norm1Bias = load(h + "ln_1.bias");
        double[] attention = load(h + "attn.c_attn.weight");
        double[] attentionBias = load(h + "attn.c_attn.bias");
        double[] projection = load(h + "attn.c_proj.weight");
        double[] projectionBias = load(h + "attn.c_proj.bias");
        double[] norm2 = load(h + "ln_2.weight");
        double[] norm2Bias = load(h + "ln_2.bias");
        double[] inner = load(h + "mlp.c_fc.weight");
        double[] innerBias = load(h + "mlp.c_fc.bias");
        double[] outer = load(h + "mlp.c_proj.weight");
        double[] outerBias = load(h + "mlp.c_proj.bias");

        int headDim = d / config.heads();
        double scale = (config.scaleAttention() ? Math.pow(headDim, -0.5) : 1)
                / (config.scaleByInverseLayer() ? layer + 1 : 1);
        double[][] qkv = each(
                input,
                x -> products.kept(products.conv1d(layerNorm(x, norm1, norm1Bias, epsilon), attention, attentionBias)));
        double[][] attended = Float64.attention(
                each(qkv, r -> Arrays.copyOfRange(r, 0, d)),
                each(qkv, r -> Arrays.copyOfRange(r, d, 2 * d)),
                each(qkv, r -> Arrays.copyOfRange(r, 2 * d, 3 * d)),
                new Heads(config.heads(), config.heads(), headDim, scale, 0, 0));
        double[][] out = each(input, double[]::clone);
        for (int t = 0; t < out.length; t++) {
            addTo(out[t], products.conv1d(attended[t], projection, projectionBias));
            double[] hidden = products.conv1d(layerNorm(out[t], norm2, norm2Bias, epsilon), inner, innerBias);
            addTo(out[t], products.conv1d(Float64.activate(hidden, config.activation()), outer, outerBias));
        }
        return out;
    }

    static double[][] each(double[][] rows, java.util.function.UnaryOperator<double[]> operation) {
        return Arrays.stream(rows).map(operation).toArray(double[][]::new);
    }

    private double[] load(String name) {
        return Float64.load(weights, name);
    }
}
