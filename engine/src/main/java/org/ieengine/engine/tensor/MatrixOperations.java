package org.ieengine.engine.tensor;

/**
 * Matrix products. Factors and results may be operands, see {@link MemoryOperations#allocateOperand}; a result that is one is rounded
 * when it is written.
 */
public interface MatrixOperations {
    /** How a weight lies in memory. */
    enum Layout {
        /** [out, in], PyTorch's Linear: y = x W^T. */
        OUT_IN,
        /** [in, out], GPT-2's Conv1D: y = x W. */
        IN_OUT
    }

    /**
     * out[M, N] = epilogue(x[M, K] times the weight). {@code out} may not overlap {@code x}.
     *
     * @param weight [N, K] for {@link Layout#OUT_IN}, [K, N] for {@link Layout#IN_OUT}
     */
    void linear(Tensor x, Tensor weight, Layout layout, Epilogue epilogue, Tensor out);

    /**
     * out = beta out + op(a) op(b), op transposing where asked: [M, K] times [K, N]. With beta 0 what {@code out} held is not
     * read.
     */
    void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out);

    /** As {@link #product}, always of float32 operands, even where this backend rounds those of other products; what was kept rounded stays so. */
    void strictProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, float beta, Tensor out);
}
