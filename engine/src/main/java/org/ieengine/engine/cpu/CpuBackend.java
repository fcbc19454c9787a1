package org.ieengine.engine.cpu;

import java.util.List;
import java.util.Optional;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.AttentionShape;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Epilogue;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Stopwatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * The reference backend: the processor, in a fixed number of threads. Results are the same bits for any number of threads.
 * Every operation has happened when it returns.
 */
public final class CpuBackend implements Backend {
    /** The published critic's activations of so many pairs, about 200 MB with their gradients. */
    private static final int PAIRS_AT_ONCE = 16_384;

    private final MemoryLedger ledger;
    private final Workers workers;
    private final CpuMemory memory;
    private final CpuMatrices matrices;
    private final CpuNorms norms;
    private final CpuRotary rotary;
    private final CpuAttention attention;
    private final CpuElementwise elementwise;
    private final CpuNextToken nextToken;
    private final CpuCritic critic;
    private final CpuMixture mixture;
    private final String fault;

    /** A backend with so many threads, on OpenBLAS where it can be loaded and plain Java where not (see {@link #warning()}). */
    public CpuBackend(int threads) {
        this(threads, NativeLibraries.load());
    }

    private CpuBackend(int threads, NativeLibraries natives) {
        Sgemm sgemm = natives.openBlas() ? new OpenBlasSgemm() : new PlainSgemm();
        this.ledger = new MemoryLedger(natives.memory());
        this.workers = new Workers(threads, ledger);
        RowPanels panels = new RowPanels(workers);
        this.memory = new CpuMemory(ledger, panels);
        this.matrices = new CpuMatrices(workers, sgemm);
        this.norms = new CpuNorms(panels);
        this.rotary = new CpuRotary(panels);
        this.attention = new CpuAttention(workers, sgemm);
        this.elementwise = new CpuElementwise(panels);
        this.nextToken = new CpuNextToken(panels);
        this.critic = new CpuCritic(workers, matrices);
        this.mixture = new CpuMixture(workers);
        this.fault = natives.fault();
    }

    /** A backend that uses no native library at all: what {@link #CpuBackend(int)} falls back to. */
    public static CpuBackend plainJava(int threads) {
        return new CpuBackend(threads, NativeLibraries.UNUSED);
    }

    @Override
    public String description() {
        return "cpu (" + matrices.name() + ", " + workers.threads()
                + (workers.threads() == 1 ? " thread)" : " threads)");
    }

    /** Why this backend is slower than it could be, and what to do, one line; empty when it is not. */
    public Optional<String> warning() {
        return fault.isEmpty()
                ? Optional.empty()
                : Optional.of("OpenBLAS could not be loaded, matrix products run in plain Java, many times slower ("
                        + fault + "); a writable directory given by -Dorg.bytedeco.javacpp.cachedir may help");
    }

    /** Bytes of tensors and scratch memory held now, outside the Java heap. */
    public long allocatedBytes() {
        return memory.allocatedBytes();
    }

    /** The most bytes of tensors and scratch memory held at once since this backend was made. */
    public long peakBytes() {
        return memory.peakBytes();
    }

    @Override
    public Tensor allocate(long rows, int columns) {
        return memory.allocate(rows, columns);
    }

    @Override
    public Tensor allocateOperand(long rows, int columns) {
        return memory.allocateOperand(rows, columns);
    }

    @Override
    public int operandBytes() {
        return memory.operandBytes();
    }

    @Override
    public long operandBytes(long rows, int columns) {
        return memory.operandBytes(rows, columns);
    }

    @Override
    public Indices indices(int[] values) {
        return memory.indices(values);
    }

    @Override
    public Tensor load(StoredTensor source) {
        return memory.load(source);
    }

    @Override
    public Tensor loadOperand(StoredTensor source) {
        return memory.loadOperand(source);
    }

    @Override
    public void write(float[] values, Tensor target, long firstRow) {
        memory.write(values, target, firstRow);
    }

    @Override
    public void write(int[] values, Indices target) {
        memory.write(values, target);
    }

    @Override
    public void read(Tensor source, long firstRow, int rows, float[] values) {
        memory.read(source, firstRow, rows, values);
    }

    @Override
    public void fill(Tensor target, float value) {
        memory.fill(target, value);
    }

    @Override
    public void copy(Tensor source, Tensor target) {
        memory.copy(source, target);
    }

    @Override
    public void gatherRows(Tensor source, Indices rows, Tensor target) {
        memory.gatherRows(source, rows, target);
    }

    @Override
    public void synchronise() {
        memory.synchronise();
    }

    @Override
    public Recording record(List<Runnable> series) {
        return memory.record(series);
    }

    @Override
    public void reserve(long bytes) {
        memory.reserve(bytes);
    }

    @Override
    public long freeBytes() {
        return memory.freeBytes();
    }

    @Override
    public void linear(Tensor x, Tensor weight, Layout layout, Epilogue epilogue, Tensor out) {
        matrices.linear(x, weight, layout, epilogue, out);
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        matrices.product(a, transposeA, b, transposeB, beta, out);
    }

    @Override
    public void strictProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out) {
        matrices.strictProduct(a, transposeA, b, transposeB, beta, out);
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

    @Override
    public void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out) {
        critic.pairRows(projectedX, projectedY, piece, out);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY) {
        critic.pairRowsBackward(gradient, piece, gradX, gradY);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, Pairing.Permuted permuted, Tensor gradX, Tensor gradY) {
        critic.pairRowsBackward(gradient, permuted, gradX, gradY);
    }

    @Override
    public void pairProducts(Tensor x, Tensor y, PairPiece piece, Tensor out) {
        critic.pairProducts(x, y, piece, out);
    }

    @Override
    public void inputGradient(Tensor gradient, Tensor weight, Tensor in, Tensor out) {
        critic.inputGradient(gradient, weight, in, out);
    }

    @Override
    public void leakyReluBackward(Tensor out, Tensor gradient) {
        critic.leakyReluBackward(out, gradient);
    }

    @Override
    public void columnSums(Tensor x, float beta, Tensor sums) {
        critic.columnSums(x, beta, sums);
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
        critic.donskerVaradhan(scores, weights, exponential, factor, gradient, values, steps);
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
        critic.logistic(scores, offsets, weights, factor, gradient, values, steps);
    }

    @Override
    public void contrast(Tensor scores, float factor, Tensor gradient, Tensor values, OptimiserSteps steps) {
        critic.contrast(scores, factor, gradient, values, steps);
    }

    @Override
    public OptimiserSteps steps(StepPlan plan) {
        return critic.steps(plan);
    }

    @Override
    public void nextStep(OptimiserSteps steps) {
        critic.nextStep(steps);
    }

    @Override
    public ParameterTable parameters(List<Parameter> parameters) {
        return critic.parameters(parameters);
    }

    @Override
    public void adam(ParameterTable parameters, OptimiserSteps steps) {
        critic.adam(parameters, steps);
    }

    @Override
    public PairList pairList(int capacity, int xRows, int yRows) {
        return critic.pairList(capacity, xRows, yRows);
    }

    @Override
    public void write(int[] x, int[] y, PairList target) {
        critic.write(x, y, target);
    }

    @Override
    public int fusedTailFrom(List<Integer> widths) {
        return critic.fusedTailFrom(widths);
    }

    @Override
    public void tailForward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores) {
        critic.tailForward(in, weights, biases, scores);
    }

    @Override
    public void tailBackward(
            Tensor in,
            List<Parameter> weights,
            List<Parameter> biases,
            Tensor scoreGradients,
            float beta,
            Tensor inGradient) {
        critic.tailBackward(in, weights, biases, scoreGradients, beta, inGradient);
    }

    @Override
    public void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance) {
        mixture.columnMoments(x, weights, mean, variance);
    }

    @Override
    public void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out) {
        mixture.standardise(x, shift, scale, out);
    }

    @Override
    public void squaredNorms(Tensor x, Tensor out) {
        mixture.squaredNorms(x, out);
    }

    @Override
    public void nearestCentroid(Tensor products, double[] halfNorms, int[] nearest, double[] scores) {
        mixture.nearestCentroid(products, halfNorms, nearest, scores);
    }

    @Override
    public void mixtureLogSums(
            MixtureSide x, MixtureSide y, MixtureComponents components, double[] sigmas, double[] sums) {
        mixture.mixtureLogSums(x, y, components, sigmas, sums);
    }

    @Override
    public int pairsAtOnce(int bytesPerPair) {
        return PAIRS_AT_ONCE;
    }

    @Override
    public int sideBySide(long pairs) {
        return 1;
    }

    @Override
    public boolean ownMemory() {
        return false;
    }

    @Override
    public boolean uploadsOverlap() {
        return false;
    }

    /** A product by OpenBLAS alone, which lends it as many threads; empty where it cannot be loaded. */
    public Optional<BareProduct> bareProduct(BareProduct.Shape shape) {
        return matrices.usesOpenBlas() ? Optional.of(new BareProduct(shape, workers.threads())) : Optional.empty();
    }

    @Override
    public Stopwatch stopwatch() {
        return new CpuStopwatch();
    }

    /** Ends the threads and frees every tensor that is still open. */
    @Override
    public void close() {
        workers.close();
        ledger.closeAll();
    }
}
