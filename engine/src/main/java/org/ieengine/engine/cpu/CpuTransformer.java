package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.engine.tensor.TransformerOperations;

/** What transformers need besides products. */
final class CpuTransformer implements TransformerOperations {
    private final CpuElementwise elementwise;
    private final CpuNorms norms;
    private final CpuRotary rotary;
    private final CpuAttention attention;
    private final CpuNextToken nextToken;

    CpuTransformer(Workers workers, RowPanels panels, Sgemm sgemm) {
        this.elementwise = new CpuElementwise(panels);
        this.norms = new CpuNorms(panels);
        this.rotary = new CpuRotary(panels);
        this.attention = new CpuAttention(workers, sgemm);
        this.nextToken = new CpuNextToken(panels);
    }

    @Override
    public void embed(Tensor table, Indices tokenIds, float scale, Tensor out) {
        elementwise.embed(table, tokenIds, scale, out);
    }

    @Override
    public void addRows(Tensor table, Indices positions, Tensor x) {
        elementwise.addRows(table, positions, x);
    }

    @Override
    public void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor out) {
        norms.layerNorm(x, weight, bias, epsilon, out);
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float weightOffset, float epsilon, Tensor out) {
        norms.rmsNorm(x, weight, weightOffset, epsilon, out);
    }

    @Override
    public void rotate(Tensor x, int headDim, Tensor cosines, Tensor sines, Indices positions) {
        rotary.rotate(x, headDim, cosines, sines, positions);
    }

    @Override
    public void attention(
            Tensor queries, Tensor keys, Tensor values, PrefixBatch batch, AttentionShape shape, Tensor out) {
        attention.attention(queries, keys, values, batch, shape, out);
    }

    @Override
    public void activate(Tensor x, Activation activation, Tensor out) {
        elementwise.activate(x, activation, out);
    }

    @Override
    public void gate(Tensor gate, Activation activation, Tensor up, Tensor out) {
        elementwise.gate(gate, activation, up, out);
    }

    @Override
    public void add(Tensor x, Tensor into) {
        elementwise.add(x, into);
    }

    @Override
    public void softCap(Tensor x, float cap) {
        elementwise.softCap(x, cap);
    }

    @Override
    public void nextToken(Tensor logits, Indices rows, Indices targets, Tensor out) {
        nextToken.run(logits, rows, targets, out);
    }

    @Override
    public long firstNonFiniteRow(Tensor x) {
        return elementwise.firstNonFiniteRow(x);
    }

    @Override
    public long[] rowHashes(Tensor x) {
        return elementwise.rowHashes(x);
    }
}
