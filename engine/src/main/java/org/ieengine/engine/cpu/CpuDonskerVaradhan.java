package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.Tensor;

/**
 * The Donsker-Varadhan value of weighted scores and its gradient, in pieces of a fixed number of scores whose sums are added in
 * order.
 */
final class CpuDonskerVaradhan {
    private static final int PIECE = 1024;

    private final Workers workers;

    CpuDonskerVaradhan(Workers workers) {
        this.workers = workers;
    }

    void run(Tensor scores, Tensor weights, Exponential exponential, float factor, Tensor gradient, Tensor value) {
        CpuTensor f = CpuTensor.open(scores);
        CpuTensor w = CpuTensor.open(weights);
        CpuTensor to = CpuTensor.open(value);
        Shapes.require("donskerVaradhan: scores", f, f.rows(), 1, "weights " + w);
        Shapes.require("donskerVaradhan: weights", w, f.rows(), 2, "scores " + f);
        Shapes.require("donskerVaradhan: value", to, 1, 1, "scores " + f);
        int pieces = Math.toIntExact((f.rows() + PIECE - 1) / PIECE);
        Sums sums = exponential == Exponential.PLAIN ? plainSums(f, w, pieces) : stableSums(f, w, pieces);
        to.writeRows(0, 1, new float[] {(float) sums.value()}, 0);
        if (gradient != null) {
            CpuTensor g = CpuTensor.open(gradient);
            Shapes.same("donskerVaradhan: gradient", f, g);
            gradient(f, w, sums, factor, g);
        }
    }

    /** Joint mean, the shift of the exponents, and the sum of weighted exponentials; plain when computed in float32. */
    private record Sums(double joint, double shift, double exponentials, boolean plain) {
        double value() {
            if (plain) {
                return (float) joint - (float) Math.log((float) exponentials);
            }
            return joint - shift - Math.log(exponentials);
        }
    }

    private Sums plainSums(CpuTensor f, CpuTensor w, int pieces) {
        double[] joint = new double[pieces];
        double[] exponentials = new double[pieces];
        forEach(f, w, pieces, (piece, s, weight, count) -> {
            for (int i = 0; i < count; i++) {
                joint[piece] += weight[2 * i] == 0 ? 0 : (double) weight[2 * i] * s[i];
                exponentials[piece] += weight[2 * i + 1] == 0 ? 0 : (double) weight[2 * i + 1] * (float) Math.exp(s[i]);
            }
        });
        return new Sums(total(joint), 0, (float) total(exponentials), true);
    }

    private Sums stableSums(CpuTensor f, CpuTensor w, int pieces) {
        double[] most = new double[pieces];
        forEach(f, w, pieces, (piece, s, weight, count) -> {
            double greatest = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                greatest = weight[2 * i + 1] == 0 ? greatest : Math.max(greatest, s[i]);
            }
            most[piece] = greatest;
        });
        double greatest = Double.NEGATIVE_INFINITY;
        for (double m : most) {
            greatest = Math.max(greatest, m);
        }
        double shift = greatest;
        double[] joint = new double[pieces];
        double[] exponentials = new double[pieces];
        forEach(f, w, pieces, (piece, s, weight, count) -> {
            for (int i = 0; i < count; i++) {
                joint[piece] += weight[2 * i] == 0 ? 0 : (double) weight[2 * i] * s[i];
                exponentials[piece] += weight[2 * i + 1] == 0 ? 0 : weight[2 * i + 1] * Math.exp(s[i] - shift);
            }
        });
        return new Sums(total(joint), shift, total(exponentials), false);
    }

    private void gradient(CpuTensor f, CpuTensor w, Sums sums, float factor, CpuTensor gradient) {
        int pieces = Math.toIntExact((f.rows() + PIECE - 1) / PIECE);
        forEach(f, w, pieces, (piece, s, weight, count) -> {
            for (int i = 0; i < count; i++) {
                double share = 0;
                if (weight[2 * i + 1] != 0) {
                    double e = sums.plain() ? (float) Math.exp(s[i]) : Math.exp(s[i] - sums.shift());
                    share = weight[2 * i + 1] * e / sums.exponentials();
                }
                s[i] = (float) (factor * (weight[2 * i] - share));
            }
            gradient.writeRows((long) piece * PIECE, count, s, 0);
        });
    }

    private interface Piece {
        void run(int piece, float[] scores, float[] weights, int count);
    }

    private void forEach(CpuTensor f, CpuTensor w, int pieces, Piece body) {
        workers.run(pieces, (piece, scratch) -> {
            long first = (long) piece * PIECE;
            int count = (int) Math.min(PIECE, f.rows() - first);
            float[] scores = scratch.floats(0, PIECE);
            float[] weights = scratch.floats(1, 2 * PIECE);
            f.readRows(first, count, scores, 0);
            w.readRows(first, count, weights, 0);
            body.run(piece, scores, weights, count);
        });
    }

    private static double total(double[] parts) {
        double sum = 0;
        for (double part : parts) {
            sum += part;
        }
        return sum;
    }
}
