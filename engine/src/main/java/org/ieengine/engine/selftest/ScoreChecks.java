package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;

/** Scores of bilinear critics on listed pairs, and the logistic and the InfoNCE value of scores. */
final class ScoreChecks {
    /** Up to 32 terms in a row in float32. */
    private static final double SUM_TOLERANCE = 2e-6;

    /** A few roundings of float32. */
    private static final double TOLERANCE = 2e-6;

    private static final int MOST_CONTRASTED = 4096;
    private static final float FACTOR = -0.75f;

    private final SelftestScale scale;

    ScoreChecks(SelftestScale scale) {
        this.scale = scale;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (int width : scale.widths()) {
            int rows = Math.max(7, Math.min(4001, scale.rows() / width));
            for (DrawnPairs.Kind kind : DrawnPairs.Kind.values()) {
                checks.add(new Check(
                        "pair products, " + kind,
                        rows + " rows of " + width,
                        SUM_TOLERANCE,
                        trial -> pairProducts(trial, kind, rows, width)));
            }
        }
        for (int n : new int[] {1, 2, 67, 1024, 2053, scale.scores()}) {
            for (boolean offsets : new boolean[] {false, true}) {
                String operation = offsets ? "logistic with offsets" : "logistic";
                checks.add(new Check(operation, n + " scores", TOLERANCE, trial -> logistic(trial, n, offsets)));
            }
        }
        for (int size : new int[] {1, 2, 31, 64, 257, Math.min(MOST_CONTRASTED, scale.rows() + 3)}) {
            for (double spread : new double[] {3, 3000}) {
                String shape = "[" + size + ", " + size + "], scores up to " + (int) (2.5 * spread);
                checks.add(new Check("contrast", shape, TOLERANCE, trial -> contrast(trial, size, spread)));
            }
        }
        return checks;
    }

    /** In two pieces, so that the second begins in the middle. Errors are divided by the sum of the terms' sizes. */
    private static double pairProducts(Trial trial, DrawnPairs.Kind kind, int rows, int width) {
        DrawnPairs pairs = DrawnPairs.of(trial, kind, rows);
        float[] x = trial.values((long) pairs.xRows() * width);
        float[] y = trial.values((long) pairs.yRows() * width);
        Tensor left = trial.input(x, width);
        Tensor right = trial.input(y, width);
        Trial.Placed out = trial.output(pairs.count(), 1);
        int cut = pairs.count() / 3 + 1;
        for (int from = 0; from < pairs.count(); from += cut) {
            Tensor piece = out.view().rowRange(from, Math.min(pairs.count(), from + cut));
            trial.backend().pairProducts(left, right, new PairPiece(pairs.pairing(), from), piece);
        }
        return trial.error(out, (row, values, scales) -> {
            scales[0] = 1e-3;
            for (int c = 0; c < width; c++) {
                double term = (double) x[pairs.x()[row] * width + c] * y[pairs.y()[row] * width + c];
                values[0] += term;
                scales[0] += Math.abs(term);
            }
        });
    }

    /** Where a value and its gradient go: a ring of two at step 1, and one without steps and gradient. */
    private record Results(Trial trial, Trial.Placed ring, Trial.Placed single, OptimiserSteps steps) {
        static Results of(Trial trial) {
            OptimiserSteps steps = DrawnPairs.steps(trial, new Philox(0, 0, 0, 0, 0), 2);
            return new Results(trial, trial.output(2, 1), trial.output(1, 1), steps);
        }

        double error(double value) {
            float[] values = trial.result(ring);
            if (!Float.isNaN(values[0])) {
                throw new SelftestFault("step 1 wrote row 0 of the ring too");
            }
            double[] expected = {value, value};
            return Trial.relativeError(new float[] {values[1], trial.result(single)[0]}, expected);
        }
    }

    /** Scores up to 1e4 and weights of zero among them; the gradient may take the place of the scores. */
    private static double logistic(Trial trial, int n, boolean offsets) {
        float[] scores = trial.values(n, 8);
        float[] offset = trial.values(n, 3);
        float[] weights = trial.values(2L * n);
        scores[n / 2] = 1e4f;
        scores[n / 3] = -1e4f;
        for (int i = 0; i < n; i++) {
            weights[2 * i] = i % 3 == 1 ? 0 : Math.abs(weights[2 * i]) / n;
            weights[2 * i + 1] = i % 4 == 3 ? 0 : (0.1f + Math.abs(weights[2 * i + 1])) / n;
        }
        Trial.Placed s = trial.placed(scores, 1);
        Tensor o = offsets ? trial.input(offset, 1) : null;
        Tensor w = trial.input(weights, 2);
        Trial.Placed gradient = offsets ? s : trial.output(n, 1);
        Results results = Results.of(trial);
        trial.backend().logistic(s.view(), o, w, FACTOR, null, results.single.view(), null);
        trial.backend().logistic(s.view(), o, w, FACTOR, gradient.view(), results.ring.view(), results.steps);
        double value = 0;
        for (int i = 0; i < n; i++) {
            double score = offsets ? (double) scores[i] + offset[i] : scores[i];
            value -= weights[2 * i] * softplus(-score) + weights[2 * i + 1] * softplus(score);
        }
        double worst = results.error(value);
        return Math.max(worst, trial.error(gradient, (row, gradients, scales) -> {
            double score = offsets ? (double) scores[row] + offset[row] : scores[row];
            double joint = weights[2 * row] / (1 + Math.exp(score));
            double product = weights[2 * row + 1] / (1 + Math.exp(-score));
            gradients[0] = FACTOR * (joint - product);
            scales[0] = 1e-3 / n + joint + product;
        }));
    }

    private static double softplus(double score) {
        return Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));
    }

    private static double contrast(Trial trial, int size, double spread) {
        float[] scores = trial.values((long) size * size, spread);
        Trial.Placed s = trial.placed(scores, size);
        Trial.Placed gradient = spread > 100 ? s : trial.output(size, size);
        Results results = Results.of(trial);
        trial.backend().contrast(s.view(), FACTOR, null, results.single.view(), null);
        trial.backend().contrast(s.view(), FACTOR, gradient.view(), results.ring.view(), results.steps);
        double[] rows = new double[size];
        double[] columns = new double[size];
        double value = Math.log(size);
        for (int i = 0; i < size; i++) {
            rows[i] = logSum(scores, i * size, 1, size);
            columns[i] = logSum(scores, i, size, size);
            value += (scores[i * size + i] - 0.5 * rows[i] - 0.5 * columns[i]) / size;
        }
        double worst = results.error(value);
        double share = (double) FACTOR / size;
        return Math.max(worst, trial.error(gradient, (row, gradients, scales) -> {
            for (int j = 0; j < size; j++) {
                double score = scores[row * size + j];
                double expected = 0.5 * (Math.exp(score - rows[row]) + Math.exp(score - columns[j]));
                gradients[j] = share * ((row == j ? 1 : 0) - expected);
                scales[j] = Math.abs(share) * ((row == j ? 1 : 1e-2) + expected);
            }
        }));
    }

    /** ln of the sum of e^score over scores so far apart. */
    private static double logSum(float[] scores, int first, int apart, int count) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < count; k++) {
            greatest = Math.max(greatest, scores[first + k * apart]);
        }
        double sum = 0;
        for (int k = 0; k < count; k++) {
            sum += Math.exp(scores[first + k * apart] - greatest);
        }
        return greatest + Math.log(sum);
    }
}
