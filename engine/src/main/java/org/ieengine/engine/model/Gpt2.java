package org.ieengine.engine.model;

import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.MatrixOperations.Layout;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.ModelWeights;

/**
 * GPT-2 (Radford et al. 2019; {@code transformers} GPT2LMHeadModel): learned positions, layer norm before attention and MLP,
 * weights as [in, out].
 */
final class Gpt2 implements Transformer {
    private final Gpt2Config config;
    private final ModelWeights weights;
    private final Backend backend;

    /** Embedding and head: whatever was used since the last block was opened. */
    private final DeviceTensors ends;

    Gpt2(Gpt2Config config, ModelWeights weights, Backend backend) {
        this.config = config;
        this.weights = weights;
        this.backend = backend;
        this.ends = new DeviceTensors(backend, weights, "");
    }

    @Override
    public Gpt2Config config() {
        return config;
    }

    @Override
    public void embed(PrefixBatch batch, Tensor residualStream) {
        backend.embed(ends.weight("wte.weight"), batch.tokenIds(), 1, residualStream);
        backend.addRows(ends.weight("wpe.weight"), batch.positions(), residualStream);
    }

    @Override
    public TransformerBlock openBlock(int layer, int maxRows, int tokens) {
        ends.close();
        DeviceTensors tensors = new DeviceTensors(backend, weights, "h." + layer + ".");
        return tensors.orClose(() -> new Block(layer, tensors, new BatchLimits(maxRows, tokens)));
    }

    @Override
    public void finalNorm(Tensor residualStream, Tensor out) {
        backend.layerNorm(
                residualStream, ends.weight("ln_f.weight"), ends.weight("ln_f.bias"), config.normEpsilon(), out);
    }

    @Override
    public void logits(Tensor normed, Tensor out) {
        String head = config.tiedHead() ? "wte.weight" : "lm_head.weight";
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
        return DeviceTensors.blockBytes(weights, "h." + layer + ".", operands)
                + limits.bytesOfRows(operands, config.width(), config.width(), config.innerWidth())
                + KeyValueMemory.bytes(limits, operands, 3 * config.width());
    }

    @Override
    public long embeddingBytes() {
        return DeviceTensors.bytes(weights, "wte.") + DeviceTensors.bytes(weights, "wpe.");
    }

    @Override
    public void close() {
        ends.close();
    }

    private final class Block implements TransformerBlock {
        private final DeviceTensors own;
        private final int d = config.width();
        private final Epilogue queryKeyValueBias;
        private final Epilogue attentionBias;
        private final Epilogue innerBias;
        private final Epilogue outerBias;
        private final AttentionShape attention;
        private final Tensor normed; // [maxRows, d]
        private final Tensor attended; // [maxRows, d]
        private final Tensor inner; // [maxRows, innerWidth]
        private final KeyValueMemory queriesKeysValues; // [T + maxRows, 3 d]: the queries ride along, it is one product

        Block(int layer, DeviceTensors own, BatchLimits limits) {
            this.own = own;
            for (String name : new String[] {"ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias"}) {
                own.weight(name);
            }
            for (String name : new String[] {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"}) {
                own.operandWeight(name + ".weight");
            }
            queryKeyValueBias = own.bias(true, "attn.c_attn.bias");
            attentionBias = own.bias(true, "attn.c_proj.bias").accumulating();
            innerBias = own.bias(true, "mlp.c_fc.bias").withActivation(DeviceTensors.activation(config.activation()));
            outerBias = own.bias(true, "mlp.c_proj.bias").accumulating();
            int headDim = d / config.heads();
            double scale = (config.scaleAttention() ? 1 / Math.sqrt(headDim) : 1)
                    / (config.scaleByInverseLayer() ? layer + 1 : 1);
            attention = new AttentionShape(config.heads(), config.heads(), headDim, (float) scale, 0, 0);
            normed = own.operandWorkspace(limits.maxRows(), d);
            attended = own.operandWorkspace(limits.maxRows(), d);
            inner = own.operandWorkspace(limits.maxRows(), config.innerWidth());
            queriesKeysValues = new KeyValueMemory(backend, own, limits, 3 * d);
        }

        @Override
        public void forward(PrefixBatch batch, Tensor x) {
            Tensor ownRows = queriesKeysValues.own(batch); // [R, 3 d]
            Tensor visible = queriesKeysValues.visible(batch); // [T + R, 3 d]
            Tensor normedRows = normed.rowRange(0, batch.rows()); // [R, d]
            Tensor attendedRows = attended.rowRange(0, batch.rows()); // [R, d]
            Tensor innerRows = inner.rowRange(0, batch.rows()); // [R, innerWidth]

            // n = norm(x)
            backend.layerNorm(x, own.weight("ln_1.weight"), own.weight("ln_1.bias"), config.normEpsilon(), normedRows);
            // q | k | v = n W + b
            backend.linear(
                    normedRows, own.operandWeight("attn.c_attn.weight"), Layout.IN_OUT, queryKeyValueBias, ownRows);
            // a = softmax(q k^T scale) v
            backend.attention(
                    ownRows.columnRange(0, d),
                    visible.columnRange(d, 2 * d),
                    visible.columnRange(2 * d, 3 * d),
                    batch,
                    attention,
                    attendedRows);
            queriesKeysValues.carryOver(batch);
            // x += a W + b
            backend.linear(attendedRows, own.operandWeight("attn.c_proj.weight"), Layout.IN_OUT, attentionBias, x);
            // n = norm(x)
            backend.layerNorm(x, own.weight("ln_2.weight"), own.weight("ln_2.bias"), config.normEpsilon(), normedRows);
            // i = activation(n W + b)
            backend.linear(normedRows, own.operandWeight("mlp.c_fc.weight"), Layout.IN_OUT, innerBias, innerRows);
            // x += i W + b
            backend.linear(innerRows, own.operandWeight("mlp.c_proj.weight"), Layout.IN_OUT, outerBias, x);
        }

        @Override
        public void close() {
            own.close();
        }
    }
}
