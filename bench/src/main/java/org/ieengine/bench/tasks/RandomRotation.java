package org.ieengine.bench.tasks;

import org.ieengine.engine.tensor.Philox;

/**
 * An orthogonal matrix Q [d, d], uniformly distributed (Haar): rows of normals, orthogonalised twice by Gram and Schmidt
 * (Stewart 1980, "The efficient generation of random orthogonal matrices"). Made when first asked for, since it takes d^3 steps.
 */
final class RandomRotation {
    private static final int ROTATION = 0x726f7461;

    private final int d;
    private double[][] rows;

    RandomRotation(int d) {
        this.d = d;
    }

    /** y += factor Q^T x, that is the rows of Q weighted by x. */
    void addTo(double[] x, double factor, double[] y) {
        double[][] q = rows();
        for (int i = 0; i < d; i++) {
            double weight = factor * x[i];
            double[] row = q[i];
            for (int j = 0; j < d; j++) {
                y[j] += weight * row[j];
            }
        }
    }

    private synchronized double[][] rows() {
        if (rows == null) {
            rows = draw();
        }
        return rows;
    }

    private double[][] draw() {
        Philox stream = new Philox(d, ROTATION, 0, 0, 0);
        double[][] q = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                q[i][j] = stream.normal((long) i * (d + d % 2) + j);
            }
            for (int pass = 0; pass < 2; pass++) {
                for (int k = 0; k < i; k++) {
                    add(q[i], -dot(q[i], q[k]), q[k]);
                }
            }
            double length = Math.sqrt(dot(q[i], q[i]));
            for (int j = 0; j < d; j++) {
                q[i][j] /= length;
            }
        }
        return q;
    }

    private static void add(double[] target, double factor, double[] row) {
        for (int j = 0; j < row.length; j++) {
            target[j] += factor * row[j];
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int j = 0; j < a.length; j++) {
            sum += a[j] * b[j];
        }
        return sum;
    }
}
