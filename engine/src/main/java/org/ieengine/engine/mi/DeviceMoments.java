package org.ieengine.engine.mi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/**
 * Moments whose sums lie on the backend, in float32, and are read once: five reads in all, however many rows. With M [n, K] that is 1
 * where a row is in a cluster and 0 elsewhere, sums over clusters are M^T x, and states less the means of theirs x - M means: a sum
 * of zeros and one mean, exact.
 *
 * <p>A chunk's products are summed before the sums so far are added to them, so that errors grow with the roots of a sum's depth and
 * of the number of chunks, not with all rows. Found with normals of variance 1, 65,536 rows and chunks of 4,096 whose products are
 * summed 608 rows at a time, as on a large GPU: an error of 6e-8, where float64 sums of chunks of 512 leave 3e-8 and one float32 sum
 * 8e-6. {@link AlignmentSolution} takes 1e-6 to be uncertain.
 */
final class DeviceMoments implements AlignmentMoments {
    /** Rows of the identity that are written at once. */
    private static final int PIECE = 64;

    private final Backend backend;
    private final int d;
    private final StateClusters clusters;
    private final Means means;
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final Tensor xx;
    private final Tensor xy;
    private final Tensor yy;
    private final OfClusters ofClusters;
    private boolean meansKnown;
    private long rows;

    DeviceMoments(Backend backend, int d, StateClusters clusters) {
        this.backend = backend;
        this.d = d;
        this.clusters = clusters;
        this.means = Means.none(clusters.count(), d);
        try {
            xx = allocate(d, d);
            xy = allocate(d, d);
            yy = allocate(d, d);
            int k = clusters.count();
            ofClusters = k == 0 ? null : new OfClusters(identity(k), allocate(k, d), allocate(k, d));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * What clusters take on the backend.
     *
     * @param identity [K, K], whose rows are those of M
     * @param x [K, d] sums; means with their sign turned once all rows are in
     * @param y [K, d] likewise
     */
    private record OfClusters(Tensor identity, Tensor x, Tensor y) {}

    private Tensor allocate(int tensorRows, int columns) {
        Tensor tensor = backend.allocate(tensorRows, columns);
        owned.add(tensor);
        return tensor;
    }

    private Tensor identity(int k) {
        Tensor identity = allocate(k, k);
        for (int from = 0; from < k; from += PIECE) {
            float[] piece = new float[Math.min(PIECE, k - from) * k];
            for (int i = 0; i * k < piece.length; i++) {
                piece[i * k + from + i] = 1;
            }
            backend.write(piece, identity, from);
        }
        return identity;
    }

    /** As {@link AlignmentMoments#bytes(Backend, int, int, int)}. */
    static long bytes(long rows, long d, long clusters) {
        return Float.BYTES * (3 * d * d + clusters * (clusters + 2 * d + rows)) + Integer.BYTES * rows;
    }

    private interface WithMembers {
        /** @param members M [n, K] */
        void run(Tensor members);
    }

    private void withMembers(int[] chunk, WithMembers body) {
        int[] labels = Arrays.stream(chunk).map(row -> clusters.label()[row]).toArray();
        try (Indices indices = backend.indices(labels);
                Tensor members = backend.allocate(chunk.length, clusters.count())) {
            backend.gatherRows(ofClusters.identity, indices, members);
            body.run(members);
        }
    }

    @Override
    public void addToMeans(int[] chunk, Tensor x, Tensor y) {
        for (int row : chunk) {
            means.counts()[clusters.label()[row]]++;
        }
        withMembers(chunk, members -> {
            backend.strictProduct(members, true, x, false, 1, ofClusters.x);
            backend.strictProduct(members, true, y, false, 1, ofClusters.y);
        });
    }

    @Override
    public void add(int[] chunk, Tensor x, Tensor y) {
        if (ofClusters != null) {
            if (!meansKnown) {
                toMeans(ofClusters.x, means.x());
                toMeans(ofClusters.y, means.y());
                meansKnown = true;
            }
            withMembers(chunk, members -> {
                backend.strictProduct(members, false, ofClusters.x, false, 1, x);
                backend.strictProduct(members, false, ofClusters.y, false, 1, y);
            });
        }
        // Rounded operands would leave errors larger than the error covariance of well predicted states.
        backend.strictProduct(x, true, x, false, 1, xx);
        backend.strictProduct(x, true, y, false, 1, xy);
        backend.strictProduct(y, true, y, false, 1, yy);
        rows += chunk.length;
    }

    /** Reads sums, and leaves the means with their sign turned in their place. */
    private void toMeans(Tensor sums, double[] ofEach) {
        float[] values = new float[ofEach.length];
        backend.read(sums, 0, clusters.count(), values);
        for (int i = 0; i < values.length; i++) {
            double count = means.counts()[i / d];
            ofEach[i] = count > 0 ? values[i] / count : 0;
            values[i] = (float) -ofEach[i];
        }
        backend.write(values, sums, 0);
    }

    @Override
    public Gathered gathered() {
        DMatrixRMaj ofY = read(yy);
        double squaresOfY = 0;
        for (int c = 0; c < d; c++) {
            squaresOfY += ofY.get(c, c);
        }
        // what was subtracted: the squares about a mean and those of the mean add up to those about 0
        for (int i = 0; i < means.y().length; i++) {
            squaresOfY += means.counts()[i / d] * means.y()[i] * means.y()[i];
        }
        return new Gathered(means, read(xx), read(xy), ofY, squaresOfY, rows);
    }

    private DMatrixRMaj read(Tensor sums) {
        float[] values = new float[d * d];
        backend.read(sums, 0, d, values);
        DMatrixRMaj matrix = new DMatrixRMaj(d, d);
        Arrays.setAll(matrix.data, i -> values[i]);
        return matrix;
    }

    @Override
    public void close() {
        Owned.closeAll(owned);
    }
}
