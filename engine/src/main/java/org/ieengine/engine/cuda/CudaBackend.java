package org.ieengine.engine.cuda;

import java.util.List;
import java.util.Locale;
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
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuProperties;
import org.ieengine.kernels.VendorActivations;
import org.ieengine.loaders.safetensors.StoredTensor;

/**
 * The backend of an NVIDIA GPU: every operation queues kernels of this project, or work of cuBLAS and cuDNN when asked to, on one stream
 * and returns at once; only reads wait. The same work on the same kind of GPU gives the same bits.
 */
public final class CudaBackend implements Backend {
    /**
     * The published epoch has 600,000 pairs (N = 300,000, joint and permuted), which must not be taken in two pieces: every piece but
     * a single one is taken forward twice.
     */
    private static final long MOST_PAIRS_AT_ONCE = 1 << 20;

    private static final long FEWEST_PAIRS_AT_ONCE = 1024;

    /** With fewer pairs than a tile of a product for each multiprocessor, some of them would idle. */
    private static final int ROWS_OF_TILE = 128;

    private static final int MOST_SIDE_BY_SIDE = 8;

    /** Share of the device's memory that one piece of pairs may take. */
    private static final long PAIRS_SHARE = 8;

    private final GpuDevice device;
    private final GpuProperties properties;
    private final Precision precision;
    private final long memoryCap;
    private final DeviceQueue queue;
    private final CublasGemm cublas;
    private final CudnnActivations cudnn;
    private final WeightUpload weights;
    private final CudaRows rows;
    private final CudaMemory memory;
    private final CudaElementwise elementwise;
    private final CudaNextToken nextToken;
    private final CudaNorms norms;
    private final CudaRotary rotary;
    private final CudaAttention attention;
    private final CudaMatrices matrices;
    private final CudaPairs pairs;
    private final CudaTail tail;
    private final CudaDonskerVaradhan donskerVaradhan;
    private final CudaLogistic logistic;
    private final CudaContrast contrast;
    private final CudaAdam adam;
    private final CudaColumns columns;
    private final CudaMixture mixture;
    private final CudaNearestCentroid nearestCentroid;
    private boolean closed;

    /**
     * A backend on a device, which must be closed after it.
     *
     * @param precision of matrix products
     * @param memoryCap most bytes of device memory to take; {@link Long#MAX_VALUE} for as much as there is
     */
    public CudaBackend(GpuDevice device, Precision precision, long memoryCap) {
        this(device, precision, memoryCap, Libraries.OWN);
    }

    /**
     * A backend on a device, which must be closed after it.
     *
     * @param precision of matrix products
     * @param memoryCap most bytes of device memory to take; {@link Long#MAX_VALUE} for as much as there is
     * @param libraries what computes matrix products and activations
     * @throws org.ieengine.kernels.GpuException of kind UNAVAILABLE with the reason when cuBLAS is to compute and cannot be used
     */
    public CudaBackend(GpuDevice device, Precision precision, long memoryCap, Libraries libraries) {
        this(device, precision, memoryCap, DeviceArena.Placement.PACKED, libraries);
    }

    private CudaBackend(
            GpuDevice device,
            Precision precision,
            long memoryCap,
            DeviceArena.Placement placement,
            Libraries libraries) {
        this.device = device;
        this.properties = device.properties();
        this.precision = precision;
        this.memoryCap = memoryCap;
        this.queue = new DeviceQueue(device, memoryCap, placement, Staging.Room.USUAL);
        this.cublas = libraries == Libraries.VENDOR ? openCublas(device) : null;
        this.cudnn = libraries == Libraries.VENDOR ? openCudnn(device) : null;
        ProductKernels products = cublas == null ? openProducts() : new VendorProductKernels(queue, precision, cublas);
        this.weights = new WeightUpload(device, Staging.Room.USUAL.upload());
        this.rows = new CudaRows(queue);
        this.memory = new CudaMemory(queue, weights, rows, precision == Precision.BF16 ? Element.BF16 : Element.F32);
        this.elementwise = new CudaElementwise(queue, cudnn);
        this.nextToken = new CudaNextToken(queue);
        this.norms = new CudaNorms(queue);
        this.rotary = new CudaRotary(queue);
        this.attention = new CudaAttention(queue);
        this.matrices = new CudaMatrices(products);
        this.pairs = new CudaPairs(queue);
        this.tail = new CudaTail(queue);
        this.donskerVaradhan = new CudaDonskerVaradhan(queue);
        this.logistic = new CudaLogistic(queue);
        this.contrast = new CudaContrast(queue);
        this.adam = new CudaAdam(queue);
        this.columns = new CudaColumns(queue);
        this.mixture = new CudaMixture(queue);
        this.nearestCentroid = new CudaNearestCentroid(queue);
    }

    private OwnProductKernels openProducts() {
        try {
            return OwnProductKernels.open(queue, precision);
        } catch (RuntimeException fault) {
            try {
                queue.close();
            } catch (RuntimeException lost) {
                fault.addSuppressed(lost);
            }
            throw fault;
        }
    }

    private CublasGemm openCublas(GpuDevice device) {
        try {
            return new CublasGemm(device, queue);
        } catch (RuntimeException fault) {
            queue.close();
            throw fault;
        }
    }

    /** Null where cuDNN cannot be used: unlike cuBLAS, it has little to do here. */
    private CudnnActivations openCudnn(GpuDevice device) {
        try {
            return VendorActivations.fault(device).isEmpty() ? new CudnnActivations(device, queue) : null;
        } catch (RuntimeException fault) {
            cublas.close();
            queue.close();
            throw fault;
        }
    }

    /**
     * A backend whose tensors are each an allocation of their own, so that a device that guards allocations sees every access
     * beyond a tensor. Slower: freeing one waits for the device.
     */
    public static CudaBackend withTensorsApart(GpuDevice device, Precision precision) {
        return new CudaBackend(device, precision, Long.MAX_VALUE, DeviceArena.Placement.APART, Libraries.OWN);
    }

    @Override
    public String description() {
        return "cuda:" + properties.index() + " (" + properties.name() + ", "
                + precision.name().toLowerCase(Locale.ROOT) + ", " + computing() + ")";
    }

    private String computing() {
        if (cublas == null) {
            return "own kernels";
        }
        return cudnn == null ? "vendor libraries: cuBLAS" : "vendor libraries: cuBLAS, cuDNN";
    }

    /** Tells {@code observer} of every kernel, copy and call of a library that is queued from now on. */
    public void observe(LaunchObserver observer) {
        queue.observe(observer);
    }

    /** Bytes of tensors, indices and working memory held now. */
    public long allocatedBytes() {
        return queue.arena().allocatedBytes();
    }

    /** The most bytes of tensors, indices and working memory held at once since this backend was made. */
    public long peakBytes() {
        return queue.arena().peakBytes();
    }

    /** Bytes of device memory taken from the driver: what other programs cannot have. */
    public long deviceBytes() {
        return queue.arena().segmentBytes() + weights.deviceBytes();
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
        return rows.firstNonFiniteRow(x);
    }

    @Override
    public long[] rowHashes(Tensor x) {
        return rows.rowHashes(x);
    }

    @Override
    public void pairRows(Tensor projectedX, Tensor projectedY, PairPiece piece, Tensor out) {
        pairs.pairRows(projectedX, projectedY, piece, out);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, PairPiece piece, Tensor gradX, Tensor gradY) {
        pairs.pairRowsBackward(gradient, piece, gradX, gradY);
    }

    @Override
    public void pairRowsBackward(Tensor gradient, Pairing.Permuted permuted, Tensor gradX, Tensor gradY) {
        pairs.pairRowsBackward(gradient, permuted, gradX, gradY);
    }

    @Override
    public void pairProducts(Tensor x, Tensor y, PairPiece piece, Tensor out) {
        pairs.pairProducts(x, y, piece, out);
    }

    @Override
    public void inputGradient(Tensor gradient, Tensor weight, Tensor in, Tensor out) {
        matrices.inputGradient(gradient, weight, in, out);
    }

    @Override
    public void leakyReluBackward(Tensor out, Tensor gradient) {
        elementwise.leakyReluBackward(out, gradient);
    }

    @Override
    public void columnSums(Tensor x, float beta, Tensor sums) {
        columns.columnSums(x, beta, sums);
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
        donskerVaradhan.run(scores, weights, exponential, factor, gradient, values, steps);
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
        logistic.run(scores, offsets, weights, factor, gradient, values, steps);
    }

    @Override
    public void contrast(Tensor scores, float factor, Tensor gradient, Tensor values, OptimiserSteps steps) {
        contrast.run(scores, factor, gradient, values, steps);
    }

    @Override
    public OptimiserSteps steps(StepPlan plan) {
        return new CudaSteps(queue, plan);
    }

    @Override
    public void nextStep(OptimiserSteps steps) {
        CudaSteps.open(steps).next();
    }

    @Override
    public ParameterTable parameters(List<Parameter> parameters) {
        return adam.parameters(parameters);
    }

    @Override
    public void adam(ParameterTable parameters, OptimiserSteps steps) {
        adam.step(parameters, steps);
    }

    @Override
    public PairList pairList(int capacity, int xRows, int yRows) {
        return new CudaPairList(queue, capacity, xRows, yRows);
    }

    @Override
    public void write(int[] x, int[] y, PairList target) {
        CudaPairList.open(target).write(x, y);
    }

    @Override
    public int fusedTailFrom(List<Integer> widths) {
        return tail.fusedTailFrom(widths);
    }

    @Override
    public void tailForward(Tensor in, List<Parameter> weights, List<Parameter> biases, Tensor scores) {
        tail.forward(in, weights, biases, scores);
    }

    @Override
    public void tailBackward(
            Tensor in,
            List<Parameter> weights,
            List<Parameter> biases,
            Tensor scoreGradients,
            float beta,
            Tensor inGradient) {
        tail.backward(in, weights, biases, scoreGradients, beta, inGradient);
    }

    @Override
    public void columnMoments(Tensor x, double[] weights, double[] mean, double[] variance) {
        columns.columnMoments(x, weights, mean, variance);
    }

    @Override
    public void standardise(Tensor x, Tensor shift, Tensor scale, Tensor out) {
        columns.standardise(x, shift, scale, out);
    }

    @Override
    public void squaredNorms(Tensor x, Tensor out) {
        columns.squaredNorms(x, out);
    }

    @Override
    public void nearestCentroid(Tensor products, double[] halfNorms, int[] nearest, double[] scores) {
        nearestCentroid.run(products, halfNorms, nearest, scores);
    }

    @Override
    public void mixtureLogSums(
            MixtureSide x, MixtureSide y, MixtureComponents components, double[] sigmas, double[] sums) {
        mixture.logSums(x, y, components, sigmas, sums);
    }

    @Override
    public int pairsAtOnce(int bytesPerPair) {
        long room = Math.min(memoryCap, properties.totalBytes()) / PAIRS_SHARE;
        long pairs = Math.max(FEWEST_PAIRS_AT_ONCE, Math.min(MOST_PAIRS_AT_ONCE, room / bytesPerPair));
        return (int) (pairs / FEWEST_PAIRS_AT_ONCE * FEWEST_PAIRS_AT_ONCE);
    }

    @Override
    public int sideBySide(long pairs) {
        long busy = (long) ROWS_OF_TILE * properties.multiprocessors();
        return cublas != null ? 1 : (int) Math.max(1, Math.min(MOST_SIDE_BY_SIDE, busy / Math.max(1, pairs) + 1));
    }

    @Override
    public boolean ownMemory() {
        return true;
    }

    @Override
    public boolean uploadsOverlap() {
        return true;
    }

    @Override
    public Stopwatch stopwatch() {
        return queue.stopwatch();
    }

    /**
     * Ends all work and frees every tensor that is still open; the device stays. On a device that is known to be lost there is no work
     * to wait for.
     */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try (queue;
                    cublas;
                    cudnn;
                    weights) {
                if (!device.lost()) {
                    weights.finish();
                }
            }
        }
    }
}
