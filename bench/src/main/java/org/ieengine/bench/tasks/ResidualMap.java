package org.ieengine.bench.tasks;

import java.util.Arrays;
import org.ieengine.engine.tensor.Philox;

/**
 * y = x + W2 tanh(W1 x) with fixed normal weights, W1 [4 d, d] of variance 1 / d and W2 [d, 4 d] of variance 1 / (4 d): smooth, the
 * same for every sample, and of the form of a transformer's feed-forward block.
 */
final class ResidualMap {
    private static final int WEIGHTS = 0x626c6f63;
    private static final int EXPANSION = 4;

    private final int d;
    private final int hidden;
    /** [d, 4 d], W1 transposed. */
    private final float[] first;
    /** [4 d, d], W2 transposed. */
    private final float[] second;

    ResidualMap(int d) {
        this.d = d;
        this.hidden = EXPANSION * d;
        this.first = new float[d * hidden];
        this.second = new float[hidden * d];
        new Philox(d, WEIGHTS, 0, 0, 0).normals(0, Math.sqrt(1d / d), first);
        new Philox(d, WEIGHTS, 1, 0, 0).normals(0, Math.sqrt(1d / hidden), second);
    }

    /** Images [N, d] of rows x [N, d]. */
    float[] apply(float[] x) {
        float[] y = x.clone();
        float[] inner = new float[hidden];
        float[] row = new float[d];
        for (int at = 0; at < x.length; at += d) {
            Arrays.fill(inner, 0);
            for (int i = 0; i < d; i++) {
                addRow(inner, x[at + i], first, i * hidden);
            }
            System.arraycopy(x, at, row, 0, d);
            for (int k = 0; k < hidden; k++) {
                addRow(row, (float) Math.tanh(inner[k]), second, k * d);
            }
            System.arraycopy(row, 0, y, at, d);
        }
        return y;
    }

    private static void addRow(float[] target, float weight, float[] rows, int from) {
        for (int j = 0; j < target.length; j++) {
            target[j] += weight * rows[from + j];
        }
    }
}
