package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.Pairing;

/** Rows of x and y that the pairs of a piece take, computed once into arrays. */
record PairRows(int[] x, int[] y) {
    static PairRows of(PairPiece piece, long count, CpuTensor xRows, CpuTensor yRows) {
        Pairing pairing = piece.pairing();
        if (piece.firstPair() < 0 || piece.firstPair() + count > pairing.pairs()) {
            throw new IllegalArgumentException(
                    "pairs " + piece.firstPair() + " to " + (piece.firstPair() + count) + " of " + pairing.pairs());
        }
        int[] x = new int[Math.toIntExact(count)];
        int[] y = new int[x.length];
        fill(pairing, piece.firstPair(), x, y);
        Shapes.requireRows("pairing: x", x, xRows);
        Shapes.requireRows("pairing: y", y, yRows);
        return new PairRows(x, y);
    }

    private static void fill(Pairing pairing, long first, int[] x, int[] y) {
        if (pairing instanceof Pairing.Permuted) {
            Pairing.Permuted permuted = (Pairing.Permuted) pairing;
            CpuPairList samples = permuted.samples() == null ? null : CpuPairList.open(permuted.samples());
            FeistelPermutation permutation = CpuSteps.open(permuted.steps()).permutation(permuted.pairs());
            for (int i = 0; i < x.length; i++) {
                int own = (int) first + i;
                int other = permutation.apply(own);
                x[i] = samples == null ? own : samples.x()[own];
                y[i] = samples == null ? other : samples.y()[other];
            }
        } else if (pairing instanceof Pairing.Listed) {
            CpuPairList list = CpuPairList.open(((Pairing.Listed) pairing).list());
            System.arraycopy(list.x(), (int) first, x, 0, x.length);
            System.arraycopy(list.y(), (int) first, y, 0, y.length);
        } else if (pairing instanceof Pairing.AllPairs) {
            int across = ((Pairing.AllPairs) pairing).yRows();
            for (int i = 0; i < x.length; i++) {
                x[i] = (int) ((first + i) / across);
                y[i] = (int) ((first + i) % across);
            }
        } else {
            for (int i = 0; i < x.length; i++) {
                x[i] = (int) first + i;
                y[i] = x[i];
            }
        }
    }

    /**
     * Pairs sorted by the row they take, in order within a row: those of row r are order[start[r]] to order[start[r + 1] - 1].
     *
     * @param start [rows + 1]
     * @param order [pairs]
     */
    record ByRow(int[] start, int[] order) {
        static ByRow of(int[] rowOfPair, int rows) {
            int[] start = new int[rows + 1];
            for (int row : rowOfPair) {
                start[row + 1]++;
            }
            for (int r = 0; r < rows; r++) {
                start[r + 1] += start[r];
            }
            int[] next = start.clone();
            int[] order = new int[rowOfPair.length];
            for (int i = 0; i < rowOfPair.length; i++) {
                order[next[rowOfPair[i]]++] = i;
            }
            return new ByRow(start, order);
        }
    }
}
