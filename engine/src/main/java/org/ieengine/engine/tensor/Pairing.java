package org.ieengine.engine.tensor;

/** Which row of x meets which row of y: pair i is (x row, y row). */
public sealed interface Pairing {
    /** Number of pairs. */
    long pairs();

    /** Row i with row i. */
    record Identity(long pairs) implements Pairing {}

    /**
     * Row rows[i] of x with row rows[permutation(i)] of y; the permutation is computed where it is needed.
     *
     * @param permutation of the pairs
     * @param rows [pairs] row of each sample where samples repeat rows; null when sample i is row i
     */
    record Permuted(FeistelPermutation permutation, Indices rows) implements Pairing {
        @Override
        public long pairs() {
            return permutation.n();
        }
    }

    /**
     * Row x[i] with row y[i].
     *
     * @param x [pairs]
     * @param y [pairs]
     */
    record Listed(Indices x, Indices y) implements Pairing {
        @Override
        public long pairs() {
            return x.length();
        }
    }

    /** Every row of x with every row of y: pair i is (i / yRows, i % yRows). */
    record AllPairs(int xRows, int yRows) implements Pairing {
        @Override
        public long pairs() {
            return (long) xRows * yRows;
        }
    }
}
