package org.ieengine.engine.selftest;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.Tensor;

/** What training a critic needs besides products and pairs: the Donsker-Varadhan value, Adam, sums, permutations, recordings. */
final class CriticChecks {
    private static final double SUM_TOLERANCE = 1e-5;
    private static final double SLOPE = 0.01f;

    /** Those of the published critic. */
    private static final int ADAM_PARAMETERS = 21;

    private final SelftestScale scale;

    CriticChecks(SelftestScale scale) {
        this.scale = scale;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (int width : scale.widths()) {
            int rows = Math.max(7, Math.min(4001, scale.rows() / width));
            String shape = "[" + rows + ", " + width + "]";
            checks.add(new Check("leaky relu backward", shape, 1e-7, trial -> leakyBackward(trial, rows, width)));
            checks.add(new Check("column sums", shape, SUM_TOLERANCE, trial -> columnSums(trial, rows, width)));
        }
        for (int n : new int[] {1, 2, 67, 1024, 2053, scale.scores()}) {
            checks.add(new Check("donsker-varadhan stable", n + " scores", 1e-6, trial -> stable(trial, n)));
            checks.add(new Check("donsker-varadhan plain", n + " scores", 2e-6, trial -> plain(trial, n)));
        }
        for (int n : new int[] {1, 2, 3, 64, 4097, scale.scores()}) {
            checks.add(new Check("permutation of each step", n + " samples", 0, trial -> permutation(trial, n)));
        }
        checks.add(new Check("adam", ADAM_PARAMETERS + " parameters, 3 steps", 2e-6, CriticChecks::adam));
        checks.add(new Check("recording replayed", "3 steps of a small critic", 0, CriticChecks::recording));
        return checks;
    }

    private static double leakyBackward(Trial trial, int rows, int width) {
        float[] out = trial.values((long) rows * width);
        out[0] = 0f;
        out[out.length - 1] = Float.MIN_VALUE;
        float[] gradient = trial.values((long) rows * width);
        Trial.Placed target = trial.placed(gradient, width);
        trial.backend().leakyReluBackward(trial.input(out, width), target.view());
        return trial.error(target, (row, values, scales) -> {
            for (int c = 0; c < width; c++) {
                values[c] = gradient[row * width + c] * (out[row * width + c] > 0 ? 1 : SLOPE);
            }
        });
    }

    private static double columnSums(Trial trial, int rows, int width) {
        float[] x = trial.values((long) rows * width);
        float[] before = trial.values(width);
        double worst = 0;
        for (float beta : new float[] {0, 1, 0.5f}) {
            Trial.Placed sums = beta == 0 ? trial.output(1, width) : trial.placed(before, width);
            trial.backend().columnSums(trial.input(x, width), beta, sums.view());
            worst = Math.max(worst, trial.error(sums, (row, values, scales) -> {
                for (int c = 0; c < width; c++) {
                    values[c] = (double) beta * before[c];
                    scales[c] = 1e-3 + Math.abs(values[c]);
                    for (int r = 0; r < rows; r++) {
                        values[c] += x[r * width + c];
                        scales[c] += Math.abs(x[r * width + c]);
                    }
                }
            }));
        }
        return worst;
    }

    /** Scores that plain exponentials could not take, weights of zero among them, values into a ring. */
    private static double stable(Trial trial, int n) {
        float[] scores = trial.values(n, 20);
        scores[n / 2] = 200;
        return donskerVaradhan(trial, scores, Exponential.STABLE);
    }

    private static double plain(Trial trial, int n) {
        return donskerVaradhan(trial, trial.values(n), Exponential.PLAIN);
    }

    private static double donskerVaradhan(Trial trial, float[] scores, Exponential exponential) {
        int n = scores.length;
        float[] weights = trial.values(2L * n);
        for (int i = 0; i < n; i++) {
            weights[2 * i] = i % 3 == 1 ? 0 : Math.abs(weights[2 * i]) / n;
            weights[2 * i + 1] = i % 4 == 3 ? 0 : (0.1f + Math.abs(weights[2 * i + 1])) / n;
        }
        float factor = -0.75f;
        Tensor f = trial.input(scores, 1);
        Tensor w = trial.input(weights, 2);
        Trial.Placed gradient = trial.output(n, 1);
        Trial.Placed ring = trial.output(2, 1);
        Trial.Placed single = trial.output(1, 1);
        OptimiserSteps steps = DrawnPairs.steps(trial, new Philox(0, 0, 0, 0, 0), 2);
        trial.backend().donskerVaradhan(f, w, exponential, factor, gradient.view(), ring.view(), steps);
        trial.backend().donskerVaradhan(f, w, exponential, factor, null, single.view(), null);
        double shift = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            shift = weights[2 * i + 1] == 0 ? shift : Math.max(shift, scores[i]);
        }
        double joint = 0;
        double sum = 0;
        for (int i = 0; i < n; i++) {
            joint += (double) weights[2 * i] * scores[i];
            sum += weights[2 * i + 1] * Math.exp(scores[i] - shift);
        }
        double offset = shift;
        double total = sum;
        double value = joint - offset - Math.log(total);
        float[] values = trial.result(ring);
        if (!Float.isNaN(values[0])) {
            throw new SelftestFault("step 1 wrote row 0 of the ring too");
        }
        double[] expected = {value, value};
        double worst = Trial.relativeError(new float[] {values[1], trial.result(single)[0]}, expected);
        return Math.max(worst, trial.error(gradient, (row, gradients, scales) -> {
            double share = weights[2 * row + 1] * Math.exp(scores[row] - offset) / total;
            gradients[0] = factor * (weights[2 * row] - share);
            scales[0] = 1e-3 / n + Math.abs(weights[2 * row]) + share;
        }));
    }

    /** The row of y that every pair meets, as the value that the pairing gives: x is 0, row r of y holds r + 1. */
    private static double permutation(Trial trial, int n) {
        Philox stream = new Philox(0x123456789ABCDEFL, 5, 11, 3, 0);
        OptimiserSteps steps = DrawnPairs.steps(trial, stream, 0);
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = i + 1;
        }
        Tensor x = trial.input(new float[n], 1);
        Tensor y = trial.input(numbers, 1);
        Trial.Placed out = trial.output(n, 1);
        for (int s = 0; s < DrawnPairs.STEPS; s++) {
            trial.backend().nextStep(steps);
            Pairing pairing = new Pairing.Permuted(n, steps, null);
            trial.backend().pairRows(x, y, new PairPiece(pairing, 0), out.view());
            FeistelPermutation permutation = FeistelPermutation.of(n, stream.atStep(s));
            float[] expected = new float[n];
            for (int i = 0; i < n; i++) {
                expected[i] = permutation.apply(i) + 1;
            }
            Trial.sameBits(trial.result(out), expected);
        }
        return 0;
    }

    private static double adam(Trial trial) {
        OptimiserSteps steps = DrawnPairs.steps(trial, new Philox(0, 0, 0, 0, 0), 0);
        int[][] shapes = {{1, 1}, {3, 5}, {1, 67}, {31, 64}, {130, 33}};
        List<Parameter> parameters = new ArrayList<>();
        List<Trial.Placed[]> placed = new ArrayList<>();
        List<float[][]> kept = new ArrayList<>();
        List<double[][]> expected = new ArrayList<>();
        for (int parameter = 0; parameter < ADAM_PARAMETERS; parameter++) {
            int[] shape = shapes[parameter % shapes.length];
            int count = shape[0] * shape[1];
            float[][] values = {trial.values(count), trial.values(count, 0.1), new float[count], new float[count]};
            Trial.Placed[] four = new Trial.Placed[4];
            double[][] copy = new double[4][count];
            for (int i = 0; i < 4; i++) {
                four[i] = trial.placed(values[i], shape[1]);
                for (int k = 0; k < count; k++) {
                    copy[i][k] = values[i][k];
                }
            }
            parameters.add(new Parameter(four[0].view(), four[1].view(), four[2].view(), four[3].view()));
            placed.add(four);
            kept.add(values);
            expected.add(copy);
        }
        ParameterTable table = table(trial, parameters);
        double worst = 0;
        for (int s = 0; s < DrawnPairs.STEPS; s++) {
            trial.backend().nextStep(steps);
            trial.backend().adam(table, steps);
            for (double[][] one : expected) {
                adamStep(one, s);
            }
        }
        for (int i = 0; i < ADAM_PARAMETERS; i++) {
            Trial.sameBits(trial.result(placed.get(i)[1]), kept.get(i)[1]);
            for (int which : new int[] {0, 2, 3}) {
                worst = Math.max(
                        worst, Trial.relativeError(trial.result(placed.get(i)[which]), expected.get(i)[which]));
            }
        }
        return worst;
    }

    private static ParameterTable table(Trial trial, List<Parameter> parameters) {
        ParameterTable table = trial.backend().parameters(parameters);
        return trial.keep(table, table::close);
    }

    private static void adamStep(double[][] values, int step) {
        double rate = 1e-2 / (step + 1) / (1 - Math.pow(0.9, step + 1));
        double root = Math.sqrt(1 - Math.pow(0.999, step + 1));
        for (int k = 0; k < values[0].length; k++) {
            double g = values[1][k];
            values[2][k] = 0.9 * values[2][k] + 0.1 * g;
            values[3][k] = 0.999 * values[3][k] + 0.001 * g * g;
            values[0][k] -= rate * values[2][k] / (Math.sqrt(values[3][k]) / root + 1e-8);
        }
    }

    /** The same steps one by one and as a recording that is replayed give the same bits. */
    private static double recording(Trial trial) {
        float[] x = trial.values(64L * 33);
        float[] y = trial.values(64L * 33);
        float[] weight = trial.values(33, 0.2);
        float[] direct = trained(trial, x, y, weight, false);
        float[] replayed = trained(trial, x, y, weight, true);
        if (java.util.Arrays.equals(direct, weight)) {
            throw new SelftestFault("the steps changed nothing");
        }
        return Trial.sameBits(replayed, direct);
    }

    private static float[] trained(Trial trial, float[] x, float[] y, float[] weight, boolean recorded) {
        Tensor projectedX = trial.dense(x, 33);
        Tensor projectedY = trial.dense(y, 33);
        Tensor hidden = trial.dense(new float[64 * 33], 33);
        Tensor scores = trial.dense(new float[64], 1);
        Tensor weights = trial.dense(trial.values(128, 0), 2);
        trial.backend().fill(weights, 1f / 64);
        Tensor scoreGradients = trial.dense(new float[64], 1);
        Tensor ring = trial.dense(new float[DrawnPairs.STEPS], 1);
        Tensor value = trial.dense(weight, 33);
        Parameter parameter = new Parameter(
                value, trial.dense(new float[33], 33), trial.dense(new float[33], 33), trial.dense(new float[33], 33));
        OptimiserSteps steps = DrawnPairs.steps(trial, new Philox(3, 1, 4, 1, 0), 0);
        ParameterTable table = table(trial, List.of(parameter));
        Pairing pairing = new Pairing.Permuted(64, steps, null);
        Runnable step = () -> {
            trial.backend().nextStep(steps);
            trial.backend().pairRows(projectedX, projectedY, new PairPiece(pairing, 0), hidden);
            trial.backend().strictProduct(hidden, false, value, true, 0, scores);
            trial.backend().donskerVaradhan(scores, weights, Exponential.STABLE, -1, scoreGradients, ring, steps);
            trial.backend().strictProduct(scoreGradients, true, hidden, false, 0, parameter.gradient());
            trial.backend().adam(table, steps);
        };
        if (recorded) {
            try (Recording recording = trial.backend().record(step)) {
                for (int s = 0; s < DrawnPairs.STEPS; s++) {
                    recording.replay();
                }
                trial.backend().synchronise();
            }
        } else {
            for (int s = 0; s < DrawnPairs.STEPS; s++) {
                step.run();
            }
        }
        float[] result = trial.read(value);
        float[] values = trial.read(ring);
        float[] all = java.util.Arrays.copyOf(result, result.length + values.length);
        System.arraycopy(values, 0, all, result.length, values.length);
        return all;
    }
}
