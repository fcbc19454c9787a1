package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class CpuNextTokenTest {
    private static float[] run(CpuBackend backend, Tensor logits, int[] rows, int[] targets) {
        try (Tensor out = backend.allocate(rows.length, 2);
                var row = backend.indices(rows);
                var target = backend.indices(targets)) {
            backend.nextToken(logits, row, target, out);
            return CpuFixtures.read(backend, out);
        }
    }

    @Test
    void surpriseIsThatOfFloat64OnEveryShapeAndPlace() {
        for (CpuBackend backend : CpuFixtures.kinds()) {
            try (backend) {
                for (int vocabulary : new int[] {1, 2, 7, 131, 2048, 50_257}) {
                    for (float size : new float[] {1, 20, 1e4f}) {
                        float[] values = CpuFixtures.normal(vocabulary, 5 * vocabulary);
                        for (int i = 0; i < values.length; i++) {
                            values[i] *= size;
                        }
                        int[] rows = {4, 4, 4, 0, 1, 2, 2};
                        int[] targets = new int[rows.length];
                        Arrays.setAll(targets, i -> i * 7919 % vocabulary);
                        double[] expected = new double[2 * rows.length];
                        for (int i = 0; i < rows.length; i++) {
                            float[] row = Arrays.copyOfRange(values, rows[i] * vocabulary, (rows[i] + 1) * vocabulary);
                            expected[2 * i] = surprise(row, targets[i]);
                            expected[2 * i + 1] = firstGuess(row) == targets[i] ? 1 : 0;
                        }
                        String what = vocabulary + " logits of size " + size;
                        Tensor dense = CpuFixtures.tensor(backend, 5, vocabulary, values);
                        // Exponentials have a relative error of 1e-5; a surprise of 1e4 is rounded to float32.
                        double tolerance = 1e-5 + 1e-7 * 8 * size;
                        CpuFixtures.assertClose(what, run(backend, dense, rows, targets), expected, tolerance);
                        Tensor view = CpuFixtures.view(backend, 5, vocabulary, values);
                        CpuFixtures.assertClose(what, run(backend, view, rows, targets), expected, tolerance);
                    }
                }
            }
        }
    }

    private static double surprise(float[] row, int target) {
        double greatest = row[firstGuess(row)];
        double sum = 0;
        for (float value : row) {
            sum += Math.exp(value - greatest);
        }
        return greatest + Math.log(sum) - row[target];
    }

    private static int firstGuess(float[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            best = row[i] > row[best] ? i : best;
        }
        return best;
    }

    @Test
    void ofEqualLogitsTheLowestIdIsTheFirstGuessAndAllAreAsLikely() {
        try (CpuBackend backend = new CpuBackend(2)) {
            Tensor logits = backend.allocate(1, 1021);
            backend.fill(logits, -1e4f);
            float[] found = run(backend, logits, new int[] {0, 0, 0}, new int[] {0, 1, 1020});
            assertThat(found[0]).isCloseTo((float) Math.log(1021), within(1e-5f));
            assertThat(found).containsExactly(found[0], 1, found[0], 0, found[0], 0);
        }
    }

    @Test
    void bitsAreTheSameForAnyNumberOfThreads() {
        float[] values = CpuFixtures.normal(3, 300 * 517);
        int[] rows = new int[900];
        int[] targets = new int[900];
        Arrays.setAll(rows, i -> i / 3);
        Arrays.setAll(targets, i -> i * 31 % 517);
        float[] alone;
        try (CpuBackend backend = new CpuBackend(1)) {
            alone = run(backend, CpuFixtures.tensor(backend, 300, 517, values), rows, targets);
        }
        try (CpuBackend backend = new CpuBackend(3)) {
            assertThat(run(backend, CpuFixtures.tensor(backend, 300, 517, values), rows, targets))
                    .containsExactly(alone);
        }
    }

    @Test
    void aNanAmongTheLogitsShowsInItsRowAlone() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor logits = CpuFixtures.tensor(backend, 2, 3, new float[] {1, Float.NaN, 2, 1, 0, 2});
            float[] found = run(backend, logits, new int[] {0, 1}, new int[] {2, 2});
            assertThat(found[0]).isNaN();
            assertThat(found[2]).isCloseTo((float) Math.log(1 + Math.exp(-1) + Math.exp(-2)), within(1e-5f));
            assertThat(found[3]).isEqualTo(1);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor logits = backend.allocate(2, 3);
            assertThatThrownBy(() -> run(backend, logits, new int[] {2}, new int[] {0}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("nextToken: index 2 (entry 0) is no row of a table [2, 3]");
            assertThatThrownBy(() -> run(backend, logits, new int[] {1}, new int[] {3}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("nextToken: index 3 (entry 0) is no column of a matrix [2, 3]");
            assertThatThrownBy(() -> run(backend, logits, new int[] {1}, new int[] {0, 1}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("nextToken: targets: 2 indices");
        }
    }
}
