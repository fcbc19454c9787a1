package org.ieengine.engine.cuda;

import java.util.Locale;
import org.ieengine.engine.tensor.ComposedBackend;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.MatrixOperations;
import org.ieengine.engine.tensor.MemoryOperations;
import org.ieengine.engine.tensor.MixtureOperations;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Stopwatch;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.engine.tensor.TransformerOperations;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuProperties;
import org.ieengine.kernels.VendorActivations;

/**
 * The backend of an NVIDIA GPU: every operation queues kernels of this project, or work of cuBLAS and cuDNN when asked to, on one stream
 * and returns at once; only reads wait. The same work on the same kind of GPU gives the same bits.
 */
public final class CudaBackend extends ComposedBackend {
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
    private final CudaMemory memory;
    private final CudaMatrices matrices;
    private final CudaTransformer transformer;
    private final CudaCritic critic;
    private final CudaLinearPairs linearPairs;
    private final CudaWeightGradients weightGradients;
    private final CudaMixture mixture;
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
        OwnProductKernels own = cublas == null ? openProducts() : null;
        ProductKernels products = cublas == null ? own : new VendorProductKernels(queue, precision, cublas);
        this.weights = new WeightUpload(device, Staging.Room.USUAL.upload());
        CudaRows rows = new CudaRows(queue);
        CudaElementwise elementwise = new CudaElementwise(queue, cudnn);
        CudaColumns columns = new CudaColumns(queue);
        this.memory = new CudaMemory(queue, weights, rows, precision == Precision.BF16 ? Element.BF16 : Element.F32);
        this.matrices = new CudaMatrices(products);
        this.transformer = new CudaTransformer(queue, elementwise, rows);
        this.critic = new CudaCritic(queue, matrices, elementwise, columns);
        this.linearPairs = new CudaLinearPairs(queue, own);
        this.weightGradients = new CudaWeightGradients(own);
        this.mixture = new CudaMixture(queue, columns);
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
    protected MemoryOperations memory() {
        return memory;
    }

    @Override
    protected MatrixOperations matrices() {
        return matrices;
    }

    @Override
    protected TransformerOperations transformer() {
        return transformer;
    }

    @Override
    protected CriticOperations critic() {
        return critic;
    }

    @Override
    protected MixtureOperations mixture() {
        return mixture;
    }

    @Override
    public void linearPairs(
            Tensor y, Tensor weight, Tensor projectedX, Pairing.Permuted permuted, Tensor projectedY, Tensor out) {
        if (linearPairs.takes(y, weight, projectedX, out)) {
            linearPairs.run(y, weight, projectedX, permuted, out);
        } else {
            super.linearPairs(y, weight, projectedX, permuted, projectedY, out);
        }
    }

    @Override
    public void weightGradients(Tensor gradient, Tensor in, float beta, Tensor weightGradient, Tensor biasGradient) {
        if (weightGradients.takes(gradient, in, weightGradient)) {
            weightGradients.run(gradient, in, beta, weightGradient, biasGradient);
        } else {
            super.weightGradients(gradient, in, beta, weightGradient, biasGradient);
        }
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
