package org.ieengine.engine.tensor;

/**
 * A device that holds tensors and computes with them. Models and critics are written once over this interface; the CPU
 * implementation is the reference for every other. Operations take effect in the order in which they are asked for; results are
 * there for the host after a read or {@link #synchronise()}. Operations check shapes and throw
 * {@link IllegalArgumentException} naming both when they do not fit. One thread at a time.
 */
public interface Backend
        extends MemoryOperations,
                MatrixOperations,
                TransformerOperations,
                CriticOperations,
                MixtureOperations,
                AutoCloseable {
    /** What computes here, for the report: e.g. {@code cpu (OpenBLAS 0.3.31, 2 threads)}. */
    String description();

    /**
     * Most pairs that a critic should take through its layers at once, where a pair takes so many bytes: what keeps the device busy
     * and no more.
     */
    int pairsAtOnce(int bytesPerPair);

    /**
     * How many series of operations on so many pairs each are worth recording side by side, see {@link #record(List)}: 1 where one
     * keeps the device busy.
     */
    int sideBySide(long pairs);

    /** Whether tensors lie in the memory of a device of its own, not in the host's. */
    boolean ownMemory();

    /** Whether tensors are loaded while operations asked for before still run, so that loading early saves time. */
    boolean uploadsOverlap();

    /** Times what is asked of this backend. */
    Stopwatch stopwatch();

    /** Releases threads and memory. */
    @Override
    void close();
}
