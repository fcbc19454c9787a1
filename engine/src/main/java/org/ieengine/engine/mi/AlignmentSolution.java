package org.ieengine.engine.mi;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * Ridge regression of y on x, solved, and what it leaves.
 *
 * @param regression B [d, d]: y is about B^T x
 * @param error covariance of y - B^T x, [d, d]
 * @param unpaired second moment of the difference between y and the prediction of another pair's, [d, d]
 */
record AlignmentSolution(DMatrixRMaj regression, DMatrixRMaj error, DMatrixRMaj unpaired) {
    /** Ridges of the regression and of the error's covariance, in units of the mean variance of x and of the mean error. */
    private static final double REGRESSION_RIDGE = 1e-2;

    private static final double ERROR_RIDGE = 1e-3;

    /** What float32 products leave uncertain of a covariance of standardised dimensions. */
    private static final double ROUNDING = 1e-6;

    /** From second moments [d, d], which are overwritten. */
    static AlignmentSolution of(DMatrixRMaj xx, DMatrixRMaj xy, DMatrixRMaj yy) {
        int d = xx.numRows;
        double ridge = REGRESSION_RIDGE * CommonOps_DDRM.trace(xx) / d;
        addToDiagonal(xx, ridge);
        DMatrixRMaj b = xy.copy();
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
        return new AlignmentSolution(b, error, unpaired);
    }

    /** Mean squared error, summed over the dimensions. */
    double errorTrace() {
        return CommonOps_DDRM.trace(error);
    }

    /** The maps without clusters. */
    LinearAlignment.Maps maps() {
        return mapsWith(new double[0], CommonOps_DDRM.trace(unpaired));
    }

    /**
     * The maps.
     *
     * @param clusterErrors [K, d] added to the prediction in each cluster
     * @param apart mean squared difference of y and the prediction of another pair's, summed over the dimensions
     */
    LinearAlignment.Maps mapsWith(double[] clusterErrors, double apart) {
        int d = error.numRows;
        DMatrixRMaj ridged = error.copy();
        addToDiagonal(ridged, ERROR_RIDGE * Math.max(0, errorTrace()) / d + ROUNDING);
        Units units = unitsOf(ridged);
        double own = Math.max(0, units.trace(error));
        double within = CommonOps_DDRM.trace(unpaired);
        double others = within > 0 ? units.trace(unpaired) * apart / within : 0;
        double scale = others > 0 ? Math.sqrt(2 * d / others) : 0;
        DMatrixRMaj ofY = units.inverse();
        CommonOps_DDRM.scale(scale, ofY);
        // the product with a transpose is a third as quick as transposing and multiplying
        DMatrixRMaj toPrediction = CommonOps_DDRM.transpose(regression, null);
        DMatrixRMaj ofX = new DMatrixRMaj(d, d);
        CommonOps_DDRM.mult(ofY, toPrediction, ofX);
        DMatrixRMaj toUnits = CommonOps_DDRM.transpose(ofY, null);
        DMatrixRMaj ofClusters = new DMatrixRMaj(clusterErrors.length / d, d);
        CommonOps_DDRM.mult(DMatrixRMaj.wrap(ofClusters.numRows, d, clusterErrors), toUnits, ofClusters);
        double leftOver = others > 0 ? Math.sqrt(own / others) : 1;
        return new LinearAlignment.Maps(floats(ofX), floats(ofY), floats(ofClusters), leftOver);
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

    /** L^-1 of a covariance L L^T, lower triangular. */
    private record Units(DMatrixRMaj inverse) {
        /** Of the lower triangular factor L: row i is that of the identity less what the rows before add up to, over L_ii. */
        static Units of(DMatrixRMaj factor) {
            int d = factor.numRows;
            DMatrixRMaj inverse = new DMatrixRMaj(d, d);
            double[] row = new double[d];
            for (int i = 0; i < d; i++) {
                Arrays.fill(row, 0);
                row[i] = 1;
                for (int k = 0; k < i; k++) {
                    addTimes(-factor.data[i * d + k], inverse.data, k * d, k + 1, row);
                }
                for (int c = 0; c <= i; c++) {
                    inverse.data[i * d + c] = row[c] / factor.data[i * d + i];
                }
            }
            return new Units(inverse);
        }

        /** L^-1 times a matrix, the zeros of L^-1 left out. */
        DMatrixRMaj times(DMatrixRMaj matrix) {
            int d = inverse.numRows;
            int columns = matrix.numCols;
            DMatrixRMaj product = new DMatrixRMaj(d, columns);
            double[] row = new double[columns];
            for (int i = 0; i < d; i++) {
                Arrays.fill(row, 0);
                for (int k = 0; k <= i; k++) {
                    addTimes(inverse.data[i * d + k], matrix.data, k * columns, columns, row);
                }
                System.arraycopy(row, 0, product.data, i * columns, columns);
            }
            return product;
        }

        /** Into an array of its own: one that may overlap what is added would not be vectorised. */
        private static void addTimes(double factor, double[] values, int from, int count, double[] sums) {
            for (int i = 0; i < count; i++) {
                sums[i] += factor * values[from + i];
            }
        }

        /** Solves (L L^T) Z = R in place. */
        void solve(DMatrixRMaj rightHandSides) {
            CommonOps_DDRM.multTransA(inverse, times(rightHandSides), rightHandSides);
        }

        /** Trace of L^-1 C L^-T. */
        double trace(DMatrixRMaj covariance) {
            DMatrixRMaj half = times(covariance);
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
                return Units.of(cholesky.getT(null));
            }
            if (!(more < 1e3)) {
                throw new ArithmeticException("a covariance of " + d + " dimensions has no Cholesky factor");
            }
            addToDiagonal(matrix, more);
            more *= 10;
        }
    }
}
