package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuLogisticTest {
    private static final float FACTOR = -1.5f;

    private record Case(float[] scores, float[] offsets, float[] weights) {
        static Case of(int n, boolean offsets) {
            float[] weights = new float[2 * n];
            for (int i = 0; i < n; i++) {
                weights[2 * i] = i % 3 == 1 ? 0 : (1 + i % 5) / (3f * n);
                weights[2 * i + 1] = i % 4 == 3 ? 0 : (1 + i % 7) / (4f * n);
            }
            float[] scores = CpuFixtures.normal(21, n);
            for (int i = 0; i < n; i++) {
                scores[i] *= 4;
            }
            return new Case(scores, offsets ? CpuFixtures.normal(22, n) : null, weights);
        }

        double term(int i, double score) {
            return -weights[2 * i] * Math.log1p(Math.exp(-score)) - weights[2 * i + 1] * Math.log1p(Math.exp(score));
        }

        double score(int i) {
            return offsets == null ? scores[i] : (double) scores[i] + offsets[i];
        }

        /** Gradients by central differences, the value last. */
        double[] expected() {
            double[] all = new double[scores.length + 1];
            for (int i = 0; i < scores.length; i++) {
                double h = 1e-5;
                all[i] = FACTOR * (term(i, score(i) + h) - term(i, score(i) - h)) / (2 * h);
                all[scores.length] += term(i, score(i));
            }
            return all;
        }

        /** Gradients and the value. */
        float[] run(CpuBackend backend) {
            int n = scores.length;
            Tensor gradient = CpuFixtures.view(backend, n, 1, new float[n]);
            Tensor value = backend.allocate(1, 1);
            Tensor offset = offsets == null ? null : CpuFixtures.view(backend, n, 1, offsets);
            Tensor both = CpuFixtures.view(backend, n, 2, weights);
            backend.logistic(CpuFixtures.view(backend, n, 1, scores), offset, both, FACTOR, gradient, value, null);
            float[] found = Arrays.copyOf(CpuFixtures.read(backend, gradient), n + 1);
            found[n] = CpuFixtures.read(backend, value)[0];
            return found;
        }
    }

    @Test
    void valueAndGradientAreThoseOfFloat64ForAnyNumberOfThreads() {
        for (int n : new int[] {1, 2, 1023, 1024, 5003}) {
            for (boolean offsets : new boolean[] {false, true}) {
                Case one = Case.of(n, offsets);
                float[] first = null;
                for (CpuBackend backend : CpuFixtures.kinds()) {
                    try (backend) {
                        float[] found = one.run(backend);
                        CpuFixtures.assertClose(n + " scores", found, one.expected(), 1e-6);
                        first = first == null ? found : first;
                        assertThat(found).as("%d scores, bits", n).isEqualTo(first);
                    }
                }
            }
        }
    }

    @Test
    void theBestScoreIsTheLogarithmOfTheRatioOfWeights() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor weights = CpuFixtures.tensor(backend, 2, 2, new float[] {0.75f, 0.25f, 0.25f, 0.75f});
            Tensor scores = CpuFixtures.tensor(backend, 2, 1, new float[] {(float) Math.log(3), (float) -Math.log(3)});
            Tensor gradient = backend.allocate(2, 1);
            Tensor value = backend.allocate(1, 1);
            backend.logistic(scores, null, weights, 1, gradient, value, null);
            assertThat(CpuFixtures.read(backend, gradient)).satisfies(g -> {
                assertThat(g[0]).isCloseTo(0, within(3e-8f));
                assertThat(g[1]).isCloseTo(0, within(3e-8f));
            });
            double expected = 2 * (0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
            assertThat(CpuFixtures.read(backend, value)[0]).isCloseTo((float) expected, within(1e-6f));
        }
    }

    @Test
    void largeScoresNeitherOverflowNorLoseTheirSlope() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor scores = CpuFixtures.tensor(backend, 4, 1, new float[] {1e4f, -1e4f, 1e4f, -1e4f});
            Tensor weights = CpuFixtures.tensor(backend, 4, 2, new float[] {0.5f, 0, 0.25f, 0, 0, 0.125f, 0, 1});
            Tensor value = backend.allocate(1, 1);
            backend.logistic(scores, null, weights, 2, scores, value, null);
            assertThat(CpuFixtures.read(backend, value)).containsExactly(-0.25f * 1e4f - 0.125f * 1e4f);
            assertThat(CpuFixtures.read(backend, scores)).containsExactly(0, 0.5f, -0.25f, 0);
        }
    }

    @Test
    void termsOfWeightZeroAreLeftOutWhateverTheirScoreIs() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor scores = CpuFixtures.tensor(backend, 3, 1, new float[] {0, Float.NaN, Float.POSITIVE_INFINITY});
            Tensor weights = CpuFixtures.tensor(backend, 3, 2, new float[] {1, 0, 0, 0, 1, 0});
            Tensor gradient = backend.allocate(3, 1);
            Tensor value = backend.allocate(1, 1);
            backend.logistic(scores, null, weights, 1, gradient, value, null);
            assertThat(CpuFixtures.read(backend, value)).containsExactly((float) -Math.log(2));
            assertThat(CpuFixtures.read(backend, gradient)).containsExactly(0.5f, 0, 0);
        }
    }

    @Test
    void eachStepWritesItsRowOfTheRing() {
        try (CpuBackend backend = new CpuBackend(1);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[4], new Philox(1, 2, 3, 4, 0)))) {
            Tensor scores = backend.allocate(1, 1);
            Tensor weights = CpuFixtures.tensor(backend, 1, 2, new float[] {0, 1});
            Tensor ring = backend.allocate(3, 1);
            backend.fill(ring, 7);
            for (int step = 0; step < 4; step++) {
                backend.nextStep(steps);
                backend.fill(scores, 100 * (step + 1));
                backend.logistic(scores, null, weights, 1, null, ring, steps);
            }
            assertThat(CpuFixtures.read(backend, ring)).containsExactly(-400, -200, -300);
        }
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor three = backend.allocate(3, 1);
            Tensor two = backend.allocate(2, 1);
            Tensor weights = backend.allocate(3, 2);
            Tensor value = backend.allocate(1, 1);
            assertThatThrownBy(() -> backend.logistic(two, null, weights, 1, null, value, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("logistic: weights: found [3, 2], expected [2, 2]");
            assertThatThrownBy(() -> backend.logistic(three, two, weights, 1, null, value, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("logistic: offsets: shapes [3, 1] and [2, 1]");
            assertThatThrownBy(() -> backend.logistic(three, null, weights, 1, two, value, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("logistic: gradient: shapes [3, 1] and [2, 1]");
            Tensor column = weights.columnRange(0, 1);
            assertThatThrownBy(() -> backend.logistic(three, null, weights, 1, column, value, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("overlap");
        }
    }
}
