package org.ieengine.engine.mi;

import java.util.Arrays;
import java.util.function.BiConsumer;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/**
 * Clusters of states: k-means (Lloyd 1982) from seeds drawn in rounds in proportion to the squared distance from those before
 * (Bahmani et al. 2012, "Scalable k-means++", without its reclustering). States of one cluster are the ones that are hard to tell
 * apart. Which cluster a state is in is a function of the state alone: that of the nearest centroid.
 *
 * @param label [S] cluster of each row
 * @param count number of clusters K
 */
record StateClusters(int[] label, int count) {
    /** Rows that seeds and centroids come from, for each cluster. */
    private static final int ROWS_PER_CLUSTER = 16;

    /** Most clusters, and states in each of them at least, on average. */
    static final int MOST = 1024;

    private static final int STATES_PER_CLUSTER = 4;

    /** So few states are not worth it. */
    private static final int FEWEST_STATES = 512;

    /** No clusters. */
    static final StateClusters NONE = new StateClusters(new int[0], 0);

    private static final int ROUNDS = 16;
    private static final int ITERATIONS = 3;

    /** States whose products with the centroids are taken at once, few enough for the caches of a processor. */
    private static final int CHUNK = 512;

    /**
     * The same on a device: its multiprocessors share a product, with 1,024 centroids 512 tiles of 128 by 64, and the host waits 74
     * times for 300,000 states.
     */
    private static final int DEVICE_CHUNK = 4096;

    /** States that lie on the heap at once. */
    private static final int PIECE = 512;

    /** Loads standardised states of the given rows, [rows.length, d]. */
    interface Loader extends BiConsumer<int[], Tensor> {}

    /** Finds them; {@link #NONE} for few states. */
    static StateClusters of(Backend backend, Loader states, Rows rows, Philox stream) {
        if (rows.drawn.length < FEWEST_STATES) {
            return NONE;
        }
        int k = most(rows.drawn.length);
        int[] sample = Arrays.copyOf(rows.drawn, Math.min(rows.drawn.length, ROWS_PER_CLUSTER * k));
        int[] label = new int[rows.all];
        int[] every = new int[rows.all];
        Arrays.setAll(every, i -> i);
        int most = chunk(backend, rows.all);
        try (Tensor centroids = backend.allocate(k, rows.d);
                Tensor chunk = backend.allocate(most, rows.d);
                Tensor products = backend.allocate(most, k)) {
            Search search = new Search(backend, states, chunk, products, centroids);
            int found = search.seed(sample, stream);
            for (int i = 0; i < ITERATIONS; i++) {
                search.improve(sample, found);
            }
            search.assign(
                    every,
                    found,
                    (from, loaded, nearest, scores) -> System.arraycopy(nearest, 0, label, from, nearest.length));
            return new StateClusters(label, found);
        }
    }

    /** Most clusters of so many states. */
    static int most(long states) {
        return (int) Math.min(MOST, states / STATES_PER_CLUSTER);
    }

    private static int chunk(Backend backend, long states) {
        return (int) Math.min(backend.ownMemory() ? DEVICE_CHUNK : CHUNK, states);
    }

    /** Bytes of the backend's memory that finding clusters of S states of d dimensions takes. */
    static long bytes(Backend backend, long states, int dimensions) {
        long chunk = chunk(backend, states);
        long found = most(states) * (long) Double.BYTES + chunk * (Double.BYTES + Integer.BYTES);
        // Working memory for what is found grows by a half at least, and what was too small is still there while it
        // does.
        return Float.BYTES * (most(states) * (dimensions + chunk) + chunk * dimensions)
                + Integer.BYTES * chunk
                + 3 * found;
    }

    /**
     * Bytes of the Java heap, at most: sums and means of both states in each cluster, a piece of the states, what is found of a chunk,
     * and norms and keys of the rows that seeds come from.
     */
    static long heapBytes(int dimensions) {
        long means = MOST * (3L * Double.BYTES + 2 * Float.BYTES) * dimensions;
        long found = DEVICE_CHUNK * (Double.BYTES + 2L * Integer.BYTES);
        long keys = 3L * Double.BYTES * ROWS_PER_CLUSTER * MOST;
        return means + Float.BYTES * (long) PIECE * dimensions + found + keys;
    }

    /**
     * Which states.
     *
     * @param all number of rows S that get a label
     * @param drawn rows in random order; seeds and centroids come from the first of them
     * @param d width of a state
     */
    record Rows(int all, int[] drawn, int d) {}

    private interface Assigned {
        /**
         * @param from place of the chunk's first row
         * @param loaded [n, d] its states
         * @param nearest [n] centroid of each
         * @param scores [n] product with it less half its squared norm
         */
        void take(int from, Tensor loaded, int[] nearest, double[] scores);
    }

    private interface Piece {
        /**
         * @param first row of the chunk that the values begin with
         * @param rows how many there are
         */
        void take(int first, int rows, float[] values);
    }

    private record Search(Backend backend, Loader states, Tensor chunk, Tensor products, Tensor centroids) {
        /** The nearest of the first k centroids, chunk by chunk. */
        void assign(int[] rows, int k, Assigned taker) {
            int d = chunk.columns();
            float[] means = new float[k * d];
            backend.read(centroids, 0, k, means);
            double[] half = new double[k];
            for (int c = 0; c < k; c++) {
                half[c] = squaredNorm(means, c, d) / 2;
            }
            int most = (int) chunk.rows();
            for (int from = 0; from < rows.length; from += most) {
                int n = Math.min(most, rows.length - from);
                Tensor loaded = chunk.rowRange(0, n);
                states.accept(Arrays.copyOfRange(rows, from, from + n), loaded);
                Tensor out = products.columnRange(0, k).rowRange(0, n);
                backend.strictProduct(loaded, false, centroids.rowRange(0, k), true, 0, out);
                int[] nearest = new int[n];
                double[] scores = new double[n];
                backend.nearestCentroid(out, half, nearest, scores);
                taker.take(from, loaded, nearest, scores);
            }
        }

        /** Reads a chunk piece by piece. */
        private void read(Tensor loaded, Piece taker) {
            int all = (int) loaded.rows();
            float[] values = new float[Math.min(PIECE, all) * loaded.columns()];
            for (int first = 0; first < all; first += PIECE) {
                int n = Math.min(PIECE, all - first);
                backend.read(loaded, first, n, values);
                taker.take(first, n, values);
            }
        }

        private static double squaredNorm(float[] rows, int row, int d) {
            double sum = 0;
            for (int c = 0; c < d; c++) {
                double v = rows[row * d + c];
                sum += v * v;
            }
            return sum;
        }

        /** Seeds among the sample; how many. */
        int seed(int[] sample, Philox stream) {
            int k = (int) centroids.rows();
            int d = chunk.columns();
            float[] state = new float[d];
            states.accept(new int[] {sample[0]}, chunk.rowRange(0, 1));
            backend.read(chunk, 0, 1, state);
            backend.write(state, centroids, 0);
            int[] found = {1};
            double[] key = new double[sample.length];
            double[] norms = new double[sample.length];
            for (int round = 1; round <= ROUNDS && found[0] < k; round++) {
                int known = found[0];
                boolean first = round == 1;
                long words = (long) round * sample.length;
                // weighted drawing without replacement (Efraimidis and Spirakis 2006): the largest ln(u) / weight
                assign(sample, known, (from, loaded, nearest, scores) -> {
                    if (first) {
                        read(loaded, (at, n, values) -> {
                            for (int i = 0; i < n; i++) {
                                norms[from + at + i] = squaredNorm(values, i, d);
                            }
                        });
                    }
                    for (int i = 0; i < scores.length; i++) {
                        double distance = Math.max(0, norms[from + i] - 2 * scores[i]);
                        boolean apart = distance > 1e-6 * d;
                        key[from + i] = apart
                                ? Math.log(stream.uniform(words + from + i)) / distance
                                : Double.NEGATIVE_INFINITY;
                    }
                });
                int wanted = (k - known) / (ROUNDS - round + 1);
                double[] sorted = key.clone();
                Arrays.sort(sorted);
                double least = sorted[Math.max(0, sorted.length - Math.max(1, wanted))];
                for (int i = 0; i < key.length && found[0] < k; i++) {
                    if (key[i] >= least && key[i] > Double.NEGATIVE_INFINITY) {
                        states.accept(new int[] {sample[i]}, chunk.rowRange(0, 1));
                        backend.copy(chunk.rowRange(0, 1), centroids.rowRange(found[0], found[0] + 1));
                        found[0]++;
                    }
                }
            }
            return found[0];
        }

        /** Moves each centroid to the mean of what is nearest to it; one that nothing is nearest to stays. */
        void improve(int[] sample, int k) {
            int d = chunk.columns();
            double[] sums = new double[k * d];
            int[] counts = new int[k];
            assign(
                    sample,
                    k,
                    (from, loaded, nearest, scores) -> read(loaded, (first, n, values) -> {
                        for (int i = 0; i < n; i++) {
                            int at = nearest[first + i];
                            counts[at]++;
                            for (int c = 0; c < d; c++) {
                                sums[at * d + c] += values[i * d + c];
                            }
                        }
                    }));
            float[] means = new float[k * d];
            backend.read(centroids, 0, k, means);
            for (int i = 0; i < k * d; i++) {
                means[i] = counts[i / d] > 0 ? (float) (sums[i] / counts[i / d]) : means[i];
            }
            backend.write(means, centroids, 0);
        }
    }
}
