package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.GpuGraph;
import org.ieengine.kernels.GpuGraph.Node;
import org.ieengine.kernels.GpuStream;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Critics whose products read operands: weights that stay the rounded ones, and epochs whose pairings go back at once. */
class OperandCriticTest {
    private static final List<Integer> WIDTHS = List.of(112, 104, 24, 6, 1);
    private static final int ROWS = 37;
    private static final int D = 9;

    /** Gradients of all parameters after one pass, and the scores. */
    private static List<float[]> epoch(Backend backend, int capacity) {
        List<float[]> found = new ArrayList<>();
        try (Critic critic = new Critic(backend, WIDTHS, D, D);
                CriticPass pass = new CriticPass(backend, critic, ROWS, capacity);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {1e-3}, new Philox(9, 0, 0, 0, 0)));
                Tensor x = states(backend, 4);
                Tensor y = states(backend, 5);
                Tensor weights = backend.allocate(2 * ROWS, 2);
                Tensor value = backend.allocate(1, 1);
                Tensor scores = backend.allocate(2 * ROWS, 1);
                Tensor gradients = backend.allocate(2 * ROWS, 1)) {
            critic.initialise(new Philox(3, 0, 0, 0, 0));
            float[] both = new float[4 * ROWS];
            for (int i = 0; i < ROWS; i++) {
                both[2 * i] = 1f / ROWS;
                both[2 * (ROWS + i) + 1] = 1f / ROWS;
            }
            backend.write(both, weights, 0);
            backend.nextStep(steps);
            pass.prepareBackward(pairings(steps));
            pass.project(x, y);
            CriticPass.Head head = new CriticPass.Head(Exponential.STABLE, -1, value, null);
            pass.gradients(pairings(steps), weights, head, scores, gradients);
            found.add(read(backend, scores));
            for (Parameter parameter : critic.parameters()) {
                found.add(read(backend, parameter.gradient()));
            }
        }
        return found;
    }

    private static List<Pairing> pairings(OptimiserSteps steps) {
        return List.of(new Pairing.Identity(ROWS), new Pairing.Permuted(ROWS, steps, null));
    }

    private static Tensor states(Backend backend, int seed) {
        float[] values = new float[ROWS * D];
        new Philox(seed, 0, 0, 0, 0).normals(0, 1, values);
        Tensor states = backend.allocateOperand(ROWS, D);
        backend.write(values, states, 0);
        return states;
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[(int) tensor.rows() * tensor.columns()];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    /** Every tensor within a share of its norm: single entries may lie at a kink of LeakyReLU, where rounding turns the slope. */
    private static void assertClose(List<float[]> found, List<float[]> expected, double share) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            double difference = 0;
            double norm = 1e-4;
            for (int k = 0; k < expected.get(i).length; k++) {
                norm += Math.pow(expected.get(i)[k], 2);
                difference += Math.pow(expected.get(i)[k] - found.get(i)[k], 2);
            }
            assertThat(Math.sqrt(difference)).as("tensor %d", i).isLessThanOrEqualTo(share * Math.sqrt(norm));
        }
    }

    @Test
    void bothPairingsAtOnceGiveTheSumsOfOneAfterTheOther() {
        try (CpuBackend backend = new CpuBackend(1)) {
            assertClose(epoch(backend, 2 * ROWS), epoch(backend, ROWS + 3), 1e-5);
        }
    }

    /** In bf16 the last bit of a sum now and then decides to which side a hidden value is rounded. */
    @ParameterizedTest
    @CsvSource({"F32, 74, 1e-5", "F32, 40, 1e-5", "BF16, 74, 3e-3", "BF16, 40, 3e-3"})
    void anEpochOnTheDeviceIsThatOfTheProcessor(Precision precision, int capacity, double share) {
        EmulatedGpu.start();
        try (GpuDevice device = JcudaDevice.open(0);
                Backend cuda = CudaBackend.withTensorsApart(device, precision);
                CpuBackend processor = new CpuBackend(1)) {
            Backend reference = precision == Precision.F32
                    ? processor
                    : new RoundingBackend(processor, cuda.fusedTailFrom(WIDTHS)).rounding();
            assertClose(epoch(cuda, capacity), epoch(reference, capacity), share);
        }
    }

    @Test
    void aPassIsOnlyForThePairingsItWasPreparedFor() {
        try (CpuBackend backend = new CpuBackend(1);
                Critic critic = new Critic(backend, WIDTHS, D, D);
                CriticPass pass = new CriticPass(backend, critic, ROWS, 2 * ROWS);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {1e-3}, new Philox(9, 0, 0, 0, 0)))) {
            pass.prepareBackward(pairings(steps));
            List<Pairing> others = List.of(new Pairing.Identity(ROWS));
            assertThatThrownBy(() -> pass.gradients(others, null, null, null, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("prepared for pairings of another kind");
        }
    }

    /** Every way by which weights are written. */
    @Test
    void operandsAreTheRoundedWeightsWhoeverWritesThem() {
        EmulatedGpu.start();
        try (GpuDevice device = JcudaDevice.open(0);
                Backend backend = CudaBackend.withTensorsApart(device, Precision.BF16);
                Critic critic = new Critic(backend, WIDTHS, D, D);
                Critic aligned = Critic.ofAligned(backend, WIDTHS, D);
                OptimiserSteps steps = backend.steps(StepPlan.of(new double[] {1e-2}, new Philox(9, 0, 0, 0, 0)))) {
            assertThat(critic.weight(1).operand()).isNotSameAs(critic.weight(1).value());
            critic.initialise(new Philox(3, 0, 0, 0, 0));
            assertRounded(backend, critic);
            critic.initialiseTied(new Philox(4, 0, 0, 0, 0));
            assertRounded(backend, critic);
            aligned.initialiseAligned(new Philox(5, 0, 0, 0, 0));
            assertRounded(backend, aligned);
            aligned.fallFrom(0.5, 2);
            assertRounded(backend, aligned);
            critic.startAtZero();
            assertRounded(backend, critic);
            for (Parameter parameter : critic.parameters()) {
                backend.fill(parameter.gradient(), 0.3f);
            }
            backend.nextStep(steps);
            float[] before = read(backend, critic.weight(1).operand());
            critic.update(steps);
            assertRounded(backend, critic);
            assertThat(read(backend, critic.weight(1).operand())).isNotEqualTo(before);
        }
    }

    private static void assertRounded(Backend backend, Critic critic) {
        for (Parameter parameter : critic.parameters()) {
            float[] value = read(backend, parameter.value());
            float[] operand = read(backend, parameter.operand());
            for (int i = 0; i < value.length; i++) {
                assertThat((double) operand[i]).isCloseTo(value[i], within(Math.abs(value[i]) / 256d));
                if (parameter.operand() != parameter.value()) {
                    assertThat(Float.floatToRawIntBits(operand[i]) & 0xffff).isZero();
                }
            }
        }
    }

    /** Nothing but kernels: no fill, no copy, nothing to or from the host; and as many as there are steps of the computation. */
    @Test
    void anEpochIsAGraphOfFewKernels() {
        List<Map<Node, Integer>> graphs = new ArrayList<>();
        EmulatedGpu.start();
        try (GpuDevice device = JcudaDevice.open(0);
                CudaBackend backend = new CudaBackend(watched(device, graphs), Precision.BF16, Long.MAX_VALUE);
                Tensor x = backend.allocate(ROWS, D);
                Tensor y = backend.allocate(ROWS, D)) {
            float[] values = new float[ROWS * D];
            new Philox(4, 0, 0, 0, 0).normals(0, 1, values);
            backend.write(values, x, 0);
            backend.write(values, y, 0);
            double[] once = new double[ROWS];
            Arrays.fill(once, 1);
            PairSymbols symbols = PairSymbols.oneToOne(new int[ROWS], once);
            CriticSettings settings = CriticSettings.paper().withWidths(WIDTHS).withSteps(3);
            SeedEstimate estimate = new PaperProtocol(backend, settings)
                    .train(new PairedStates(x, y, symbols), new EstimateContext(5, 1, 3), 0, TrainingListener.SILENT);
            assertThat(estimate.bits()).isFinite();
        }
        // Step 1; projection of x 1; who takes each row of y 1; pairs with the projection of y 1; layer 104 and 24:
        // forward 2,
        // weights and their biases 4, inputs 2; tail 3; value 2; both pairings back 1; first weights 2, first bias 1;
        // Adam 1.
        assertThat(graphs).containsExactly(Map.of(Node.KERNEL, 22));
    }

    private static GpuDevice watched(GpuDevice device, List<Map<Node, Integer>> graphs) {
        return passing(GpuDevice.class, device, (name, result) -> {
            return name.equals("newStream")
                    ? passing(GpuStream.class, (GpuStream) result, (called, given) -> {
                        if (called.equals("capture")) {
                            graphs.add(((GpuGraph) given).nodes());
                        }
                        return given;
                    })
                    : result;
        });
    }

    /** What becomes of the result of a method. */
    private interface Result {
        Object of(String method, Object result);
    }

    private static <T> T passing(Class<T> type, T real, Result result) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, given) -> {
                    try {
                        return result.of(method.getName(), method.invoke(real, given));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
