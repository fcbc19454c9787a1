package org.ieengine.engine.model;

import org.ieengine.engine.model.RotaryTables.RotaryShape;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.ModelWeights;

/**
 * Gemma 1, 2 and 3 text (Gemma Team 2024, 2025; {@code transformers} GemmaForCausalLM, Gemma2ForCausalLM, Gemma3ForCausalLM):
 * norms that multiply by 1 + weight, a scaled embedding, a tanh-GELU gate. From version 2 on the outputs of attention and MLP are
 * normed before they join the residual stream; version 3 norms queries and keys.
 */
final class Gemma implements Transformer {
    private final GemmaConfig config;
    private final ModelWeights weights;
    private final Backend backend;
    private final boolean normsQueriesAndKeys;
    private final boolean normsOutputs;

    /** Embedding and head: whatever was used since the last block was opened. */
    private final DeviceTensors ends;

    Gemma(GemmaConfig config, ModelWeights weights, Backend backend) {
        this.config = config;
        this.weights = weights;
        this.backend = backend;
        this.normsQueriesAndKeys = config.family().equals("gemma3_text");
        this.normsOutputs = !config.family().equals("gemma");
        this.ends = new DeviceTensors(backend, weights, "");
    }

    @Override
    public GemmaConfig config() {
        return config;
    }

    @Override
    public void embed(PrefixBatch batch, Tensor residualStream) {
        float scale = (float) Math.sqrt(config.width());
        backend.embed(ends.weight("embed_tokens.weight"), batch.tokenIds(), scale, residualStream);
    }

    @Override
    public TransformerBlock openBlock(int layer, int maxRows, int tokens) {
        ends.close();
        DeviceTensors tensors = new DeviceTensors(backend, weights, "layers." + layer + ".");
        return tensors.orClose(() -> new Block(layer, tensors, new BatchLimits(maxRows, tokens)));
    }

    @Override
    public void finalNorm(Tensor residualStream, Tensor out) {
        norm(residualStream, ends.weight("norm.weight"), out);
    }

    @Override
    public void logits(Tensor normed, Tensor out) {
        String head = config.tiedHead() ? "embed_tokens.weight" : "lm_head.weight";
        backend.linear(normed, ends.operandWeight(head), Layout.OUT_IN, Epilogue.NONE, out);
        if (config.logitCap() > 0) {
            backend.softCap(out, (float) config.logitCap());
        }
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
                + limits.bytesOfRows(normsOutputs ? config.width() : 0)
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

    private void norm(Tensor x, Tensor weight, Tensor out) {
        backend.rmsNorm(x, weight, 1, config.normEpsilon(), out);
    }

    private final class Block implements TransformerBlock {
        private final DeviceTensors own;
        private final int keyWidth = config.kvHeads() * config.headDim();
        private final Epilogue queryBias;
        private final Epilogue keyBias;
        private final Epilogue valueBias;
        private final Epilogue outputBias;
        private final Activation activation = DeviceTensors.activation(config.activation());
        private final AttentionShape attention;
        private final RotaryTables rotary;

        /** The norm between attention and MLP: version 1 calls post-attention what the later ones call pre-feedforward. */
        private final Tensor innerNorm;

        private final Tensor normed; // [maxRows, d]
        private final Tensor queries; // [maxRows, heads * headDim]
        private final Tensor attended; // [maxRows, heads * headDim]
        private final Tensor gate; // [maxRows, innerWidth]
        private final Tensor up; // [maxRows, innerWidth]
        private final Tensor output; // [maxRows, d], what is normed before it joins the stream; null where nothing is
        private final KeyValueMemory keysValues; // [T + maxRows, 2 * kvHeads * headDim]

        Block(int layer, DeviceTensors own, BatchLimits limits) {
            this.own = own;
            for (String name : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
                own.operandWeight("self_attn." + name + ".weight");
            }
            for (String name : new String[] {"gate_proj", "up_proj", "down_proj"}) {
                own.operandWeight("mlp." + name + ".weight");
            }
            own.weight("input_layernorm.weight");
            innerNorm =
                    own.weight(normsOutputs ? "pre_feedforward_layernorm.weight" : "post_attention_layernorm.weight");
            if (normsOutputs) {
                own.weight("post_attention_layernorm.weight");
                own.weight("post_feedforward_layernorm.weight");
            }
            if (normsQueriesAndKeys) {
                own.weight("self_attn.q_norm.weight");
                own.weight("self_attn.k_norm.weight");
            }
            queryBias = own.bias(config.attentionBias(), "self_attn.q_proj.bias");
            keyBias = own.bias(config.attentionBias(), "self_attn.k_proj.bias");
            valueBias = own.bias(config.attentionBias(), "self_attn.v_proj.bias");
            outputBias = own.bias(config.attentionBias(), "self_attn.o_proj.bias");
            attention = new AttentionShape(
                    config.heads(),
                    config.kvHeads(),
                    config.headDim(),
                    (float) config.attentionScale(),
                    (float) config.scoreCap(),
                    config.windows().get(layer));
            rotary = RotaryTables.upload(
                    backend, own, config.rope().get(layer), new RotaryShape(limits.tokens(), config.headDim()));
            normed = own.operandWorkspace(limits.maxRows(), config.width());
            queries = own.operandWorkspace(limits.maxRows(), config.heads() * config.headDim());
            attended = own.operandWorkspace(limits.maxRows(), config.heads() * config.headDim());
            gate = own.operandWorkspace(limits.maxRows(), config.innerWidth());
            up = own.operandWorkspace(limits.maxRows(), config.innerWidth());
            output = normsOutputs ? own.workspace(limits.maxRows(), config.width()) : null;
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
            norm(x, own.weight("input_layernorm.weight"), n);
            // q, k, v = n W^T (+ b)
            backend.linear(n, own.operandWeight("self_attn.q_proj.weight"), Layout.OUT_IN, queryBias, q);
            backend.linear(n, own.operandWeight("self_attn.k_proj.weight"), Layout.OUT_IN, keyBias, ownKeys);
            backend.linear(n, own.operandWeight("self_attn.v_proj.weight"), Layout.OUT_IN, valueBias, ownValues);
            // version 3: each head of q and k normed over its own width
            if (normsQueriesAndKeys) {
                norm(q, own.weight("self_attn.q_norm.weight"), q);
                norm(ownKeys, own.weight("self_attn.k_norm.weight"), ownKeys);
            }
            // q, k turned by their positions
            backend.rotate(q, config.headDim(), rotary.cosines(), rotary.sines(), batch.positions());
            backend.rotate(ownKeys, config.headDim(), rotary.cosines(), rotary.sines(), batch.positions());
            // a = softmax(cap(q k^T scale)) v
            backend.attention(
                    q,
                    visible.columnRange(0, keyWidth),
                    visible.columnRange(keyWidth, 2 * keyWidth),
                    batch,
                    attention,
                    a);
            keysValues.carryOver(batch);
            // x += a W^T (+ b), normed from version 2 on
            join(a, own.operandWeight("self_attn.o_proj.weight"), outputBias, "post_attention_layernorm.weight", x);
            // n = norm(x)
            norm(x, innerNorm, n);
            // g = activation(n Wg^T) * (n Wu^T)
            backend.linear(n, own.operandWeight("mlp.gate_proj.weight"), Layout.OUT_IN, Epilogue.NONE, g);
            backend.linear(n, own.operandWeight("mlp.up_proj.weight"), Layout.OUT_IN, Epilogue.NONE, u);
            backend.gate(g, activation, u, g);
            // x += g Wd^T, normed from version 2 on
            join(g, own.operandWeight("mlp.down_proj.weight"), Epilogue.NONE, "post_feedforward_layernorm.weight", x);
        }

        private void join(Tensor in, Tensor weight, Epilogue bias, String normName, Tensor x) {
            if (!normsOutputs) {
                backend.linear(in, weight, Layout.OUT_IN, bias.accumulating(), x);
                return;
            }
            Tensor o = output.rowRange(0, in.rows()); // [R, d]
            backend.linear(in, weight, Layout.OUT_IN, bias, o);
            norm(o, own.weight(normName), o);
            backend.add(o, x);
        }

        @Override
        public void close() {
            own.close();
        }
    }
}
