package org.ieengine.engine.mi;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Linear maps of both states of a pair after which those that belong together are nearly equal and others are not: y is predicted
 * from x by ridge regression, y = B^T x + e, and prediction and y are both measured in units of the error,
 *
 * <pre>x' = s M B^T x,   y' = s M y,   M = L^-1,   L L^T = cov(e) + ridge</pre>
 *
 * with s such that a coordinate of x' - y' has mean square 2 for pairs that do not belong together. A first layer can absorb both
 * maps, so critics of aligned states are the same functions as critics of the states, better conditioned: the differences between
 * sequences with the same last token, small beside those between tokens, reach the network at full size.
 */
final class LinearAlignment implements AutoCloseable {
    /** Ridges of the regression and of the error's covariance, in units of a standardised dimension and of the mean error. */
    private static final double REGRESSION_RIDGE = 1e-2;

    private static final double ERROR_RIDGE = 1e-3;

    /** What float32 products leave uncertain of a covariance of standardised dimensions. */
    private static final double ROUNDING = 1e-6;

    private final Backend backend;
    private final Tensor mapX;
    private final Tensor mapY;
    private final double leftOver;

    /**
     * What was fitted, on the heap.
     *
     * @param ofX [d, d] x' = map x
     * @param ofY [d, d] y' = map y
     * @param ofClusters [K, d] added to x' in each cluster of x; empty for none
     * @param leftOver see {@link LinearAlignment#leftOver()}; NaN where there is nothing to map
     */
    record Maps(float[] ofX, float[] ofY, float[] ofClusters, double leftOver) {
        /** For states that differ in width. */
        static final Maps NONE = new Maps(new float[0], new float[0], new float[0], Double.NaN);

        /** With -y' in place of y', so that one weight projects the difference. */
        Maps negatedY() {
            return new Maps(ofX, times(ofY, -1), ofClusters, leftOver);
        }

        /** Both states times a factor. */
        Maps times(float factor) {
            return new Maps(times(ofX, factor), times(ofY, factor), times(ofClusters, factor), leftOver);
        }

        private static float[] times(float[] values, float factor) {
            float[] scaled = new float[values.length];
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] = factor * values[i];
            }
            return scaled;
        }
    }

    /** Puts maps of d dimensions to work. */
    LinearAlignment(Backend backend, Maps maps, int d) {
        this.backend = backend;
        this.leftOver = maps.leftOver;
        this.mapX = backend.allocate(d, d);
        try {
            this.mapY = backend.allocate(d, d);
        } catch (RuntimeException e) {
            mapX.close();
            throw e;
        }
        write(maps);
    }

    void write(Maps maps) {
        backend.write(maps.ofX, mapX, 0);
        backend.write(maps.ofY, mapY, 0);
    }

    /**
     * A regression and what it leaves.
     *
     * @param regression B [d, d], y is about B^T x
     * @param error covariance of y - B^T x
     * @param unpaired of the difference between y and the prediction of another pair's
     */
    record Solution(DMatrixRMaj regression, DMatrixRMaj error, DMatrixRMaj unpaired) {
        double errorTrace() {
            return CommonOps_DDRM.trace(error);
        }

        /**
         * The maps.
         *
         * @param unpairedTrace sum of the squared difference of unrelated pairs, NaN for what the covariances say
         * @param residuals [K, d] added to the prediction in each cluster
         */
        Maps maps(double unpairedTrace, float[] residuals) {
            int d = error.numRows;
            DMatrixRMaj ridged = error.copy();
            addToDiagonal(ridged, ERROR_RIDGE * Math.max(0, CommonOps_DDRM.trace(error)) / d + ROUNDING);
            Units units = unitsOf(ridged);
            double own = Math.max(0, units.trace(error));
            double others = units.trace(unpaired);
            if (!Double.isNaN(unpairedTrace)) {
                others *= unpairedTrace / CommonOps_DDRM.trace(unpaired);
            }
            double scale = others > 0 ? Math.sqrt(2 * d / others) : 0;
            DMatrixRMaj ofY = units.inverse();
            CommonOps_DDRM.scale(scale, ofY);
            DMatrixRMaj ofX = new DMatrixRMaj(d, d);
            CommonOps_DDRM.multTransB(ofY, regression, ofX);
            float[] ofClusters = new float[residuals.length];
            for (int at = 0; at < residuals.length; at += d) {
                for (int r = 0; r < d; r++) {
                    double sum = 0;
                    for (int c = 0; c < d; c++) {
                        sum += ofY.data[r * d + c] * residuals[at + c];
                    }
                    ofClusters[at + r] = (float) sum;
                }
            }
            return new Maps(floats(ofX), floats(ofY), ofClusters, others > 0 ? Math.sqrt(own / others) : 1);
        }
    }

    /** Regression of y on x from their second moments, which are overwritten. */
    static Solution solve(DMatrixRMaj xx, DMatrixRMaj xy, DMatrixRMaj yy) {
        int d = xx.numRows;
        addToDiagonal(xx, REGRESSION_RIDGE * CommonOps_DDRM.trace(xx) / d);
        DMatrixRMaj b = xy.copy();
        double ridge = REGRESSION_RIDGE * (CommonOps_DDRM.trace(xx) / d / (1 + REGRESSION_RIDGE));
        unitsOf(xx).solve(b);

        // cov(prediction) = B^T xy - ridge B^T B, since (xx + ridge) B = xy; the error's is yy less B^T xy and that
        // once more
        DMatrixRMaj explained = new DMatrixRMaj(d, d);
        CommonOps_DDRM.multTransA(b, xy, explained);
        DMatrixRMaj shrunk = new DMatrixRMaj(d, d);
        CommonOps_DDRM.multTransA(ridge, b, b, shrunk);
        DMatrixRMaj error = yy.copy();
        CommonOps_DDRM.subtractEquals(error, explained);
        CommonOps_DDRM.subtractEquals(error, shrunk);
        DMatrixRMaj unpaired = yy;
        CommonOps_DDRM.addEquals(unpaired, explained);
        CommonOps_DDRM.subtractEquals(unpaired, shrunk);
        return new Solution(b, error, unpaired);
    }

    /**
     * Fits.
     *
     * @param x a sample [n, d] of standardised states
     * @param y their partners [n, d], standardised
     */
    static Maps fit(Backend backend, Tensor x, Tensor y) {
        AlignmentFit fit = new AlignmentFit(backend, x.columns(), new int[0], 0);
        fit.add(new int[(int) x.rows()], x, y);
        return fit.maps();
    }

    /** Fits and puts to work. */
    static LinearAlignment of(Backend backend, Tensor x, Tensor y) {
        return new LinearAlignment(backend, fit(backend, x, y), x.columns());
    }

    /** Bytes of the Java heap while maps of d dimensions are fitted: a dozen float64 matrices and the maps. */
    static long heapBytes(int dimensions) {
        return (12L * Double.BYTES + 2 * Float.BYTES) * dimensions * dimensions;
    }

    /** Bytes that an alignment of d dimensions holds; fitting it takes no more. */
    static long bytes(int dimensions) {
        return 2L * Float.BYTES * dimensions * dimensions;
    }

    private static void addToDiagonal(DMatrixRMaj matrix, double value) {
        for (int i = 0; i < matrix.numRows; i++) {
            matrix.add(i, i, value);
        }
    }

    private static float[] floats(DMatrixRMaj matrix) {
        float[] values = new float[matrix.data.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) matrix.data[i];
        }
        return values;
    }

    /** L^-1 of a covariance L L^T. */
    private record Units(DMatrixRMaj inverse) {
        /** Solves (L L^T) Z = R in place. */
        void solve(DMatrixRMaj rightHandSides) {
            DMatrixRMaj half = new DMatrixRMaj(inverse.numRows, rightHandSides.numCols);
            CommonOps_DDRM.mult(inverse, rightHandSides, half);
            CommonOps_DDRM.multTransA(inverse, half, rightHandSides);
        }

        /** Trace of L^-1 C L^-T. */
        double trace(DMatrixRMaj covariance) {
            DMatrixRMaj half = new DMatrixRMaj(inverse.numRows, inverse.numCols);
            CommonOps_DDRM.mult(inverse, covariance, half);
            double trace = 0;
            for (int i = 0; i < half.data.length; i++) {
                trace += half.data[i] * inverse.data[i];
            }
            return trace;
        }
    }

    /** Of a matrix that rounding may have left short of positive definite: the diagonal grows until it is. */
    private static Units unitsOf(DMatrixRMaj matrix) {
        int d = matrix.numRows;
        double more = ROUNDING;
        while (true) {
            CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(d, true);
            if (cholesky.decompose(matrix.copy())) {
                DMatrixRMaj inverse = new DMatrixRMaj(d, d);
                CommonOps_DDRM.invert(cholesky.getT(null), inverse);
                return new Units(inverse);
            }
            if (!(more < 1e3)) {
                throw new ArithmeticException("a covariance of " + d + " dimensions has no Cholesky factor");
            }
            addToDiagonal(matrix, more);
            more *= 10;
        }
    }

    /** Root mean square difference of aligned states that belong together over that of others, 0 to 1: small is well predicted. */
    double leftOver() {
        return leftOver;
    }

    /** x' of standardised x [n, d]; out may not be x. */
    void alignX(Tensor x, Tensor out) {
        // x' and y' differ by little beside their size: rounded operands would drown the difference.
        backend.strictProduct(x, false, mapX, true, 0, out);
    }

    /** Adds x' of standardised x [n, d] to out, which may not be x. */
    void addAlignedX(Tensor x, Tensor out) {
        backend.strictProduct(x, false, mapX, true, 1, out);
    }

    /** y' of standardised y [n, d]; out may not be y. */
    void alignY(Tensor y, Tensor out) {
        backend.strictProduct(y, false, mapY, true, 0, out);
    }

    @Override
    public void close() {
        mapX.close();
        mapY.close();
    }
}
