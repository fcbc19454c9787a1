package org.ieengine.engine.cpu;

import java.util.Optional;
import org.ieengine.engine.tensor.ComposedBackend;
import org.ieengine.engine.tensor.CriticOperations;
import org.ieengine.engine.tensor.MatrixOperations;
import org.ieengine.engine.tensor.MemoryOperations;
import org.ieengine.engine.tensor.MixtureOperations;
import org.ieengine.engine.tensor.Stopwatch;
import org.ieengine.engine.tensor.TransformerOperations;

/**
 * The reference backend: the processor, in a fixed number of threads. Results are the same bits for any number of threads.
 * Every operation has happened when it returns.
 */
public final class CpuBackend extends ComposedBackend {
    /** The published critic's activations of so many pairs, about 200 MB with their gradients. */
    private static final int PAIRS_AT_ONCE = 16_384;

    private final MemoryLedger ledger;
    private final Workers workers;
    private final CpuMemory memory;
    private final CpuMatrices matrices;
    private final CpuTransformer transformer;
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
        this.transformer = new CpuTransformer(workers, panels, sgemm);
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
