package org.ieengine.engine.tensor;

import java.util.List;
import org.ieengine.loaders.safetensors.StoredTensor;

/** A backend that has an object for each kind of operations and leaves them to it. */
public abstract class ComposedBackend implements Backend {
    /** Holds tensors. */
    protected abstract MemoryOperations memory();

    /** Multiplies matrices. */
    protected abstract MatrixOperations matrices();

    /** Computes what transformers need besides products. */
    protected abstract TransformerOperations transformer();

    /** Computes what critics need besides products. */
    protected abstract CriticOperations critic();

    /** Computes what values by mixtures need. */
    protected abstract MixtureOperations mixture();

    @Override
    public Tensor allocate(long rows, int columns) {
        return memory().allocate(rows, columns);
    }

    @Override
    public Tensor allocateOperand(long rows, int columns) {
        return memory().allocateOperand(rows, columns);
    }

    @Override
    public int operandBytes() {
        return memory().operandBytes();
    }

    @Override
    public long operandBytes(long rows, int columns) {
        return memory().operandBytes(rows, columns);
    }

    @Override
    public Indices indices(int[] values) {
        return memory().indices(values);
    }

    @Override
    public Tensor load(StoredTensor source) {
        return memory().load(source);
    }

    @Override
    public Tensor loadOperand(StoredTensor source) {
        return memory().loadOperand(source);
    }

    @Override
    public void write(float[] values, Tensor target, long firstRow) {
        memory().write(values, target, firstRow);
    }

    @Override
    public void write(int[] values, Indices target) {
        memory().write(values, target);
    }

    @Override
    public void read(Tensor source, long firstRow, int rows, float[] values) {
        memory().read(source, firstRow, rows, values);
    }

    @Override
    public void fill(Tensor target, float value) {
        memory().fill(target, value);
    }

    @Override
    public void copy(Tensor source, Tensor target) {
        memory().copy(source, target);
    }

    @Override
    public void gatherRows(Tensor source, Indices rows, Tensor target) {
        memory().gatherRows(source, rows, target);
    }

    @Override
    public void synchronise() {
        memory().synchronise();
    }

    @Override
    public Recording record(List<Runnable> series) {
        return memory().record(series);
    }

    @Override
    public void reserve(long bytes) {
        memory().reserve(bytes);
    }

    @Override
    public long freeBytes() {
        return memory().freeBytes();
    }

    @Override
    public void linear(Tensor x, Tensor weight, Layout layout, Epilogue epilogue, Tensor out) {
        matrices().linear(x, weight, layout, epilogue, out);
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        matrices().product(a, transposeA, b, transposeB, beta, out);
    }

    @Override
    public void strictProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        matrices().strictProduct(a, transposeA, b, transposeB, beta, out);
    }

    @Override
    public void embed(Tensor table, Indices tokenIds, float scale, Tensor out) {
        transformer().embed(table, tokenIds, scale, out);
    }

    @Override
    public void addRows(Tensor table, Indices positions, Tensor x) {
        transformer().addRows(table, positions, x);
    }

    @Override
    public void layerNorm(Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor out) {
        transformer().layerNorm(x, weight, bias, epsilon, out);
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float weightOffset, float epsilon, Tensor out) {
        transformer().rmsNorm(x, weight, weightOffset, epsilon, out);
    }

    @Override
    public void rotate(Tensor x, int headDim, Tensor cosines, Tensor sines, Indices positions) {
        transformer().rotate(x, headDim, cosines, sines, positions);
    }

    @Override
    public void attention(
            Tensor queries, Tensor keys, Tensor values, PrefixBatch batch, AttentionShape shape, Tensor out) {
        transformer().attention(queries, keys, values, batch, shape, out);
    }

    @Override
    public void activate(Tensor x, Activation activation, Tensor out) {
        transformer().activate(x, activation, out);
    }

    @Override
    public void gate(Tensor gate, Activation activation, Tensor up, Tensor out) {
        transformer().gate(gate, activation, up, out);
    }

    @Override
    public void add(Tensor x, Tensor into) {
        transformer().add(x, into);
    }

    @Override
    public void softCap(Tensor x, float cap) {
        transformer().softCap(x, cap);
    }

    @Override
    public void nextToken(Tensor logits, Indices rows, Indices targets, Tensor out) {
        transformer().nextToken(logits, rows, targets, out);
    }

    @Override
    public long firstNonFiniteRow(Tensor x) {
        return transformer().firstNonFiniteRow(x);
    }

    @Override
    public long[] rowHashes(Tensor x) {
        return transformer().rowHashes(x);
    }

    @Override
    public void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out) {
        critic().pairRows(projectedX, projectedY, piece, out);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY) {
        critic().pairRowsBackward(gradient, piece, gradX, gradY);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, Pairing.Permuted permuted, Tensor gradX, Tensor gradY) {
        critic().pairRowsBackward(gradient, permuted, gradX, gradY);
    }

    @Override
    public void pairProducts(Tensor x, Tensor y, PairPiece piece, Tensor out) {
        critic().pairProducts(x, y, piece, out);
    }

    @Override
    public void inputGradient(Tensor gradient, Tensor weight, Tensor in, Tensor out) {
        critic().inputGradient(gradient, weight, in, out);
    }

    @Override
    public void leakyReluBackward(Tensor out, Tensor gradient) {
        critic().leakyReluBackward(out, gradient);
    }

    @Override
    public void columnSums(Tensor x, float beta, Tensor sums) {
        critic().columnSums(x, beta, sums);
    }

    @Override
    public void donskerVaradhan(
            Tensor scores,
            Tensor weights,
            Exponential exponential,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps) {
        critic().donskerVaradhan(scores, weights, exponential, factor, gradient, values, steps);
    }

    @Override
    public void logistic(
            Tensor scores,
            Tensor offsets,
            Tensor weights,
            float factor,
            Tensor gradient,
            Tensor values,
            OptimiserSteps steps) {
        critic().logistic(scores, offsets, weights, factor, gradient, values, steps);
    }

    @Override
    public void contrast(Tensor scores, float factor, Tensor gradient, Tensor values, OptimiserSteps steps) {
        critic().contrast(scores, factor, gradient, values, steps);
    }

    @Override
    public OptimiserSteps steps(StepPlan plan) {
        return critic().steps(plan);
    }

    @Override
    public void nextStep(OptimiserSteps steps) {
        critic().nextStep(steps);
    }

    @Override
    public ParameterTable parameters(List<Parameter> parameters) {
        return critic().parameters(parameters);
    }

    @Override
    public void adam(ParameterTable parameters, OptimiserSteps steps) {
        critic().adam(parameters, steps);
    }

    @Override
    public PairList pairList(int capacity, int xRows, int yRows) {
        return critic().pairList(capacity, xRows, yRows);
    }

    @Override
    public void write(int[] x, int[] y, PairList target) {
        critic().write(x, y, target);
    }

    @Override
    public int fusedTailFrom(List<Integer> widths) {
        return critic().fusedTailFrom(widths);
    }

    @Override
    public void tailForward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores) {
        critic().tailForward(in, weights, biases, scores);
    }

    @Override
    public void tailBackward(
            Tensor in,
            List<Parameter> weights,
            List<Parameter> biases,
            Tensor scoreGradients,
            float beta,
            Tensor inGradient) {
        critic().tailBackward(in, weights, biases, scoreGradients, beta, inGradient);
    }

    @Override
    public void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance) {
        mixture().columnMoments(x, weights, mean, variance);
    }

    @Override
    public void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out) {
        mixture().standardise(x, shift, scale, out);
    }

    @Override
    public void squaredNorms(Tensor x, Tensor out) {
        mixture().squaredNorms(x, out);
    }

    @Override
    public void nearestCentroid(Tensor products, double[] halfNorms, int[] nearest, double[] scores) {
        mixture().nearestCentroid(products, halfNorms, nearest, scores);
    }

    @Override
    public void mixtureLogSums(
            MixtureSide x, MixtureSide y, MixtureComponents components, double[] sigmas, double[] sums) {
        mixture().mixtureLogSums(x, y, components, sigmas, sums);
    }
}
