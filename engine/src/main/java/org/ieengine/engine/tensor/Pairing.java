package org.ieengine.engine.tensor;

/** Which row of x meets which row of y: pair i is (x row, y row). */
public sealed interface Pairing {
    /** Number of pairs. */
    long pairs();

    /** Row i with row i. */
    record Identity(long pairs) implements Pairing {}

    /**
     * x row of sample i with y row of sample permutation(i), a {@link FeistelPermutation} with the keys of the current step; it is
     * computed where it is needed.
     *
     * @param pairs samples
     * @param steps give the keys
     * @param samples [pairs] rows of each sample where samples repeat rows; null when sample i is row i of both
     */
    record Permuted(long pairs, OptimiserSteps steps, PairList samples) implements Pairing {}

    /** The pairs of the list as it is when the operation runs. */
    record Listed(PairList list) implements Pairing {
        @Override
        public long pairs() {
            return list.pairs();
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
