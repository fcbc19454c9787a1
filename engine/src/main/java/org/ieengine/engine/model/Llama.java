package org.ieengine.engine.model;

import org.ieengine.engine.model.RotaryTables.RotaryShape;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.LlamaConfig;
import org.ieengine.loaders.model.ModelWeights;

/**
 * Llama, OpenLlama and Mistral (Touvron et al. 2023; {@code transformers} LlamaForCausalLM, MistralForCausalLM): RMS norms,
 * rotary positions, grouped key/value heads, gated MLP.
 */
final class Llama implements Transformer {
    private final LlamaConfig config;
    private final ModelWeights weights;
    private final Backend backend;

    /** Embedding and head: whatever was used since the last block was opened. */
    private final DeviceTensors ends;

    Llama(LlamaConfig config, ModelWeights weights, Backend backend) {
        this.config = config;
        this.weights = weights;
        this.backend = backend;
        this.ends = new DeviceTensors(backend, weights, "");
    }

    @Override
    public LlamaConfig config() {
        return config;
    }

    @Override
    public void embed(PrefixBatch batch, Tensor residualStream) {
        backend.embed(ends.weight("embed_tokens.weight"), batch.tokenIds(), 1, residualStream);
    }

    @Override
    public TransformerBlock openBlock(int layer, int maxRows, int tokens) {
        ends.close();
        DeviceTensors tensors = new DeviceTensors(backend, weights, "layers." + layer + ".");
        return tensors.orClose(() -> new Block(layer, tensors, new BatchLimits(maxRows, tokens)));
    }

    @Override
    public void finalNorm(Tensor residualStream, Tensor out) {
        backend.rmsNorm(residualStream, ends.weight("norm.weight"), 0, config.normEpsilon(), out);
    }

    @Override
    public void logits(Tensor normed, Tensor out) {
        String head = config.tiedHead() ? "embed_tokens.weight" : "lm_head.weight";
        backend.linear(normed, ends.operandWeight(head), Layout.OUT_IN, Epilogue.NONE, out);
    }

    @Override
    public void releaseEnds() {
        ends.close();
    }

    @Override
    public long blockBytes(int layer, int maxRows, int tokens) {
        BatchLimits limits = new BatchLimits(maxRows, tokens);
        OperandRows operands = OperandRows.of(backend);
        int queryWidth = config.heads() * config.headDim();
        int inner = config.innerWidth();
        return DeviceTensors.blockBytes(weights, "layers." + layer + ".", operands)
                + new RotaryShape(tokens, config.headDim()).bytes()
                + limits.bytesOfRows(operands, config.width(), queryWidth, queryWidth, inner, inner)
                + KeyValueMemory.bytes(limits, operands, 2 * config.kvHeads() * config.headDim());
    }

    @Override
    public long embeddingBytes() {
        return DeviceTensors.bytes(weights, "embed_tokens.");
    }

    @Override
    public void close() {
        ends.close();
    }

    private final class Block implements TransformerBlock {
        private final DeviceTensors own;
        private final int keyWidth = config.kvHeads() * config.headDim();
        private final Epilogue queryBias;
        private final Epilogue keyBias;
        private final Epilogue valueBias;
        private final Epilogue outputBias;
        private final Epilogue gateBias;
        private final Epilogue upBias;
        private final Epilogue downBias;
        private final Activation activation = DeviceTensors.activation(config.activation());
        private final AttentionShape attention;
        private final RotaryTables rotary;
        private final Tensor normed; // [maxRows, d]
        private final Tensor queries; // [maxRows, heads * headDim]
        private final Tensor attended; // [maxRows, heads * headDim]
        private final Tensor gate; // [maxRows, innerWidth]
        private final Tensor up; // [maxRows, innerWidth]
        private final KeyValueMemory keysValues; // [T + maxRows, 2 * kvHeads * headDim]

        Block(int layer, DeviceTensors own, BatchLimits limits) {
            this.own = own;
            own.weight("input_layernorm.weight");
            own.weight("post_attention_layernorm.weight");
            for (String name : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
                own.operandWeight("self_attn." + name + ".weight");
            }
            for (String name : new String[] {"gate_proj", "up_proj", "down_proj"}) {
                own.operandWeight("mlp." + name + ".weight");
            }
            queryBias = own.bias(config.attentionBias(), "self_attn.q_proj.bias");
            keyBias = own.bias(config.attentionBias(), "self_attn.k_proj.bias");
            valueBias = own.bias(config.attentionBias(), "self_attn.v_proj.bias");
            outputBias =
                    own.bias(config.attentionBias(), "self_attn.o_proj.bias").accumulating();
            gateBias = own.bias(config.mlpBias(), "mlp.gate_proj.bias");
            upBias = own.bias(config.mlpBias(), "mlp.up_proj.bias");
            downBias = own.bias(config.mlpBias(), "mlp.down_proj.bias").accumulating();
            attention = new AttentionShape(
                    config.heads(),
                    config.kvHeads(),
                    config.headDim(),
                    (float) (1 / Math.sqrt(config.headDim())),
                    0,
                    config.windows().get(layer));
            rotary = RotaryTables.upload(
                    backend, own, config.rope(), new RotaryShape(limits.tokens(), config.headDim()));
            normed = own.operandWorkspace(limits.maxRows(), config.width());
            queries = own.operandWorkspace(limits.maxRows(), config.heads() * config.headDim());
            attended = own.operandWorkspace(limits.maxRows(), config.heads() * config.headDim());
            gate = own.operandWorkspace(limits.maxRows(), config.innerWidth());
            up = own.operandWorkspace(limits.maxRows(), config.innerWidth());
            keysValues = new KeyValueMemory(backend, own, limits, 2 * keyWidth);
        }

        @Override
        public void forward(PrefixBatch batch, Tensor x) {
            Tensor ownKeys = keysValues.own(batch).columnRange(0, keyWidth); // [R, kvHeads * headDim]
            Tensor ownValues = keysValues.own(batch).columnRange(keyWidth, 2 * keyWidth);
            Tensor visible = keysValues.visible(batch); // [T + R, 2 * kvHeads * headDim]
            Tensor n = normed.rowRange(0, batch.rows()); // [R, d]
            Tensor q = queries.rowRange(0, batch.rows()); // [R, heads * headDim]
            Tensor a = attended.rowRange(0, batch.rows()); // [R, heads * headDim]
            Tensor g = gate.rowRange(0, batch.rows()); // [R, innerWidth]
            Tensor u = up.rowRange(0, batch.rows()); // [R, innerWidth]

            // n = norm(x)
            backend.rmsNorm(x, own.weight("input_layernorm.weight"), 0, config.normEpsilon(), n);
            // q, k, v = n W^T (+ b)
            backend.linear(n, own.operandWeight("self_attn.q_proj.weight"), Layout.OUT_IN, queryBias, q);
            backend.linear(n, own.operandWeight("self_attn.k_proj.weight"), Layout.OUT_IN, keyBias, ownKeys);
            backend.linear(n, own.operandWeight("self_attn.v_proj.weight"), Layout.OUT_IN, valueBias, ownValues);
            // q, k turned by their positions
            backend.rotate(q, config.headDim(), rotary.cosines(), rotary.sines(), batch.positions());
            backend.rotate(ownKeys, config.headDim(), rotary.cosines(), rotary.sines(), batch.positions());
            // a = softmax(q k^T / sqrt(headDim)) v
            backend.attention(
                    q,
                    visible.columnRange(0, keyWidth),
                    visible.columnRange(keyWidth, 2 * keyWidth),
                    batch,
                    attention,
                    a);
            keysValues.carryOver(batch);
            // x += a W^T (+ b)
            backend.linear(a, own.operandWeight("self_attn.o_proj.weight"), Layout.OUT_IN, outputBias, x);
            // n = norm(x)
            backend.rmsNorm(x, own.weight("post_attention_layernorm.weight"), 0, config.normEpsilon(), n);
            // g = activation(n Wg^T) * (n Wu^T)
            backend.linear(n, own.operandWeight("mlp.gate_proj.weight"), Layout.OUT_IN, gateBias, g);
            backend.linear(n, own.operandWeight("mlp.up_proj.weight"), Layout.OUT_IN, upBias, u);
            backend.gate(g, activation, u, g);
            // x += g Wd^T (+ b)
            backend.linear(g, own.operandWeight("mlp.down_proj.weight"), Layout.OUT_IN, downBias, x);
        }

        @Override
        public void close() {
            own.close();
        }
    }
}
