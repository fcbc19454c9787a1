package org.ieengine.engine.mi.continuous;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Second moments of a pair, reduced to columns of x and of y of which none depends linearly on others of its side.
 *
 * @param columns the columns kept, as places in the moments, x's first
 * @param rankX how many of them are x's
 * @param count rows behind the moments
 * @param joint factor of the covariance of all kept columns
 * @param ofY factor of the covariance of y's
 */
record GaussianLaw(int[] columns, int rankX, int count, CholeskyRows joint, CholeskyRows ofY) {
    /** The law of the blocks that take part, with the columns that are independent in them. */
    static GaussianLaw of(PairMoments moments, boolean[] included) {
        double[] covariance = moments.covariance(included);
        double[] floors = moments.varianceFloors();
        int[] inX = IntStream.range(0, moments.columnsX().length).toArray();
        int[] inY = IntStream.range(inX.length, moments.width()).toArray();
        int[] keptX = independent(covariance, floors, inX);
        int[] keptY = independent(covariance, floors, inY);
        int[] columns =
                IntStream.concat(Arrays.stream(keptX), Arrays.stream(keptY)).toArray();
        return of(moments, included, columns, keptX.length);
    }

    /** The law of the blocks that take part, of columns chosen before. */
    static GaussianLaw of(PairMoments moments, boolean[] included, int[] columns, int rankX) {
        double[] covariance = moments.covariance(included);
        double[] floors = moments.varianceFloors();
        int[] inY = Arrays.copyOfRange(columns, rankX, columns.length);
        return new GaussianLaw(
                columns,
                rankX,
                moments.count(included),
                CholeskyRows.of(part(covariance, floors.length, columns), part(floors, columns)),
                CholeskyRows.of(part(covariance, floors.length, inY), part(floors, inY)));
    }

    private static int[] independent(double[] covariance, double[] floors, int[] columns) {
        int[] chosen = CholeskyRows.independentColumns(part(covariance, floors.length, columns), part(floors, columns));
        return Arrays.stream(chosen).map(c -> columns[c]).toArray();
    }

    private static double[] part(double[] values, int[] places) {
        return Arrays.stream(places).mapToDouble(p -> values[p]).toArray();
    }

    private static double[] part(double[] matrix, int width, int[] places) {
        double[] part = new double[places.length * places.length];
        for (int i = 0; i < places.length; i++) {
            for (int j = 0; j < places.length; j++) {
                part[i * places.length + j] = matrix[places[i] * width + places[j]];
            }
        }
        return part;
    }

    /** Columns of y that are kept. */
    int rankY() {
        return columns.length - rankX;
    }

    /** Whether there are more rows than it takes to tell x and y apart: fewer fit any pair exactly. */
    boolean determined() {
        return columns.length < count - 1;
    }

    /** Columns of y that are linear functions of x, as far as rounding lets one tell. */
    int dependentOnX() {
        return joint.floored();
    }

    /**
     * 1/2 (ln det Cx + ln det Cy - ln det Cxy) in nats, less what the same reads on average too much from Gaussian data. With n = N - 1
     * degrees of freedom a sample covariance of d dimensions has E ln det = ln det + sum_{i=1..d} [psi((n - i + 1) / 2) - ln(n / 2)]
     * (Goodman 1963, Annals of Mathematical Statistics 34:152-177, for the law of the determinant; Misra, Singh and Demchuk 2005,
     * Journal of Multivariate Analysis 92:324-342, for the entropy), so the value is unbiased for Gaussian data.
     */
    double nats() {
        double raw = (ofY.logDeterminant(0) - joint.logDeterminant(rankX)) / 2;
        double excess = 0;
        int freedom = count - 1;
        for (int i = 1; i <= rankY(); i++) {
            excess += Digamma.of((freedom - i + 1) / 2.0) - Digamma.of((freedom - rankX - i + 1) / 2.0);
        }
        return raw - excess / 2;
    }
}
