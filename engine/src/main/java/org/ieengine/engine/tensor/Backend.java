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

    /**
     * The second projection of a critic's split first layer, and {@link #pairRows} of two whole pairings, every row with its own
     * ({@link Pairing.Identity}) and then with another: with P = y weight^T, out[r] = LeakyReLU(projectedX[r] + P[r]) and
     * out[n + i] = LeakyReLU(projectedX[i] + P[row of y that pair i of the permutation takes]). P may be rounded as projectedY is, or
     * not at all. One after the other, where a backend has no operation of its own for them together.
     *
     * @param y [n, d], may be an operand
     * @param weight [width, d], may be an operand
     * @param projectedX [n, width], may be an operand
     * @param permuted n pairs of samples that are the rows themselves
     * @param projectedY [n, width] working memory, an operand where projectedX is one; undefined afterwards
     * @param out [2 n, width], may be an operand, and is where the others are; shares nothing with them
     */
    default void linearPairs(
            Tensor y, Tensor weight, Tensor projectedX, Pairing.Permuted permuted, Tensor projectedY, Tensor out) {
        long rows = permuted.pairs();
        linear(y, weight, Layout.OUT_IN, Epilogue.NONE, projectedY);
        pairRows(projectedX, projectedY, new PairPiece(new Pairing.Identity(rows), 0), out.rowRange(0, rows));
        pairRows(projectedX, projectedY, new PairPiece(permuted, 0), out.rowRange(rows, 2 * rows));
    }

    /**
     * The gradients of a layer's weight and bias from those of its outputs: weightGradient = beta weightGradient + gradient^T in,
     * biasGradient = beta biasGradient + column sums of gradient. One after the other, where a backend has no operation of its own for
     * them together.
     *
     * @param gradient [n, outputs], may be an operand
     * @param in [n, inputs], may be an operand
     * @param weightGradient [outputs, inputs]
     * @param biasGradient [1, outputs]
     */
    default void weightGradients(Tensor gradient, Tensor in, float beta, Tensor weightGradient, Tensor biasGradient) {
        product(gradient, true, in, false, beta, weightGradient);
        columnSums(gradient, beta, biasGradient);
    }

    /** Releases threads and memory. */
    @Override
    void close();
}
