package org.ieengine.engine.cpu;

import org.ieengine.engine.tensor.Tensor;

/** The logistic value of weighted scores and its gradient, in pieces of a fixed number of scores whose sums are added in order. */
final class CpuLogistic {
    private static final int PIECE = 1024;

    private final Workers workers;

    CpuLogistic(Workers workers) {
        this.workers = workers;
    }

    /**
     * What is told apart.
     *
     * @param scores [n, 1]
     * @param offsets [n, 1], null for none
     * @param weights [n, 2]
     */
    record Scores(CpuTensor scores, CpuTensor offsets, CpuTensor weights) {
        static Scores of(Tensor scores, Tensor offsets, Tensor weights) {
            CpuTensor s = CpuTensor.open(scores);
            CpuTensor o = offsets == null ? null : CpuTensor.open(offsets);
            CpuTensor w = CpuTensor.open(weights);
            Shapes.require("logistic: scores", s, s.rows(), 1, "weights " + w);
            Shapes.require("logistic: weights", w, s.rows(), 2, "scores " + s);
            if (o != null) {
                Shapes.same("logistic: offsets", s, o);
            }
            return new Scores(s, o, w);
        }
    }

    void run(Scores of, float factor, Tensor gradient, CpuTensor value) {
        CpuTensor g = gradient == null ? null : CpuTensor.open(gradient);
        if (g != null) {
            Shapes.same("logistic: gradient", of.scores, g);
            Shapes.requireApartOrSame("logistic", of.scores, g);
            Shapes.requireApart("logistic", of.weights, g);
            if (of.offsets != null) {
                Shapes.requireApart("logistic", of.offsets, g);
            }
        }
        long n = of.scores.rows();
        double[] sums = new double[Math.toIntExact((n + PIECE - 1) / PIECE)];
        workers.run(sums.length, (piece, scratch) -> {
            long first = (long) piece * PIECE;
            int count = (int) Math.min(PIECE, n - first);
            float[] scores = scratch.floats(0, PIECE);
            float[] weights = scratch.floats(1, 2 * PIECE);
            float[] offsets = null;
            of.scores.readRows(first, count, scores, 0);
            of.weights.readRows(first, count, weights, 0);
            if (of.offsets != null) {
                offsets = scratch.floats(2, PIECE);
                of.offsets.readRows(first, count, offsets, 0);
            }
            for (int i = 0; i < count; i++) {
                double score = offsets == null ? scores[i] : (double) scores[i] + offsets[i];
                float joint = weights[2 * i];
                float product = weights[2 * i + 1];
                sums[piece] -=
                        (joint == 0 ? 0 : joint * softplus(-score)) + (product == 0 ? 0 : product * softplus(score));
                scores[i] = (float) (factor
                        * ((joint == 0 ? 0 : joint * sigmoid(-score)) - (product == 0 ? 0 : product * sigmoid(score))));
            }
            if (g != null) {
                g.writeRows(first, count, scores, 0);
            }
        });
        double sum = 0;
        for (double part : sums) {
            sum += part;
        }
        value.writeRows(0, 1, new float[] {(float) sum}, 0);
    }

    /** ln(1 + e^x), whatever the size of x. */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** 1 / (1 + e^-x), whatever the size of x. */
    private static double sigmoid(double x) {
        double e = Math.exp(-Math.abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }
}
