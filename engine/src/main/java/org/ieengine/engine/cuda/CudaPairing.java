package org.ieengine.engine.cuda;

import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.Pairing;

/**
 * A pairing as kernels are given it.
 *
 * @param code which kind it is
 * @param current address of the current step, 0 for none
 * @param list address of the list, 0 for none
 * @param all pairs of the whole pairing
 * @param xRows of all pairs
 * @param yRows of all pairs
 */
record CudaPairing(Code code, long current, long list, long all, int xRows, int yRows) {
    /** The numbers of PairingCode in the kernels. */
    enum Code {
        IDENTITY,
        LISTED,
        PERMUTED,
        PERMUTED_SAMPLES,
        ALL
    }

    static CudaPairing of(String operation, PairPiece piece, CudaTensor pairs, CudaTensor x, CudaTensor y) {
        Pairing pairing = piece.pairing();
        long all = pairing.pairs();
        long end = piece.firstPair() + pairs.rows();
        if (piece.firstPair() < 0 || end > all) {
            throw new IllegalArgumentException(
                    operation + ": pairs " + piece.firstPair() + " to " + end + " of " + all);
        }
        if (pairing instanceof Pairing.Listed) {
            CudaPairList list = CudaPairList.open(((Pairing.Listed) pairing).list());
            list.requireRowsOf(operation, x, y);
            return new CudaPairing(Code.LISTED, 0, list.address(), all, 0, 0);
        }
        if (pairing instanceof Pairing.AllPairs) {
            Pairing.AllPairs across = (Pairing.AllPairs) pairing;
            requireRows(operation, across.xRows(), across.yRows(), x, y);
            return new CudaPairing(Code.ALL, 0, 0, all, across.xRows(), across.yRows());
        }
        if (pairing instanceof Pairing.Permuted) {
            return permuted(operation, (Pairing.Permuted) pairing, end, x, y);
        }
        requireRows(operation, end, end, x, y);
        return new CudaPairing(Code.IDENTITY, 0, 0, all, 0, 0);
    }

    private static CudaPairing permuted(
            String operation, Pairing.Permuted pairing, long end, CudaTensor x, CudaTensor y) {
        int all = Math.toIntExact(pairing.pairs());
        long current = CudaSteps.open(pairing.steps()).current();
        if (pairing.samples() == null) {
            requireRows(operation, end, all, x, y);
            return new CudaPairing(Code.PERMUTED, current, 0, all, 0, 0);
        }
        CudaPairList samples = CudaPairList.open(pairing.samples());
        if (samples.pairs() != all) {
            throw new IllegalArgumentException(
                    operation + ": a permutation of " + all + " with a list of " + samples.pairs() + " samples");
        }
        samples.requireRowsOf(operation, x, y);
        return new CudaPairing(Code.PERMUTED_SAMPLES, current, samples.address(), all, 0, 0);
    }

    private static void requireRows(String operation, long xRows, long yRows, CudaTensor x, CudaTensor y) {
        if (xRows > x.rows() || yRows > y.rows()) {
            throw new IllegalArgumentException(operation + ": pairs of " + xRows + " rows of x and " + yRows
                    + " rows of y, given x " + x + " and y " + y);
        }
    }

    /** Whether no two pairs share a row of x or of y. */
    boolean distinct() {
        return code == Code.IDENTITY || code == Code.PERMUTED;
    }
}
