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

class CpuContrastTest {
    private static final float FACTOR = -2.5f;

    private static double[] scores(int size, double spread) {
        float[] values = CpuFixtures.normal(31, size * size);
        return java.util.stream.IntStream.range(0, values.length)
                .mapToDouble(i -> (float) (spread * values[i]) + (i % (size + 1) == 0 ? 2 : 0))
                .map(v -> (float) v)
                .toArray();
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Literally the definition: fails for scores beyond 700. */
    private static double value(double[] s, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            double row = 0;
            double column = 0;
            for (int j = 0; j < size; j++) {
                row += Math.exp(s[i * size + j]) / size;
                column += Math.exp(s[j * size + i]) / size;
            }
            sum += s[i * size + i] - 0.5 * Math.log(row) - 0.5 * Math.log(column);
        }
        return sum / size;
    }

    /** Gradient and value, the gradient in place of the scores or apart. */
    private static float[] run(CpuBackend backend, double[] scores, int size, boolean inPlace) {
        Tensor s = CpuFixtures.view(backend, size, size, floats(scores));
        Tensor gradient = inPlace ? s : CpuFixtures.view(backend, size, size, new float[size * size]);
        Tensor value = backend.allocate(1, 1);
        backend.contrast(s, FACTOR, gradient, value, null);
        float[] found = Arrays.copyOf(CpuFixtures.read(backend, gradient), size * size + 1);
        found[size * size] = CpuFixtures.read(backend, value)[0];
        return found;
    }

    @Test
    void gradientIsTheDerivativeOfTheDefinition() {
        for (int size : new int[] {1, 2, 5, 13}) {
            double[] s = scores(size, 3);
            double[] expected = new double[size * size + 1];
            for (int k = 0; k < s.length; k++) {
                double held = s[k];
                s[k] = held + 1e-5;
                double above = value(s, size);
                s[k] = held - 1e-5;
                expected[k] = FACTOR * (above - value(s, size)) / 2e-5;
                s[k] = held;
            }
            expected[s.length] = value(s, size);
            try (CpuBackend backend = new CpuBackend(1)) {
                CpuFixtures.assertClose("size " + size, run(backend, s, size, false), expected, 1e-6);
            }
        }
    }

    @Test
    void severalPanelsGiveTheSameBitsForAnyNumberOfThreads() {
        int size = 307;
        double[] s = scores(size, 4);
        float[] first = null;
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                float[] found = run(backend, s, size, true);
                assertThat((double) found[size * size]).isCloseTo(value(s, size), within(2e-6));
                first = first == null ? found : first;
                assertThat(found).isEqualTo(first);
                for (int row = 0; row < size; row++) {
                    double sum = 0;
                    for (int j = 0; j < size; j++) {
                        sum += found[row * size + j];
                    }
                    // 1 - 1/2 - 1/2 times its column's share: the share of this row in the columns.
                    double inColumns = 0;
                    for (int j = 0; j < size; j++) {
                        double column = 0;
                        for (int i = 0; i < size; i++) {
                            column += Math.exp(s[i * size + j]);
                        }
                        inColumns += Math.exp(s[row * size + j]) / column;
                    }
                    assertThat(sum).isCloseTo(FACTOR / size * (0.5 - 0.5 * inColumns), within(1e-6));
                }
            }
        }
    }

    @Test
    void perfectScoresReachTheLogarithmOfTheSizeAndLargeOnesDoNotOverflow() {
        int size = 9;
        double[] s = new double[size * size];
        Arrays.fill(s, -1e4);
        for (int i = 0; i < size; i++) {
            s[i * size + i] = 1e4 - 100 * i;
        }
        try (CpuBackend backend = new CpuBackend(1)) {
            float[] found = run(backend, s, size, false);
            assertThat(found[size * size]).isEqualTo((float) Math.log(size));
            for (int i = 0; i < size * size; i++) {
                assertThat(Math.abs(found[i])).isEqualTo(0f);
            }
        }
    }

    @Test
    void eachStepWritesItsRowOfTheRing() {
        try (CpuBackend backend = new CpuBackend(1);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[3], new Philox(1, 2, 3, 4, 0)))) {
            Tensor scores = CpuFixtures.tensor(backend, 2, 2, new float[] {0, -1e3f, -1e3f, 0});
            Tensor ring = backend.allocate(2, 1);
            backend.fill(ring, 7);
            backend.nextStep(steps);
            backend.nextStep(steps);
            backend.contrast(scores, 1, null, ring, steps);
            assertThat(CpuFixtures.read(backend, ring)).containsExactly(7, (float) Math.log(2));
        }
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor wide = backend.allocate(2, 3);
            Tensor square = backend.allocate(2, 2);
            Tensor value = backend.allocate(1, 1);
            assertThatThrownBy(() -> backend.contrast(wide, 1, null, value, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("contrast: scores: found [2, 3], expected [3, 3]");
            assertThatThrownBy(() -> backend.contrast(square, 1, wide, value, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("contrast: gradient: shapes [2, 2] and [2, 3]");
            assertThatThrownBy(() -> backend.contrast(square, 1, null, square, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("contrast: values: found [2, 2], expected [2, 1]");
        }
    }
}
