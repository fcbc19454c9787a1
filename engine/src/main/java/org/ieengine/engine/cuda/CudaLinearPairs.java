package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.LaunchShape;

/**
 * The second projection of a critic's first layer, written as the pairs that its rows are part of: the projection itself is never in
 * memory. By which pair each row is taken is computed once a step, 4 bytes a row: in the product every tile of columns would compute it
 * anew, up to some ten rounds of the permutation one after the other.
 */
final class CudaLinearPairs {
    private static final int THREADS = 256;

    /** Where the keys of the permutation lie in what kernels call CurrentStep. */
    private static final int KEYS = Integer.BYTES;

    private final CudaLauncher device;
    private final OwnProductKernels products;

    /**
     * @param products null where a library computes products
     */
    CudaLinearPairs(CudaLauncher device, OwnProductKernels products) {
        this.device = device;
        this.products = products;
    }

    /** Whether there is a kernel for such matrices: products of bf16, everything in bf16, factors as products take them. */
    boolean takes(Tensor y, Tensor weight, Tensor projectedX, Tensor out) {
        return products != null
                && products.meetsRows(factor(y, false), factor(weight, true))
                && CudaTensor.operand(projectedX).element() == Element.BF16
                && CudaTensor.operand(out).element() == Element.BF16;
    }

    private static Factor factor(Tensor tensor, boolean transposed) {
        return new Factor(CudaTensor.operand(tensor), transposed);
    }

    /** As {@code Backend.linearPairs}, of matrices that it takes. */
    void run(Tensor y, Tensor weight, Tensor projectedX, Pairing.Permuted permuted, Tensor out) {
        Factor left = factor(y, false);
        Factor right = factor(weight, true);
        CudaTensor x = CudaTensor.operand(projectedX);
        CudaTensor to = CudaTensor.operand(out);
        long rows = permuted.pairs();
        int width = to.columns();
        if (left.columns() != right.rows()) {
            throw new IllegalArgumentException("linearPairs: factors " + left + " and " + right + " do not fit");
        }
        CudaShapes.require("linearPairs: y", left.matrix(), rows, left.matrix().columns(), "as many pairs");
        CudaShapes.require(
                "linearPairs: weight", right.matrix(), width, right.matrix().columns(), "output " + to);
        CudaShapes.require("linearPairs: x", x, rows, width, "output " + to);
        CudaShapes.require("linearPairs: output", to, 2 * rows, width, "rows of " + x);
        CudaShapes.requireApart("linearPairs", left.matrix(), to);
        CudaShapes.requireApart("linearPairs", right.matrix(), to);
        CudaShapes.requireApart("linearPairs", x, to);
        if (permuted.samples() != null) {
            throw new IllegalArgumentException("linearPairs: samples of a list are not the rows themselves");
        }
        CudaPairing pairing = CudaPairing.of("linearPairs", new PairPiece(permuted, 0), x, x, left.matrix());
        if (rows > 0) {
            products.meetingRows(left, right, new MetRows(x, takers(pairing.current(), rows)), to);
        }
    }

    /** Address of the pair that takes each row, in working memory. */
    private long takers(long current, long rows) {
        long takers = device.scratch(Integer.BYTES * rows);
        int blocks = Math.toIntExact((rows + THREADS - 1) / THREADS);
        device.launch("permute", LaunchShape.of(blocks, THREADS), current + KEYS, rows, 0L, 0L, takers, rows);
        return takers;
    }
}
