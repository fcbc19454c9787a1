package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.engine.tensor.TransformerOperations;

/** What transformers need besides products. */
final class CudaTransformer implements TransformerOperations {
    private final CudaElementwise elementwise;
    private final CudaNorms norms;
    private final CudaRotary rotary;
    private final CudaAttention attention;
    private final CudaNextToken nextToken;
    private final CudaRows rows;

    CudaTransformer(CudaLauncher device, CudaElementwise elementwise, CudaRows rows) {
        this.elementwise = elementwise;
        this.norms = new CudaNorms(device);
        this.rotary = new CudaRotary(device);
        this.attention = new CudaAttention(device);
        this.nextToken = new CudaNextToken(device);
        this.rows = rows;
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
        return rows.firstNonFiniteRow(x);
    }

    @Override
    public long[] rowHashes(Tensor x) {
        return rows.rowHashes(x);
    }
}
