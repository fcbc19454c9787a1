package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuCriticTest {
    /** Close to the float64 values, and the same bits from every kind of backend and any number of threads. */
    private static void checkAll(String what, Function<CpuBackend, float[]> run, double[] expected) {
        float[] first = null;
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                float[] found = run.apply(backend);
                CpuFixtures.assertClose(what, found, expected, 2e-6);
                first = first == null ? found : first;
                assertThat(found).as(what + " bits").isEqualTo(first);
            }
        }
    }

    @Test
    void slopeIsOneForAnyPositiveOutputAndTheSmallOneOtherwise() {
        float[] outputs = {
            1f,
            3e38f,
            Float.MIN_VALUE,
            Float.MIN_NORMAL,
            Float.POSITIVE_INFINITY,
            0.009f,
            0f,
            -0f,
            -1f,
            -Float.MIN_VALUE,
            Float.NEGATIVE_INFINITY,
            -3e38f
        };
        for (int copies : new int[] {1, 9}) {
            float[] many = new float[copies * outputs.length];
            for (int i = 0; i < many.length; i++) {
                many[i] = outputs[i % outputs.length];
            }
            try (CpuBackend backend = new CpuBackend(1)) {
                Tensor out = CpuFixtures.view(backend, 1, many.length, many);
                float[] gradients = new float[many.length];
                Arrays.fill(gradients, -7f);
                Tensor gradient = CpuFixtures.view(backend, 1, many.length, gradients);
                backend.leakyReluBackward(out, gradient);
                float[] found = CpuFixtures.read(backend, gradient);
                for (int i = 0; i < many.length; i++) {
                    assertThat(found[i]).as("output %s", many[i]).isEqualTo(many[i] > 0 ? -7f : 0.01f * -7f);
                }
            }
        }
    }

    @Test
    void nanStaysNanInTheGradient() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor out = CpuFixtures.tensor(backend, 1, 3, new float[] {Float.NaN, 1, -1});
            Tensor gradient = CpuFixtures.tensor(backend, 1, 3, new float[] {1, Float.NaN, Float.NaN});
            backend.leakyReluBackward(out, gradient);
            assertThat(CpuFixtures.read(backend, gradient)).containsOnly(Float.NaN);
        }
    }

    @Test
    void productsOfPairedRowsAreThoseOfFloat64WhateverThePiecesAre() {
        for (int width : new int[] {1, 3, 4, 97, 770}) {
            int rows = 61;
            int pairs = 403;
            int[] x = new Random(14).ints(pairs, 0, rows).toArray();
            int[] y = new Random(15).ints(pairs, 0, rows).toArray();
            float[] left = CpuFixtures.normal(16, rows * width);
            float[] right = CpuFixtures.normal(17, rows * width);
            double[] expected = new double[pairs];
            for (int i = 0; i < pairs; i++) {
                for (int c = 0; c < width; c++) {
                    expected[i] += (double) left[x[i] * width + c] * right[y[i] * width + c];
                }
            }
            checkAll(
                    "pairProducts of width " + width,
                    backend -> {
                        PairList list = backend.pairList(pairs, rows, rows);
                        backend.write(x, y, list);
                        Tensor a = CpuFixtures.view(backend, rows, width, left);
                        Tensor b = CpuFixtures.view(backend, rows, width, right);
                        Tensor out = CpuFixtures.view(backend, pairs, 1, new float[pairs]);
                        for (int from = 0; from < pairs; from += 150) {
                            int to = Math.min(pairs, from + 150);
                            PairPiece piece = new PairPiece(new Pairing.Listed(list), from);
                            backend.pairProducts(a, b, piece, out.rowRange(from, to));
                        }
                        return CpuFixtures.read(backend, out);
                    },
                    rounded(expected));
        }
    }

    /** More rows than pairs name: the others keep what they hold. */
    @Test
    void gradientsOfPairsAreAddedToTheRowsTheyTake() {
        int pairs = 301;
        int width = 97;
        int rows = 450;
        Random random = new Random(4);
        int[] x = random.ints(pairs, 0, rows / 3).toArray();
        int[] y = random.ints(pairs, 0, rows).toArray();
        float[] gradient = CpuFixtures.normal(6, pairs * width);
        float[] held = CpuFixtures.normal(7, 2 * rows * width);
        double[] expected = new double[held.length];
        Arrays.setAll(expected, i -> held[i]);
        for (int i = 0; i < pairs * width; i++) {
            expected[x[i / width] * width + i % width] += gradient[i];
            expected[(rows + y[i / width]) * width + i % width] += gradient[i];
        }
        checkAll(
                "pairRowsBackward",
                backend -> {
                    Tensor both = CpuFixtures.view(backend, 2 * rows, width, held);
                    PairList list = backend.pairList(pairs, rows, rows);
                    backend.write(x, y, list);
                    Pairing pairing = new Pairing.Listed(list);
                    backend.pairRowsBackward(
                            CpuFixtures.view(backend, pairs, width, gradient),
                            new PairPiece(pairing, 0),
                            both.rowRange(0, rows),
                            both.rowRange(rows, 2L * rows));
                    return CpuFixtures.read(backend, both);
                },
                expected);
    }

    @Test
    void columnSumsAreThoseOfFloat64() {
        for (int[] shape : new int[][] {{1, 1}, {3, 5}, {4, 7}, {1029, 3}, {1031, 97}, {50, 17_000}}) {
            float[] x = CpuFixtures.normal(8, shape[0] * shape[1]);
            double[] expected = new double[shape[1]];
            for (int c = 0; c < shape[1]; c++) {
                expected[c] = 0.5 * c / shape[1];
                for (int r = 0; r < shape[0]; r++) {
                    expected[c] += x[r * shape[1] + c];
                }
            }
            float[] held = new float[shape[1]];
            for (int c = 0; c < held.length; c++) {
                held[c] = c / (float) shape[1];
            }
            checkAll(
                    "columnSums " + shape[0] + "x" + shape[1],
                    backend -> {
                        Tensor sums = CpuFixtures.view(backend, 1, shape[1], held);
                        backend.columnSums(CpuFixtures.view(backend, shape[0], shape[1], x), 0.5f, sums);
                        return Arrays.copyOf(CpuFixtures.read(backend, sums), shape[1]);
                    },
                    // Sums of about 100 lie 8e-6 apart in float32.
                    rounded(expected));
        }
    }

    private static double[] rounded(double[] values) {
        return Arrays.stream(values).map(v -> (float) v).toArray();
    }

    /** Narrow, wide and single-row parameters in one step, the second of two. */
    @Test
    void adamMovesEveryParameter() {
        int[][] shapes = {{1, 1}, {3, 6}, {200, 130}, {1, 9000}, {5, 5000}, {1, 3}};
        StepPlan plan = StepPlan.of(new double[] {Double.NaN, 1e-2}, new Philox(0, 0, 0, 0, 0));
        int total = Arrays.stream(shapes).mapToInt(s -> s[0] * s[1]).sum();
        float[] p = CpuFixtures.normal(9, total);
        float[] g = CpuFixtures.normal(10, total);
        float[] m = CpuFixtures.normal(11, total);
        float[] v = CpuFixtures.normal(12, total);
        double[] expected = new double[3 * total];
        for (int i = 0; i < total; i++) {
            v[i] = Math.abs(v[i]);
            double mean = plan.beta1() * m[i] + (1 - plan.beta1()) * g[i];
            double square = plan.beta2() * v[i] + (1 - plan.beta2()) * g[i] * g[i];
            double unbiased = mean / (1 - Math.pow(plan.beta1(), 2));
            double root = Math.sqrt(square / (1 - Math.pow(plan.beta2(), 2)));
            expected[i] = p[i] - plan.rates()[1] * unbiased / (root + plan.epsilon());
            expected[total + i] = mean;
            expected[2 * total + i] = square;
        }
        checkAll(
                "adam",
                backend -> {
                    List<Parameter> parameters = new ArrayList<>();
                    int at = 0;
                    for (int[] s : shapes) {
                        int to = at + s[0] * s[1];
                        parameters.add(new Parameter(
                                CpuFixtures.tensor(backend, s[0], s[1], Arrays.copyOfRange(p, at, to)),
                                CpuFixtures.tensor(backend, s[0], s[1], Arrays.copyOfRange(g, at, to)),
                                CpuFixtures.tensor(backend, s[0], s[1], Arrays.copyOfRange(m, at, to)),
                                CpuFixtures.tensor(backend, s[0], s[1], Arrays.copyOfRange(v, at, to))));
                        at = to;
                    }
                    OptimiserSteps steps = backend.steps(plan);
                    backend.nextStep(steps);
                    backend.nextStep(steps);
                    backend.adam(backend.parameters(parameters), steps);
                    float[] found = new float[3 * total];
                    int written = 0;
                    for (Parameter parameter : parameters) {
                        float[] moved = CpuFixtures.read(backend, parameter.value());
                        System.arraycopy(moved, 0, found, written, moved.length);
                        float[] mean = CpuFixtures.read(backend, parameter.mean());
                        System.arraycopy(mean, 0, found, total + written, mean.length);
                        float[] square = CpuFixtures.read(backend, parameter.meanSquare());
                        System.arraycopy(square, 0, found, 2 * total + written, square.length);
                        written += moved.length;
                    }
                    return found;
                },
                expected);
    }

    /** Scores that fill several pieces and part of one more. */
    @Test
    void donskerVaradhanOverManyPieces() {
        int n = 5003;
        float[] f = CpuFixtures.normal(13, n);
        float[] weights = new float[2 * n];
        for (int i = 0; i < n; i++) {
            weights[2 * i] = i % 3 == 0 ? 3f / n : 0;
            weights[2 * i + 1] = i % 3 == 0 ? 0 : 1.5f / n;
        }
        double joint = 0;
        double z = 0;
        for (int i = 0; i < n; i++) {
            joint += weights[2 * i] * (double) f[i];
            z += weights[2 * i + 1] * Math.exp(f[i]);
        }
        double[] expected = new double[n + 1];
        for (int i = 0; i < n; i++) {
            expected[i] = -2 * (weights[2 * i] - weights[2 * i + 1] * Math.exp(f[i]) / z);
        }
        expected[n] = joint - Math.log(z);
        for (Exponential exponential : Exponential.values()) {
            checkAll(
                    "donskerVaradhan " + exponential,
                    backend -> {
                        Tensor gradient = backend.allocate(n, 1);
                        Tensor value = backend.allocate(1, 1);
                        Tensor scores = CpuFixtures.tensor(backend, n, 1, f);
                        Tensor both = CpuFixtures.tensor(backend, n, 2, weights);
                        backend.donskerVaradhan(scores, both, exponential, -2f, gradient, value, null);
                        float[] found = Arrays.copyOf(CpuFixtures.read(backend, gradient), n + 1);
                        found[n] = CpuFixtures.read(backend, value)[0];
                        return found;
                    },
                    expected);
        }
    }
}
