package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.PairPiece;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.FeistelPermutation;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.ParameterTable;
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
            backend.fill(gradient, 1);
            backend.fill(gradX, 10);
            for (int from = 0; from < n; from += 1100) {
                int to = Math.min(n, from + 1100);
                backend.pairRowsBackward(
                        gradient.rowRange(from, to), new PairPiece(new Pairing.Listed(list), from), gradX, gradY);
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
            ParameterTable parameters = backend.parameters(List.of(new Parameter(value, gradient, mean, square)));
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
            parameters.close();
        }
    }

    /** One recording, replayed over other rows: each step writes its own row of both rings. */
    @Test
    void logisticAndContrastAreRecordedAndReplayedWithTheirRings() {
        try (EmulatedBackends backends = EmulatedBackends.late();
                CudaBackend backend = backends.apart(Precision.F32);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {0.1, 0.1, 0.1}, STREAM));
                Tensor x = backend.allocate(2, 2);
                Tensor y = backend.allocate(2, 2);
                Tensor scores = backend.allocate(4, 1);
                Tensor offsets = backend.allocate(4, 1);
                Tensor weights = backend.allocate(4, 2);
                Tensor matrix = backend.allocate(2, 2);
                Tensor gradient = backend.allocate(2, 2);
                Tensor logistic = backend.allocate(2, 1);
                Tensor contrast = backend.allocate(2, 1)) {
            backend.write(new float[] {1, 2, 3, 4}, x, 0);
            backend.write(new float[] {1, 0, 0, 1}, y, 0);
            backend.fill(offsets, -1);
            backend.write(new float[] {0.5f, 0, 0, 0.5f, 0, 0.5f, 0.5f, 0}, weights, 0);
            try (Recording step = backend.record(() -> {
                backend.nextStep(steps);
                backend.pairProducts(x, y, new PairPiece(new Pairing.AllPairs(2, 2), 0), scores);
                backend.logistic(scores, offsets, weights, 1, null, logistic, steps);
                backend.strictProduct(x, false, y, true, 0, matrix);
                backend.contrast(matrix, 1, gradient, contrast, steps);
            })) {
                step.replay();
                assertThat(read(backend, scores)).containsExactly(1, 2, 3, 4);
                assertThat(read(backend, logistic)[1]).isZero();
                step.replay();
                backend.write(new float[] {1, -1}, x, 0);
                step.replay();
            }
            // scores 1, -1, 3, 4 at step 2 and 1, 2, 3, 4 at step 1, less 1
            float last = (float) (-softplus(0) - softplus(-2) - softplus(2) - softplus(-3)) / 2;
            float before = (float) (-softplus(0) - softplus(1) - softplus(2) - softplus(-3)) / 2;
            assertThat(read(backend, logistic)).containsExactly(new float[] {last, before}, within(1e-6f));
            float now = (float) (Math.log(2) - (softplus(-2) + softplus(-1) + softplus(2) + softplus(-5)) / 4);
            float earlier = (float) (Math.log(2) - (softplus(1) + softplus(-1) + softplus(2) + softplus(-2)) / 4);
            assertThat(read(backend, contrast)).containsExactly(new float[] {now, earlier}, within(1e-6f));
        }
    }

    private static double softplus(double score) {
        return Math.log1p(Math.exp(score));
    }

    @Test
    void allTwentyOneParametersOfThePublishedCriticMoveInOneLaunch() {
        List<Integer> widths = List.of(768, 384, 192, 96, 48, 24, 12, 6, 3, 1);
        try (EmulatedBackends backends = EmulatedBackends.late();
                CudaBackend backend = backends.packed(Precision.F32, Long.MAX_VALUE);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {0.5}, STREAM))) {
            List<Parameter> parameters = new ArrayList<>();
            parameters.add(parameter(backend, 768, 128));
            parameters.add(parameter(backend, 768, 128));
            parameters.add(parameter(backend, 1, 768));
            for (int layer = 1; layer < widths.size(); layer++) {
                parameters.add(parameter(backend, widths.get(layer), widths.get(layer - 1)));
                parameters.add(parameter(backend, 1, widths.get(layer)));
            }
            assertThat(parameters).hasSize(21);
            try (ParameterTable table = backend.parameters(parameters)) {
                for (Parameter parameter : parameters) {
                    backend.fill(parameter.gradient(), 2);
                }
                backend.nextStep(steps);
                backend.synchronise();
                long before = backends.gpu().launches();
                backend.adam(table, steps);
                backend.synchronise();
                assertThat(backends.gpu().launches() - before).isEqualTo(1);
                assertThat(backends.gpu().launchedKernels()).contains("adam");
            }
            for (Parameter parameter : parameters) {
                for (float value : read(backend, parameter.value())) {
                    assertThat(value).isCloseTo(-0.5f, within(1e-6f));
                }
            }
        }
    }

    private static Parameter parameter(CudaBackend backend, int rows, int columns) {
        return new Parameter(
                backend.allocate(rows, columns),
                backend.allocate(rows, columns),
                backend.allocate(rows, columns),
                backend.allocate(rows, columns));
    }

    /** A view of columns of a wider matrix, from {@code first} on, and what the wider one held at first. */
    private record Placed(Tensor whole, Tensor view, int first, float[] values) {
        static Placed of(CudaBackend backend, Random random, int rows, int columns, int before, int after) {
            Tensor whole = backend.allocate(rows, before + columns + after);
            float[] values = new float[rows * whole.columns()];
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.1f + random.nextFloat();
            }
            backend.write(values, whole, 0);
            return new Placed(whole, whole.columnRange(before, before + columns), before, values);
        }

        int at(int row, int column) {
            return row * whole.columns() + first + column;
        }

        double[] doubles() {
            double[] doubles = new double[values.length];
            Arrays.setAll(doubles, i -> values[i]);
            return doubles;
        }
    }

    @Test
    void anyNumberOfParametersMovesInOneLaunchHoweverTheyLie() {
        Random random = new Random(21);
        StepPlan plan = StepPlan.of(new double[] {Double.NaN, 1e-2}, STREAM);
        for (int count : new int[] {1, 2, 7, 8, 9, 21, 64, 100}) {
            try (EmulatedBackends backends = EmulatedBackends.late();
                    CudaBackend backend = backends.apart(Precision.F32);
                    OptimiserSteps steps = backend.steps(plan)) {
                List<Placed[]> all = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    // Two thirds of rows with gaps: a half of these in fours, the others anywhere.
                    int rows = 1 + random.nextInt(40);
                    int columns = i % 3 == 1 ? 4 * (1 + random.nextInt(20)) : 1 + random.nextInt(70);
                    Placed[] four = new Placed[4];
                    for (int which = 0; which < 4; which++) {
                        int before = i % 3 == 0 ? 0 : i % 3 == 1 ? 4 : random.nextInt(4);
                        int after = i % 3 == 0 ? 0 : i % 3 == 1 ? 4 * which : random.nextInt(4);
                        four[which] = Placed.of(backend, random, rows, columns, before, after);
                    }
                    all.add(four);
                }
                List<Parameter> parameters = all.stream()
                        .map(four -> new Parameter(four[0].view(), four[1].view(), four[2].view(), four[3].view()))
                        .toList();
                try (ParameterTable table = backend.parameters(parameters)) {
                    backend.nextStep(steps);
                    backend.nextStep(steps);
                    backend.synchronise();
                    long before = backends.gpu().launches();
                    backend.adam(table, steps);
                    backend.synchronise();
                    assertThat(backends.gpu().launches() - before)
                            .as("%d parameters", count)
                            .isEqualTo(1);
                }
                for (Placed[] four : all) {
                    requireSecondStep(backend, plan, four);
                }
            }
        }
    }

    /** Second step of Adam in float64; a few roundings of float32 numbers up to 2 apart. What is around stays as it was. */
    private static void requireSecondStep(CudaBackend backend, StepPlan plan, Placed[] four) {
        int rows = (int) four[0].view().rows();
        int columns = four[0].view().columns();
        double[][] expected = new double[4][];
        for (int which = 0; which < 4; which++) {
            expected[which] = four[which].doubles();
        }
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double g = expected[1][four[1].at(row, column)];
                int m = four[2].at(row, column);
                int v = four[3].at(row, column);
                expected[2][m] = plan.beta1() * expected[2][m] + (1 - plan.beta1()) * g;
                expected[3][v] = plan.beta2() * expected[3][v] + (1 - plan.beta2()) * g * g;
                double mean = expected[2][m] / (1 - Math.pow(plan.beta1(), 2));
                double root = Math.sqrt(expected[3][v] / (1 - Math.pow(plan.beta2(), 2)));
                expected[0][four[0].at(row, column)] -= plan.rates()[1] * mean / (root + plan.epsilon());
            }
        }
        for (int which = 0; which < 4; which++) {
            float[] found = read(backend, four[which].whole());
            for (int i = 0; i < found.length; i++) {
                assertThat((double) found[i])
                        .as("matrix %d, element %d", which, i)
                        .isCloseTo(expected[which][i], within(1e-6));
            }
        }
    }

    @Test
    void aTableIsRefusedOnceItOrATensorOfItIsClosedAndInsideARecording() {
        try (EmulatedBackends backends = EmulatedBackends.early();
                CudaBackend backend = backends.apart(Precision.F32);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {1}, STREAM))) {
            backend.nextStep(steps);
            Parameter parameter = parameter(backend, 3, 5);
            ParameterTable table = backend.parameters(List.of(parameter));
            backend.adam(table, steps);
            assertThatThrownBy(() -> backend.record(() -> backend.parameters(List.of(parameter))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("make a table of parameters");
            parameter.mean().close();
            assertThatThrownBy(() -> backend.adam(table, steps))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("[3, 5] was used after it had been closed");
            table.close();
            assertThatThrownBy(() -> backend.adam(table, steps))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the table of parameters was used after it had been closed");
            assertThatThrownBy(table::close)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed twice");
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

    /** Narrow outputs of one layer: what it is given decides which kernels compute it, and the gradient must be of its kind. */
    @Test
    void aTailOfOperandsIsComputedOnTensorCores() {
        try (EmulatedBackends backends = EmulatedBackends.early();
                CudaBackend backend = backends.apart(Precision.BF16);
                Tensor floats = backend.allocate(3, 5);
                Tensor operand = backend.allocateOperand(3, 5);
                Tensor weight = backend.allocate(1, 5);
                Tensor bias = backend.allocate(1, 1);
                Tensor scores = backend.allocate(3, 1)) {
            List<Parameter> weights = List.of(new Parameter(weight, weight, weight, weight));
            List<Parameter> biases = List.of(new Parameter(bias, bias, bias, bias));
            for (Tensor tensor : List.of(floats, operand, weight, bias)) {
                backend.fill(tensor, 0.5f);
            }

            backend.tailForward(floats, weights, biases, scores);
            assertThat(backends.gpu().launchedKernels())
                    .contains("tail_forward")
                    .doesNotContain("tail_forward_bf16");

            backend.tailForward(operand, weights, biases, scores);
            backend.tailBackward(operand, weights, biases, scores, 0, backend.allocateOperand(3, 5));
            assertThat(backends.gpu().launchedKernels())
                    .contains("tail_forward_bf16", "tail_backward_bf16")
                    .doesNotContain("tail_backward");
            float[] gradient = new float[1];
            backend.read(bias, 0, 1, gradient);
            assertThat(gradient).containsExactly(3 * 1.75f);

            assertThatThrownBy(() -> backend.tailBackward(operand, weights, biases, scores, 0, floats))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be of the same elements");
        }
    }
}
