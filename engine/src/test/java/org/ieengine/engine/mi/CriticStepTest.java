package org.ieengine.engine.mi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Exponential;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.PairList;
import org.ieengine.engine.tensor.Pairing;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.StepPlan;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Five steps of the published loss against torch autograd; in float64 by the reference, in float32 by the backend. */
class CriticStepTest {
    private static final int N = 64;
    private static final List<Integer> SMALL = List.of(24, 12, 6, 1);

    private static List<Integer> widths(String name) {
        return name.startsWith("small") ? SMALL : CriticSettings.PUBLISHED_WIDTHS;
    }

    @ParameterizedTest
    @ValueSource(strings = {"small-const", "small-official-lr", "official-widths-const", "official-widths-official-lr"})
    void float64ReferenceAgreesWithAutograd(String name) {
        StoredArrays golden = StoredArrays.open("critic-step/" + name);
        List<Integer> widths = widths(name);
        double[] x = golden.doubles("x");
        double[] y = golden.doubles("y");
        int d = x.length / N;
        ReferenceCritic critic = new ReferenceCritic(2 * d, widths);
        for (int l = 0; l < widths.size(); l++) {
            System.arraycopy(
                    golden.doubles("init." + l + ".weight"), 0, critic.weights[l], 0, critic.weights[l].length);
            System.arraycopy(golden.doubles("init." + l + ".bias"), 0, critic.biases[l], 0, critic.biases[l].length);
        }
        double[] loss = golden.doubles("f64.loss_bits");
        double[] rates = golden.doubles("lr");
        int[] permutations = golden.ints("perm");
        for (int step = 0; step < 5; step++) {
            double[][] inputs = new double[2 * N][2 * d];
            double[] a = new double[2 * N];
            double[] b = new double[2 * N];
            for (int i = 0; i < N; i++) {
                System.arraycopy(x, i * d, inputs[i], 0, d);
                System.arraycopy(y, i * d, inputs[i], d, d);
                System.arraycopy(x, i * d, inputs[N + i], 0, d);
                System.arraycopy(y, permutations[step * N + i] * d, inputs[N + i], d, d);
                a[i] = 1d / N;
                b[N + i] = 1d / N;
            }
            critic.run(inputs, a, b);
            assertThat(-critic.bits).isCloseTo(loss[step], within(1e-12));
            double[] joint = slice(golden.doubles("f64.f_joint"), step);
            double[] permuted = slice(golden.doubles("f64.f_marg"), step);
            // the gradient of the last bias is rounding noise, which Adam turns into a shift of all scores
            double shift = joint[0] - critic.scores[0];
            assertThat(shift).isCloseTo(0, within(Arrays.stream(rates, 0, step).sum() + 1e-12));
            for (int i = 0; i < N; i++) {
                assertThat(critic.scores[i] + shift).isCloseTo(joint[i], within(1e-12));
                assertThat(critic.scores[N + i] + shift).isCloseTo(permuted[i], within(1e-12));
            }
            if (step == 0) {
                // stored rounded to float32 for the wide critic
                double tolerance = name.startsWith("small") ? 1e-12 : 1e-7;
                for (int l = 0; l < widths.size(); l++) {
                    close(critic.weightGradients[l], golden.doubles("f64.step1.grad." + l + ".weight"), tolerance);
                    close(critic.biasGradients[l], golden.doubles("f64.step1.grad." + l + ".bias"), tolerance);
                }
            }
            critic.adam(step + 1, rates[step]);
            if (step == 0 || step == 4) {
                String tag = "f64.step" + (step + 1);
                for (int l = 0; l < widths.size(); l++) {
                    agrees(golden, tag + ".param." + l + ".weight", critic.weights[l], 1e-12);
                    agrees(golden, tag + ".exp_avg." + l + ".weight", critic.moments[l][0], 1e-12);
                    agrees(golden, tag + ".exp_avg_sq." + l + ".weight", critic.moments[l][1], 1e-12);
                    if (l < widths.size() - 1) {
                        agrees(golden, tag + ".param." + l + ".bias", critic.biases[l], 1e-12);
                        agrees(golden, tag + ".exp_avg." + l + ".bias", critic.moments[l][2], 1e-12);
                        agrees(golden, tag + ".exp_avg_sq." + l + ".bias", critic.moments[l][3], 1e-12);
                    }
                }
            }
        }
    }

    /** Every entry of a small tensor; probes and sums of a large one, which is all that is stored of it. */
    private static void agrees(StoredArrays golden, String name, double[] found, double share) {
        if (golden.has(name)) {
            close(found, golden.doubles(name), share);
            return;
        }
        int stride = Math.max(1, found.length / 512);
        double[] probes = golden.doubles(name + ".probe");
        double[] own = new double[probes.length];
        Arrays.setAll(own, i -> found[i * stride]);
        close(own, probes, share);
        double[] sums = golden.doubles(name + ".sums");
        double magnitude = Arrays.stream(found).map(Math::abs).sum();
        assertThat(Arrays.stream(found).sum()).as(name).isCloseTo(sums[0], within(share * sums[1]));
        assertThat(magnitude).as(name).isCloseTo(sums[1], within(share * sums[1]));
        assertThat(Arrays.stream(found).map(v -> v * v).sum()).as(name).isCloseTo(sums[2], within(share * sums[2]));
    }

    private static double[] slice(double[] values, int step) {
        return Arrays.copyOfRange(values, step * N, (step + 1) * N);
    }

    /** Every entry within a share of the greatest. */
    private static void close(double[] found, double[] expected, double share) {
        assertThat(found).hasSameSizeAs(expected);
        double most = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).as("entry %d", i).isCloseTo(expected[i], within(share * Math.max(most, 1e-3)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "small-const,1,128",
        "small-official-lr,2,128",
        "small-const,2,37",
        "official-widths-const,2,128",
        "official-widths-official-lr,2,128",
        "official-widths-const,2,50"
    })
    void backendAgreesInFloat32(String name, int threads, int capacity) {
        agreesInFloat32(() -> new CpuBackend(threads), name, capacity, "f32");
    }

    @ParameterizedTest
    @CsvSource({
        "small-const,128,FORWARD,f32",
        "small-official-lr,128,REVERSE,f32",
        "small-const,37,RANDOM,f32",
        "official-widths-official-lr,128,FORWARD,f32",
        "official-widths-const,50,REVERSE,f64"
    })
    void emulatedGpuAgreesInFloat32(String name, int capacity, EmulatedGpu.Order order, String precision) {
        EmulatedGpu.start().order(order);
        try (GpuDevice device = JcudaDevice.open(0)) {
            agreesInFloat32(() -> new CudaBackend(device, Precision.F32, Long.MAX_VALUE), name, capacity, precision);
        }
    }

    /** @param precision which of torch's the parameters are held to; the small critics to both */
    private static void agreesInFloat32(Supplier<Backend> opened, String name, int capacity, String precision) {
        StoredArrays golden = StoredArrays.open("critic-step/" + name);
        List<Integer> widths = widths(name);
        float[] statesX = golden.floats("x");
        int d = statesX.length / N;
        double[] rates = golden.doubles("lr");
        int[] permutations = golden.ints("perm");
        try (Backend backend = opened.get();
                Critic critic = new Critic(backend, widths, d, d);
                CriticPass pass = new CriticPass(backend, critic, N, capacity);
                Tensor x = backend.allocate(N, d);
                Tensor y = backend.allocate(N, d);
                Tensor scores = backend.allocate(2 * N, 1);
                Tensor gradients = backend.allocate(2 * N, 1);
                Tensor weights = backend.allocate(2 * N, 2);
                Tensor values = backend.allocate(3, 1);
                OptimiserSteps steps = backend.steps(StepPlan.of(rates, new Philox(0, 0, 0, 0, 0)));
                PairList permuted = backend.pairList(N, N, N)) {
            backend.write(statesX, x, 0);
            backend.write(golden.floats("y"), y, 0);
            start(backend, critic, golden, d);
            float[] both = new float[4 * N];
            for (int i = 0; i < N; i++) {
                both[2 * i] = 1f / N;
                both[2 * (N + i) + 1] = 1f / N;
            }
            backend.write(both, weights, 0);
            double rateSum = 0;
            for (int step = 0; step < 5; step++) {
                int[] identity = new int[N];
                Arrays.setAll(identity, i -> i);
                int[] permutation = Arrays.copyOfRange(permutations, step * N, (step + 1) * N);
                pass.project(x, y);
                CriticPass.Head head =
                        new CriticPass.Head(Exponential.PLAIN, (float) (-1 / Math.log(2)), values, steps);
                backend.nextStep(steps);
                backend.write(identity, permutation, permuted);
                pass.gradients(
                        List.of(new Pairing.Identity(N), new Pairing.Listed(permuted)),
                        weights,
                        head,
                        scores,
                        gradients);
                float[] nats = new float[1];
                backend.read(values, step % 3, 1, nats);
                assertThat(-nats[0] / Math.log(2)).isCloseTo(golden.doubles("f64.loss_bits")[step], within(1e-5));
                if (step == 0) {
                    checkGradients(backend, critic, golden, d);
                }
                critic.update(steps);
                rateSum += rates[step];
                if (step == 4) {
                    // the wide critics beside one of torch's precisions alone: Adam turns rounding of tiny gradients
                    // into steps, which takes torch's float32 itself up to 1.5e-4 away from its float64 there
                    checkParameters(backend, critic, golden, d, 1e-2 * rateSum, precision);
                    if (name.startsWith("small")) {
                        checkParameters(backend, critic, golden, d, 1e-2 * rateSum, "f64");
                    }
                }
            }
        }
    }

    private static void start(Backend backend, Critic critic, StoredArrays golden, int d) {
        float[] first = golden.floats("init.0.weight");
        backend.write(columns(first, 2 * d, 0, d), critic.weightX().value(), 0);
        backend.write(columns(first, 2 * d, d, 2 * d), critic.weightY().value(), 0);
        for (int l = 0; l < critic.layers(); l++) {
            if (l > 0) {
                backend.write(
                        golden.floats("init." + l + ".weight"), critic.weight(l).value(), 0);
            }
            backend.write(golden.floats("init." + l + ".bias"), critic.bias(l).value(), 0);
        }
    }

    private static float[] columns(float[] matrix, int width, int from, int to) {
        float[] part = new float[matrix.length / width * (to - from)];
        for (int r = 0; r < matrix.length / width; r++) {
            System.arraycopy(matrix, r * width + from, part, r * (to - from), to - from);
        }
        return part;
    }

    private static double[] read(Backend backend, Tensor tensor) {
        float[] values = new float[(int) tensor.rows() * tensor.columns()];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    private static double[] join(double[] left, double[] right, int d) {
        double[] joined = new double[left.length + right.length];
        for (int r = 0; r < left.length / d; r++) {
            System.arraycopy(left, r * d, joined, 2 * r * d, d);
            System.arraycopy(right, r * d, joined, (2 * r + 1) * d, d);
        }
        return joined;
    }

    private static void checkGradients(Backend backend, Critic critic, StoredArrays golden, int d) {
        double[] first = join(
                read(backend, critic.weightX().gradient()),
                read(backend, critic.weightY().gradient()),
                d);
        relative(first, golden.doubles("f64.step1.grad.0.weight"));
        for (int l = 0; l < critic.layers(); l++) {
            if (l > 0) {
                relative(read(backend, critic.weight(l).gradient()), golden.doubles("f64.step1.grad." + l + ".weight"));
            }
            if (l < critic.layers() - 1) {
                relative(read(backend, critic.bias(l).gradient()), golden.doubles("f64.step1.grad." + l + ".bias"));
            }
        }
        // exactly zero but for rounding: the value does not change when the score is shifted
        assertThat(read(backend, critic.bias(critic.layers() - 1).gradient())[0])
                .isCloseTo(0, within(1e-6));
    }

    private static void relative(double[] found, double[] expected) {
        double most = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-4 * most));
        }
    }

    /** After the last step: parameters within a share of the sum of rates, moments within 1e-4 of their greatest entry. */
    private static void checkParameters(
            Backend backend, Critic critic, StoredArrays golden, int d, double tolerance, String tag) {
        Parameter x = critic.weightX();
        Parameter y = critic.weightY();
        afterFiveSteps(golden, tag + ".step5.", "0.weight", tolerance, new double[][] {
            join(read(backend, x.value()), read(backend, y.value()), d),
            join(read(backend, x.mean()), read(backend, y.mean()), d),
            join(read(backend, x.meanSquare()), read(backend, y.meanSquare()), d)
        });
        for (int l = 0; l < critic.layers(); l++) {
            if (l > 0) {
                afterFiveSteps(golden, tag + ".step5.", l + ".weight", tolerance, parts(backend, critic.weight(l)));
            }
            if (l < critic.layers() - 1) {
                afterFiveSteps(golden, tag + ".step5.", l + ".bias", tolerance, parts(backend, critic.bias(l)));
            }
        }
    }

    private static double[][] parts(Backend backend, Parameter parameter) {
        return new double[][] {
            read(backend, parameter.value()), read(backend, parameter.mean()), read(backend, parameter.meanSquare())
        };
    }

    private static void afterFiveSteps(
            StoredArrays golden, String tag, String name, double tolerance, double[][] found) {
        String[] kinds = {"param", "exp_avg", "exp_avg_sq"};
        for (int k = 0; k < 3; k++) {
            String full = tag + kinds[k] + "." + name;
            boolean whole = golden.has(full);
            double[] expected = golden.doubles(whole ? full : full + ".probe");
            int stride = whole ? 1 : Math.max(1, found[k].length / 512);
            double most = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
            double allowed = k == 0 ? tolerance : 1e-4 * most;
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[k][i * stride]).as("%s entry %d", full, i).isCloseTo(expected[i], within(allowed));
            }
        }
    }

    @Test
    void gradientsOfTheReferenceAreDifferenceQuotients() {
        ReferenceCritic critic = new ReferenceCritic(6, List.of(7, 5, 1));
        Philox stream = new Philox(5, 0, 0, 0, 0);
        long at = 0;
        for (int l = 0; l < 3; l++) {
            for (int i = 0; i < critic.weights[l].length; i++) {
                critic.weights[l][i] = stream.normal(at++);
            }
        }
        double[][] inputs = new double[9][6];
        double[] a = new double[9];
        double[] b = new double[9];
        for (int i = 0; i < 9; i++) {
            for (int k = 0; k < 6; k++) {
                inputs[i][k] = stream.normal(at++);
            }
            a[i] = i < 4 ? 0.25 : 0;
            b[i] = i < 2 ? 0.05 : 0.13;
        }
        critic.run(inputs, a, b);
        double[][] gradients = {critic.weightGradients[0], critic.weightGradients[1], critic.weightGradients[2]};
        for (int l = 0; l < 3; l++) {
            for (int i = 0; i < critic.weights[l].length; i++) {
                double held = critic.weights[l][i];
                critic.weights[l][i] = held + 1e-6;
                critic.run(inputs, a, b);
                double above = -critic.bits;
                critic.weights[l][i] = held - 1e-6;
                critic.run(inputs, a, b);
                double below = -critic.bits;
                critic.weights[l][i] = held;
                assertThat(gradients[l][i]).isCloseTo((above - below) / 2e-6, within(1e-7));
            }
        }
    }

    @Test
    void firstWeightsAreXavierNormalAndTheSameForTheSameSeed() {
        try (Backend backend = new CpuBackend(1);
                Critic one = new Critic(backend, CriticSettings.PUBLISHED_WIDTHS, 128, 128);
                Critic two = new Critic(backend, CriticSettings.PUBLISHED_WIDTHS, 128, 128)) {
            one.initialise(RandomPurpose.WEIGHTS.stream(new EstimateContext(3, 1, 7), 0, 0));
            two.initialise(RandomPurpose.WEIGHTS.stream(new EstimateContext(3, 1, 7), 0, 0));
            for (Parameter[] pair :
                    new Parameter[][] {{one.weightX(), two.weightX()}, {one.weight(2), two.weight(2)}}) {
                double[] values = read(backend, pair[0].value());
                assertThat(values).isEqualTo(read(backend, pair[1].value()));
                double variance =
                        Arrays.stream(values).map(v -> v * v).average().orElseThrow();
                double expected = pair[0] == one.weightX() ? 2d / (256 + 768) : 2d / (384 + 192);
                assertThat(variance).isCloseTo(expected, within(expected * 5 * Math.sqrt(2d / values.length)));
            }
        }
    }
}
