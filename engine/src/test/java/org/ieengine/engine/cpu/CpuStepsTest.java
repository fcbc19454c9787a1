package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Steps, lists of pairs, recordings and rings: what is written once and read by each step when it runs. */
class CpuStepsTest {
    private static final Philox STREAM = new Philox(0x1234_5678_9ABCL, 3, 40_000, 65_535, 0);

    @Test
    void permutedPairsFollowTheKeysOfTheStep() {
        int n = 11;
        int[] x = {0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1};
        int[] y = {3, 3, 3, 2, 2, 2, 1, 1, 1, 0, 0};
        try (CpuBackend backend = new CpuBackend(1);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[3], STREAM));
                PairList samples = backend.pairList(n, 9, 4)) {
            backend.write(x, y, samples);
            Tensor projectedX = backend.allocate(9, 1);
            Tensor projectedY = backend.allocate(4, 1);
            Tensor out = backend.allocate(n - 2, 1);
            float[] hundreds = {100, 200, 300, 400, 500, 600, 700, 800, 900};
            backend.write(hundreds, projectedX, 0);
            backend.write(new float[] {1, 2, 3, 4}, projectedY, 0);
            PairPiece piece = new PairPiece(new Pairing.Permuted(n, steps, samples), 2);
            for (int step = 0; step < 3; step++) {
                backend.nextStep(steps);
                backend.pairRows(projectedX, projectedY, piece, out);
                FeistelPermutation permutation = FeistelPermutation.of(n, STREAM.atStep(step));
                float[] found = CpuFixtures.read(backend, out);
                for (int i = 2; i < n; i++) {
                    assertThat(found[i - 2])
                            .as("step %d, pair %d", step, i)
                            .isEqualTo(100f * (x[i] + 1) + y[permutation.apply(i)] + 1);
                }
            }
            assertThatThrownBy(() -> backend.nextStep(steps))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("after the last of 3");
        }
    }

    @Test
    void aReplayedStepReadsItsListAndWritesItsRowOfTheRing() {
        try (CpuBackend backend = new CpuBackend(1);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[5], STREAM));
                PairList list = backend.pairList(3, 4, 4)) {
            Tensor states = CpuFixtures.tensor(backend, 4, 1, new float[] {0.5f, 1, 2, 4});
            Tensor scores = backend.allocate(2, 1);
            Tensor weights = CpuFixtures.tensor(backend, 2, 2, new float[] {1, 0, 0, 1});
            Tensor ring = backend.allocate(2, 1);
            backend.write(new int[] {0, 0}, new int[] {0, 0}, list);
            try (Recording step = backend.record(() -> {
                backend.nextStep(steps);
                backend.pairRows(states, states, new PairPiece(new Pairing.Listed(list), 0), scores);
                backend.donskerVaradhan(scores, weights, Exponential.STABLE, 1, null, ring, steps);
            })) {
                assertThat(CpuFixtures.read(backend, ring)).containsExactly(0, 0);
                for (int s = 0; s < 3; s++) {
                    backend.write(new int[] {s, s}, new int[] {s + 1, 0}, list);
                    step.replay();
                }
            }
            // joint score less product score: (2 + 4) - (2 + 0.5) of step 2 over that of step 0, and (1 + 2) - (1 +
            // 0.5)
            assertThat(CpuFixtures.read(backend, ring)).containsExactly(3.5f, 1.5f);
        }
    }

    @Test
    void withoutStepsTheFirstRowOfTheRingIsWritten() {
        try (CpuBackend backend = new CpuBackend(1)) {
            Tensor scores = CpuFixtures.tensor(backend, 2, 1, new float[] {5, 2});
            Tensor weights = CpuFixtures.tensor(backend, 2, 2, new float[] {1, 0, 0, 1});
            Tensor ring = backend.allocate(3, 1);
            backend.donskerVaradhan(scores, weights, Exponential.STABLE, 1, null, ring, null);
            assertThat(CpuFixtures.read(backend, ring)).containsExactly(3, 0, 0);
        }
    }

    @Test
    void arraysMayBeChangedAfterTheyWereWritten() {
        try (CpuBackend backend = new CpuBackend(1);
                PairList list = backend.pairList(2, 3, 3);
                Indices rows = backend.indices(new int[] {0, 0})) {
            int[] values = {1, 2};
            backend.write(values, values, list);
            backend.write(values, rows);
            values[0] = 99;
            Tensor states = CpuFixtures.tensor(backend, 3, 1, new float[] {1, 10, 100});
            Tensor out = backend.allocate(2, 1);
            backend.pairRows(states, states, new PairPiece(new Pairing.Listed(list), 0), out);
            assertThat(CpuFixtures.read(backend, out)).containsExactly(20, 200);
            backend.gatherRows(states, rows, out);
            assertThat(CpuFixtures.read(backend, out)).containsExactly(10, 100);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        try (CpuBackend backend = new CpuBackend(1)) {
            PairList list = backend.pairList(2, 3, 4);
            assertThat(list.pairs()).isZero();
            assertThatThrownBy(() -> backend.write(new int[3], new int[3], list))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at most 2 pairs");
            assertThatThrownBy(() -> backend.write(new int[] {0, 3}, new int[] {3, 3}, list))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pair 1 names row 3 of 3 rows of x");
            Indices rows = backend.indices(new int[2]);
            assertThatThrownBy(() -> backend.write(new int[3], rows))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 values for 2 indices");
            OptimiserSteps steps = backend.steps(StepPlan.of(new double[1], STREAM));
            assertThatThrownBy(() -> backend.adam(backend.parameters(List.of()), steps))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no step has begun");
            list.close();
            requireTableRefused(backend, steps);
            steps.close();
            assertThatThrownBy(list::pairs).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> backend.nextStep(steps)).isInstanceOf(IllegalStateException.class);
        }
    }

    private static void requireTableRefused(CpuBackend backend, OptimiserSteps steps) {
        backend.nextStep(steps);
        Tensor value = backend.allocate(2, 3);
        Tensor rest = backend.allocate(2, 3);
        ParameterTable table = backend.parameters(List.of(new Parameter(value, rest, rest, rest)));
        value.close();
        assertThatThrownBy(() -> backend.adam(table, steps))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        table.close();
        assertThatThrownBy(() -> backend.adam(table, steps))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the table of parameters was used after it had been closed");
    }
}
