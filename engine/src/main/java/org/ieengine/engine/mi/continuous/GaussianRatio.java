package org.ieengine.engine.mi.continuous;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The log density ratio ln p(x, y) / (p(x) p(y)) of a Gaussian pair, fitted to samples and known for any x and y. With whitened
 * cross-covariance Lx^-1 Cxy Ly^-T = U diag(rho) V^T and canonical projections u = U^T Lx^-1 (x - mean), v = V^T Ly^-1 (y - mean),
 *
 * <pre>f(x, y) = sum_k [ -1/2 ln(1 - rho_k^2) - (rho_k^2 (u_k^2 + v_k^2) - 2 rho_k u_k v_k) / (2 (1 - rho_k^2)) ]   nats</pre>
 *
 * (Hotelling 1936, "Relations between two sets of variates", Biometrika 28:321-377.)
 */
final class GaussianRatio {
    /** Above the edge of the noise by so much, or a correlation is taken for noise: the largest of pure noise scatters about it. */
    private static final double MARGIN = 1.05;

    /** Projections of a row that one task computes. */
    private static final int ROWS_AT_ONCE = 64;

    /** Which canonical correlations count. */
    enum Kept {
        /** All, as they were measured. */
        ALL,
        /** Those that noise alone does not reach, brought down by what noise adds to them. */
        ABOVE_NOISE
    }

    private final double[] meanX;
    private final double[] meanY;
    private final double[] mapX;
    private final double[] mapY;
    private final double[] correlations;
    private final double[] constants;
    private final double[] squares;
    private final double[] products;

    private GaussianRatio(Projection x, Projection y, double[] correlations) {
        meanX = x.mean;
        meanY = y.mean;
        mapX = x.map;
        mapY = y.map;
        this.correlations = correlations;
        int components = correlations.length;
        constants = new double[components];
        squares = new double[components];
        products = new double[components];
        for (int k = 0; k < components; k++) {
            double rho = correlations[k];
            double unexplained = 1 - rho * rho;
            constants[k] = -Math.log(unexplained) / 2;
            squares[k] = rho * rho / (2 * unexplained);
            products[k] = rho / unexplained;
        }
    }

    /** Mean [d] and canonical directions [K, d] of one side. */
    private record Projection(double[] mean, double[] map) {}

    /**
     * Fits to the rows named.
     *
     * @throws IllegalArgumentException unless there are more rows than independent columns of x and y together, and one more
     */
    static GaussianRatio fit(SamplePairs pairs, int[] rows, Kept kept) {
        PairMoments moments = PairMoments.of(pairs, new int[][] {rows}, () -> {});
        return of(pairs, moments, new boolean[] {true}, kept);
    }

    /** Fits to the blocks that take part. */
    static GaussianRatio of(SamplePairs pairs, PairMoments moments, boolean[] included, Kept kept) {
        GaussianLaw law = GaussianLaw.of(moments, included);
        if (!law.determined()) {
            throw new IllegalArgumentException(law.count() + " rows do not determine the covariance of " + law.rankX()
                    + " + " + law.rankY() + " columns: more than " + (law.columns().length + 1) + " do");
        }
        int[] columnsX = Arrays.copyOf(law.columns(), law.rankX());
        int[] columnsY = Arrays.copyOfRange(law.columns(), law.rankX(), law.columns().length);
        Side x = new Side(columnsX, moments.columnsX(), 0, pairs.dx());
        Side y = new Side(columnsY, moments.columnsY(), moments.columnsX().length, pairs.dy());
        if (law.rankX() == 0 || law.rankY() == 0) {
            return new GaussianRatio(x.unprojected(), y.unprojected(), new double[0]);
        }
        SingularValueDecomposition_F64<DMatrixRMaj> svd =
                DecompositionFactory_DDRM.svd(law.rankX(), law.rankY(), true, true, true);
        if (!svd.decompose(whitened(law))) {
            throw new ArithmeticException("the singular values of a whitened cross-covariance of " + law.rankX() + " x "
                    + law.rankY() + " columns did not converge");
        }
        DMatrixRMaj ofX = svd.getU(null, false);
        DMatrixRMaj ofY = svd.getV(null, false);
        DMatrixRMaj w = svd.getW(null);
        SingularOps_DDRM.descendingOrder(ofX, false, w, ofY, false);
        double[] correlations = IntStream.range(0, Math.min(law.rankX(), law.rankY()))
                .mapToDouble(k -> correlation(w.get(k, k), law, kept))
                .takeWhile(rho -> rho > 0)
                .toArray();
        double[] mean = moments.mean(included);
        double[] deviation = moments.deviation();
        return new GaussianRatio(
                x.projected(mean, deviation, directions(law.joint(), ofX, correlations.length)),
                y.projected(mean, deviation, directions(law.ofY(), ofY, correlations.length)),
                correlations);
    }

    /**
     * Where the columns of a side come from.
     *
     * @param columns columns kept, as places in the moments
     * @param sources column of the array behind each place of this side
     * @param first first place of this side
     * @param width columns of the array
     */
    private record Side(int[] columns, int[] sources, int first, int width) {
        Projection unprojected() {
            return new Projection(new double[width], new double[0]);
        }

        /** Means [places] and directions [K, kept columns] of standardised columns, for the array's own columns and units. */
        Projection projected(double[] means, double[] deviations, double[][] directions) {
            double[] mean = new double[width];
            double[] map = new double[directions.length * width];
            for (int j = 0; j < columns.length; j++) {
                int place = columns[j];
                int source = sources[place - first];
                mean[source] = means[place];
                for (int k = 0; k < directions.length; k++) {
                    map[k * width + source] = directions[k][j] / deviations[place];
                }
            }
            return new Projection(mean, map);
        }
    }

    /** Lx^-1 Cxy Ly^-T. The first rows of the joint factor hold Lx^-1 Cxy; M U = W is solved row by row. */
    private static DMatrixRMaj whitened(GaussianLaw law) {
        int width = law.columns().length;
        int rankY = law.rankY();
        double[] u = law.ofY().values();
        DMatrixRMaj m = new DMatrixRMaj(law.rankX(), rankY);
        IntStream.range(0, law.rankX()).parallel().forEach(i -> {
            double[] row = new double[rankY];
            System.arraycopy(law.joint().values(), i * width + law.rankX(), row, 0, rankY);
            for (int j = 0; j < rankY; j++) {
                double value = row[j] / u[j * rankY + j];
                for (int later = j + 1; later < rankY; later++) {
                    row[later] -= value * u[j * rankY + later];
                }
                row[j] = value;
            }
            System.arraycopy(row, 0, m.data, i * rankY, rankY);
        });
        return m;
    }

    /** L^-T times the first singular vectors: U a = s solved from below, U the first rows and columns of the factor. */
    private static double[][] directions(CholeskyRows factor, DMatrixRMaj vectors, int components) {
        double[] u = factor.values();
        int stride = factor.width();
        int rank = vectors.numRows;
        double[][] directions = new double[components][rank];
        IntStream.range(0, components).parallel().forEach(k -> {
            double[] a = directions[k];
            for (int j = rank - 1; j >= 0; j--) {
                double sum = vectors.get(j, k);
                for (int m = j + 1; m < rank; m++) {
                    sum -= u[j * stride + m] * a[m];
                }
                a[j] = sum / u[j * stride + j];
            }
        });
        return directions;
    }

    /**
     * What a measured canonical correlation counts as. With cx = dx/n and cy = dy/n, those of independent data reach
     * sqrt(cx (1 - cy)) + sqrt(cy (1 - cx)) (Wachter 1980, Annals of Statistics 8:937-957), and one whose square is r in truth is measured with
     * square g = (r (1 - cx) + cx) (r (1 - cy) + cy) / r (Bao, Hu, Pan and Zhou 2019, Annals of Statistics 47:612-640), which is solved for r.
     */
    private static double correlation(double measured, GaussianLaw law, Kept kept) {
        // Beyond it the ratio would be rounding: 1 - rho^2 of float32 values.
        double most = Math.sqrt(1 - 1e-12);
        if (kept == Kept.ALL) {
            return Math.min(measured, most);
        }
        double cx = law.rankX() / (law.count() - 1.0);
        double cy = law.rankY() / (law.count() - 1.0);
        double edge = Math.sqrt(cx * (1 - cy)) + Math.sqrt(cy * (1 - cx));
        if (measured <= MARGIN * edge) {
            return 0;
        }
        double g = Math.min(measured * measured, 1);
        double a = (1 - cx) * (1 - cy);
        double b = g - cx * (1 - cy) - cy * (1 - cx);
        double r = (b + Math.sqrt(Math.max(0, b * b - 4 * a * cx * cy))) / (2 * a);
        return Math.min(Math.sqrt(r), most);
    }

    /**
     * This with correlations brought down where they leave less unexplained, so that 1 - rho^2 is at least so much: scores in float32
     * are differences of terms of the order of 1 / (1 - rho^2).
     */
    GaussianRatio leaving(double unexplained) {
        double most = Math.sqrt(1 - unexplained);
        return new GaussianRatio(
                new Projection(meanX, mapX),
                new Projection(meanY, mapY),
                Arrays.stream(correlations).map(rho -> Math.min(rho, most)).toArray());
    }

    /** Number of canonical components K that count. */
    int components() {
        return correlations.length;
    }

    /** Canonical correlations rho [K], the largest first. */
    double[] correlations() {
        return correlations.clone();
    }

    /** Mutual information of the fitted law, in nats; without finite-sample correction. */
    double nats() {
        double sum = 0;
        for (double constant : constants) {
            sum += constant;
        }
        return sum;
    }

    /** Canonical projections u [rows, K] of x [rows, dx]: mean 0 and variance 1 over the rows fitted to. */
    float[] projectX(float[] x) {
        return project(x, meanX, mapX);
    }

    /** Canonical projections v [rows, K] of y [rows, dy]. */
    float[] projectY(float[] y) {
        return project(y, meanY, mapY);
    }

    private float[] project(float[] values, double[] mean, double[] map) {
        int d = mean.length;
        int rows = values.length / d;
        int components = components();
        float[] projected = new float[Math.multiplyExact(rows, components)];
        int tasks = (rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
        IntStream.range(0, tasks).parallel().forEach(task -> {
            double[] centred = new double[d];
            for (int row = task * ROWS_AT_ONCE; row < Math.min(rows, (task + 1) * ROWS_AT_ONCE); row++) {
                for (int c = 0; c < d; c++) {
                    centred[c] = values[row * d + c] - mean[c];
                }
                for (int k = 0; k < components; k++) {
                    projected[row * components + k] = (float) dot(map, k * d, centred);
                }
            }
        });
        return projected;
    }

    private static double dot(double[] map, int start, double[] values) {
        double even = 0;
        double odd = 0;
        int c = 0;
        for (; c + 4 <= values.length; c += 4) {
            even += map[start + c] * values[c] + map[start + c + 2] * values[c + 2];
            odd += map[start + c + 1] * values[c + 1] + map[start + c + 3] * values[c + 3];
        }
        for (; c < values.length; c++) {
            even += map[start + c] * values[c];
        }
        return even + odd;
    }

    /** c_k of f = sum_k (c_k - s_k (u_k^2 + v_k^2) + p_k u_k v_k). */
    double constant(int k) {
        return constants[k];
    }

    /** s_k, see {@link #constant}. */
    double square(int k) {
        return squares[k];
    }

    /** p_k, see {@link #constant}. */
    double product(int k) {
        return products[k];
    }

    /** f in nats of row i of u [rows, K] with row j of v [rows, K]. */
    double score(float[] u, int i, float[] v, int j) {
        int components = components();
        double sum = 0;
        for (int k = 0; k < components; k++) {
            double uk = u[i * components + k];
            double vk = v[j * components + k];
            sum += constants[k] - squares[k] * (uk * uk + vk * vk) + products[k] * uk * vk;
        }
        return sum;
    }
}
