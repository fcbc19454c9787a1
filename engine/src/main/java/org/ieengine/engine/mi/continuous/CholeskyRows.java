package org.ieengine.engine.mi.continuous;

import java.util.Arrays;

/**
 * The rows of an upper triangular U with U^T U = C, for covariances C of columns of about unit variance. Where EJML's factor stops
 * at a pivot that is not positive, this one puts a stated floor in its place and counts it: a column that depends on those before it.
 */
final class CholeskyRows {
    private final double[] u;
    private final int d;
    private final int floored;

    private CholeskyRows(double[] u, int d, int floored) {
        this.u = u;
        this.d = d;
        this.floored = floored;
    }

    /**
     * Factors in the order of the columns.
     *
     * @param c [d, d]
     * @param floors [d] least pivot (variance given the columns before) of each column
     */
    static CholeskyRows of(double[] c, double[] floors) {
        int d = floors.length;
        double[] u = new double[d * d];
        int floored = 0;
        for (int k = 0; k < d; k++) {
            System.arraycopy(c, k * d + k, u, k * d + k, d - k);
            subtractEarlierRows(u, d, k, k, k);
            double pivot = u[k * d + k];
            if (!(pivot > floors[k])) {
                pivot = floors[k];
                floored++;
            }
            u[k * d + k] = pivot;
            double scale = 1 / Math.sqrt(pivot);
            for (int j = k; j < d; j++) {
                u[k * d + j] *= scale;
            }
        }
        return new CholeskyRows(u, d, floored);
    }

    /**
     * Columns of which none is a linear function of others, the one with the largest variance given those before it next: a pivoted
     * Cholesky factor that ends where every variance left is at its floor (Higham 2002, "Accuracy and stability of numerical
     * algorithms", section 10.3).
     *
     * @param c [d, d]
     * @param floors [d]
     */
    static int[] independentColumns(double[] c, double[] floors) {
        int d = floors.length;
        double[] u = new double[d * d];
        double[] left = new double[d];
        boolean[] taken = new boolean[d];
        for (int j = 0; j < d; j++) {
            left[j] = c[j * d + j];
        }
        int[] order = new int[d];
        for (int k = 0; k < d; k++) {
            int next = -1;
            for (int j = 0; j < d; j++) {
                if (!taken[j] && left[j] > floors[j] && (next < 0 || left[j] > left[next])) {
                    next = j;
                }
            }
            if (next < 0) {
                return Arrays.copyOf(order, k);
            }
            order[k] = next;
            taken[next] = true;
            System.arraycopy(c, next * d, u, k * d, d);
            subtractEarlierRows(u, d, k, next, 0);
            double scale = 1 / Math.sqrt(left[next]);
            for (int j = 0; j < d; j++) {
                u[k * d + j] *= scale;
                left[j] -= u[k * d + j] * u[k * d + j];
            }
        }
        return order;
    }

    /** Row k less u[m, column] times row m for every m before it, from column {@code from} on. */
    private static void subtractEarlierRows(double[] u, int d, int k, int column, int from) {
        int m = 0;
        for (; m + 4 <= k; m += 4) {
            int r0 = m * d;
            int r1 = r0 + d;
            int r2 = r1 + d;
            int r3 = r2 + d;
            double a0 = u[r0 + column];
            double a1 = u[r1 + column];
            double a2 = u[r2 + column];
            double a3 = u[r3 + column];
            int out = k * d;
            for (int j = from; j < d; j++) {
                u[out + j] -= a0 * u[r0 + j] + a1 * u[r1 + j] + (a2 * u[r2 + j] + a3 * u[r3 + j]);
            }
        }
        for (; m < k; m++) {
            double a = u[m * d + column];
            for (int j = from; j < d; j++) {
                u[k * d + j] -= a * u[m * d + j];
            }
        }
    }

    /** U, row-major [d, d], zero below the diagonal. */
    double[] values() {
        return u;
    }

    /** Number of columns d. */
    int width() {
        return d;
    }

    /** Columns whose pivot was at its floor. */
    int floored() {
        return floored;
    }

    /** ln of the product of the pivots of columns from {@code first} on: ln det of C given the columns before. */
    double logDeterminant(int first) {
        double sum = 0;
        for (int k = first; k < d; k++) {
            sum += 2 * Math.log(u[k * d + k]);
        }
        return sum;
    }
}
