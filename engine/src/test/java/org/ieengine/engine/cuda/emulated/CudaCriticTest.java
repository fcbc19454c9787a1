package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Recording;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Steps, permutations, pairs and the tail on a device; their arithmetic is held by what selftest tries. */
class CudaCriticTest {
    private static final Philox STREAM = new Philox(0x8765_4321_0FED_CBA9L, 77, 65_535, 40_000, 0);

    private static float[] read(CudaBackend backend, Tensor tensor) {
        float[] values = new float[(int) tensor.rows() * tensor.columns()];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    @Test
    void permutationsOfManySamplesAreThoseOfTheProcessorAtEveryStep() {
        int n = 300_000;
        int piece = 500;
        try (EmulatedBackends backends = EmulatedBackends.late();
                CudaBackend backend = backends.apart(Precision.F32);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[4], STREAM));
                Tensor x = backend.allocate(n, 1);
                Tensor y = backend.allocate(n, 1);
                Tensor out = backend.allocate(piece, 1)) {
            float[] numbers = new float[n];
            for (int i = 0; i < n; i++) {
                numbers[i] = i;
            }
            backend.write(numbers, y, 0);
            for (int step = 0; step < 4; step++) {
                backend.nextStep(steps);
                FeistelPermutation permutation = FeistelPermutation.of(n, STREAM.atStep(step));
                for (int first : new int[] {0, 131_071, n - piece}) {
                    backend.pairRows(x, y, new PairPiece(new Pairing.Permuted(n, steps, null), first), out);
                    float[] images = read(backend, out);
                    for (int i = 0; i < piece; i++) {
                        assertThat((int) images[i])
                                .as("step %d, sample %d", step, first + i)
                                .isEqualTo(permutation.apply(first + i));
                    }
                }
            }
        }
    }

    @Test
    void aRowThatMostPairsTakeGetsTheSumOfAllTheirGradientsWhateverThePieces() {
        int n = 3001;
        int width = 5;
        try (EmulatedBackends backends = EmulatedBackends.early();
                CudaBackend backend = backends.apart(Precision.F32);
                PairList list = backend.pairList(n, 3, 4);
                Tensor out = backend.allocate(n, width);
                Tensor gradient = backend.allocate(n, width);
                Tensor gradX = backend.allocate(3, width);
                Tensor gradY = backend.allocate(4, width)) {
            int[] x = new int[n];
            int[] y = new int[n];
            for (int i = 0; i < n; i++) {
                x[i] = i % 1000 == 7 ? 2 : 0;
                y[i] = i % 4;
            }
            backend.write(x, y, list);
            backend.fill(out, 1);
            backend.fill(gradient, 1);
            backend.fill(gradX, 10);
            for (int from = 0; from < n; from += 1100) {
                int to = Math.min(n, from + 1100);
                backend.pairRowsBackward(
                        out.rowRange(from, to),
                        gradient.rowRange(from, to),
                        new PairPiece(new Pairing.Listed(list), from),
                        gradX,
                        gradY);
            }
            // sums of ones are exact in float32
            assertThat(read(backend, gradX))
                    .containsExactly(3008, 3008, 3008, 3008, 3008, 10, 10, 10, 10, 10, 13, 13, 13, 13, 13);
            assertThat(read(backend, gradY))
                    .startsWith(751, 751, 751, 751, 751, 750)
                    .endsWith(750);
        }
    }

    @Test
    void aStepIsRecordedBeforeAnyWasTakenAndReplayedToTheEndOfThePlan() {
        try (EmulatedBackends backends = EmulatedBackends.late();
                CudaBackend backend = backends.apart(Precision.F32);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {0.5, 0.25}, STREAM));
                Tensor value = backend.allocate(1, 1);
                Tensor gradient = backend.allocate(1, 1);
                Tensor mean = backend.allocate(1, 1);
                Tensor square = backend.allocate(1, 1);
                Tensor weights = backend.allocate(1, 2);
                Tensor ring = backend.allocate(2, 1)) {
            List<Parameter> parameters = List.of(new Parameter(value, gradient, mean, square));
            backend.fill(gradient, 2);
            backend.fill(weights, 1);
            backend.fill(ring, -1);
            assertThatThrownBy(() -> backend.adam(parameters, steps))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no step has begun");
            try (Recording step = backend.record(() -> {
                backend.nextStep(steps);
                backend.adam(parameters, steps);
                backend.donskerVaradhan(value, weights, Exponential.STABLE, 1, null, ring, steps);
            })) {
                assertThat(read(backend, ring)).containsExactly(-1, -1);
                // Adam moves by the rate while the gradient stays the same; one term's value is its score less itself.
                step.replay();
                assertThat(read(backend, value)[0]).isCloseTo(-0.5f, within(1e-6f));
                assertThat(read(backend, ring)).containsExactly(0, -1);
                step.replay();
                assertThat(read(backend, value)[0]).isCloseTo(-0.75f, within(1e-6f));
                assertThat(read(backend, ring)).containsExactly(0, 0);
                step.replay();
                assertThat(read(backend, value)).containsExactly(Float.NaN);
            }
        }
    }

    @Test
    void stepsTakenOneByOneEndWithThePlan() {
        try (EmulatedBackends backends = EmulatedBackends.early();
                CudaBackend backend = backends.apart(Precision.F32);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {1}, STREAM))) {
            backend.nextStep(steps);
            assertThatThrownBy(() -> backend.nextStep(steps))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("after the last of 1");
        }
    }

    @Test
    void theTailBeginsWhereLayersAreNarrowAndFitIntoOneKernel() {
        try (EmulatedBackends backends = EmulatedBackends.early();
                CudaBackend backend = backends.apart(Precision.F32)) {
            assertThat(backend.fusedTailFrom(List.of(768, 384, 192, 96, 48, 24, 12, 6, 3, 1)))
                    .isEqualTo(4);
            assertThat(backend.fusedTailFrom(List.of(32, 16, 1))).isEqualTo(1);
            assertThat(backend.fusedTailFrom(List.of(32, 512, 16, 1))).isEqualTo(3);
            assertThat(backend.fusedTailFrom(List.of(768, 1))).isEqualTo(2);
            assertThat(backend.fusedTailFrom(List.of(4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1)))
                    .isEqualTo(3);
        }
    }
}
