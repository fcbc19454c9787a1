package org.ieengine.engine.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Consumer;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.ieengine.kernels.JcudaDevice;
import org.ieengine.kernels.emulated.EmulatedGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks of the fused tail: rows near the kink of LeakyReLU do not decide, wrong gradients do. */
class TailChecksTest {
    private static Trial trial(Backend backend, Check check) {
        return new Trial(backend, Trial.Placement.DENSE, check.operation() + check.shape());
    }

    /** The processor's tail from the first layer on; {@code change} is given what tailBackward was. */
    private static Backend changed(Backend backend, Consumer<Object[]> change) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("fusedTailFrom")) {
                        return 1;
                    }
                    try {
                        Object result = method.invoke(backend, arguments);
                        if (method.getName().equals("tailBackward")) {
                            change.accept(arguments);
                        }
                        return result;
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    }
                });
    }

    private static List<Check> checksOn(Backend backend, SelftestScale scale) {
        List<Check> checks = new TailChecks(scale, false).checks(backend);
        assertThat(checks).isNotEmpty();
        return checks;
    }

    /** In float32, 1 + 2^-30 - 1 is 0 and 1 - 1 + 2^-30 is 2^-30: slopes 0.01 and 1, both right. */
    @Test
    void aPreActivationWhoseSignDependsOnTheOrderOfTheSumIsNearTheKink() {
        float tiny = 0x1p-30f;
        assertThat(1f + tiny - 1f).isZero();
        assertThat(1f - 1f + tiny).isPositive();

        TailLayers layers = new TailLayers(
                List.of(2, 1, 1),
                List.of(new float[] {1, 1}, new float[] {1}),
                List.of(new float[] {-1}, new float[1]),
                TailLayers.ROUNDOFF);

        float[] in = {1, tiny, 1, -tiny, 1, 0, 1, 0x1p-20f, 1, -0x1p-20f, 0.5f, 0.25f};
        assertThat(layers.nearKink(in, 0)).isTrue();
        assertThat(layers.nearKink(in, 1)).isTrue();
        assertThat(layers.nearKink(in, 2)).isTrue();
        assertThat(layers.nearKink(in, 3)).isFalse();
        assertThat(layers.nearKink(in, 4)).isFalse();
        assertThat(layers.nearKink(in, 5)).isFalse();
    }

    /** The first layer's error of 2^-24 or so reaches the second, where the pre-activation is 2^-23 of exact terms. */
    @Test
    void errorsOfLayersBelowCount() {
        TailLayers deep = new TailLayers(
                List.of(1, 1, 1, 1),
                List.of(new float[] {1}, new float[] {64}, new float[] {1}),
                List.of(new float[] {1}, new float[] {-192.00005f}, new float[1]),
                TailLayers.ROUNDOFF);
        TailLayers shallow = new TailLayers(
                List.of(1, 1, 1),
                List.of(new float[] {64}, new float[] {1}),
                List.of(new float[] {-192.00005f}, new float[1]),
                TailLayers.ROUNDOFF);

        assertThat(deep.nearKink(new float[] {2}, 0)).isTrue();
        assertThat(shallow.nearKink(new float[] {3.01f}, 0)).isFalse();
    }

    /** Ascending, descending and in four sums, each with and without fused multiplications. */
    @ParameterizedTest
    @CsvSource({"'192,96,48,24,12,6,3,1'", "'96,1'", "'50,17,5,1'", "'64,32,1'", "'3,2,2,2,2,2,1'"})
    void noOrderOfFloat32IsFurtherOffThanTheBound(String of) {
        List<Integer> widths =
                List.of(of.split(",")).stream().map(Integer::valueOf).toList();
        int rows = 2003;
        Trial drawn = new Trial(null, Trial.Placement.DENSE, "bound of " + of);
        TailLayers layers = TailLayers.draw(drawn, widths, TailLayers.ROUNDOFF);
        float[] in = layers.clearInputs(drawn, rows, values -> values);
        double worst = 0;
        for (int row = 0; row < rows; row++) {
            double[][] exact = layers.forward(in, row);
            double[][] bounds = layers.errors(exact);
            for (int order = 0; order < 6; order++) {
                double[][] found = float32(layers, in, row, order);
                for (int l = 1; l < exact.length; l++) {
                    boolean last = l == exact.length - 1;
                    for (int o = 0; o < exact[l].length; o++) {
                        double should = last ? exact[l][o] : TailLayers.preActivation(exact[l][o]);
                        worst = Math.max(worst, Math.abs(found[l][o] - should) / bounds[l][o]);
                    }
                }
            }
        }
        assertThat(worst).isBetween(1e-3, 0.9);
    }

    /** Pre-activations of each layer. */
    private static double[][] float32(TailLayers layers, float[] in, int row, int order) {
        double[][] all = new double[layers.count() + 1][];
        float[] values = new float[layers.widths().get(0)];
        System.arraycopy(in, row * values.length, values, 0, values.length);
        for (int l = 0; l < layers.count(); l++) {
            float[] next = new float[layers.widths().get(l + 1)];
            all[l + 1] = new double[next.length];
            for (int o = 0; o < next.length; o++) {
                float bias = layers.biases().get(l)[o];
                float sum = sum(layers.weights().get(l), o * values.length, values, bias, order);
                all[l + 1][o] = sum;
                next[o] = sum > 0 ? sum : 0.01f * sum;
            }
            values = next;
        }
        return all;
    }

    private static float sum(float[] weights, int at, float[] values, float bias, int order) {
        float[] sums = {order % 2 == 0 ? bias : 0, 0, 0, 0};
        for (int k = 0; k < values.length; k++) {
            int i = order / 2 == 1 ? values.length - 1 - k : k;
            int which = order / 2 == 2 ? k % 4 : 0;
            sums[which] = order % 2 == 0
                    ? sums[which] + weights[at + i] * values[i]
                    : Math.fma(weights[at + i], values[i], sums[which]);
        }
        return sums[0] + sums[1] + (sums[2] + sums[3]) + (order % 2 == 0 ? 0 : bias);
    }

    /** The score itself goes through no LeakyReLU. */
    @Test
    void aScoreOfZeroIsNearNoKink() {
        TailLayers layers =
                new TailLayers(List.of(1, 1), List.of(new float[] {1}), List.of(new float[1]), TailLayers.ROUNDOFF);

        assertThat(layers.nearKink(new float[1], 0)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"'96,48,24,12,6,3,1'", "'50,17,5,1'", "'64,32,1'"})
    void aRandomDrawHasRowsNearAKinkAndOnlyTheseAreDrawnAnew(String of) {
        List<Integer> widths =
                List.of(of.split(",")).stream().map(Integer::valueOf).toList();
        int rows = 20_011;
        Trial drawn = new Trial(null, Trial.Placement.DENSE, of);
        TailLayers layers = TailLayers.draw(drawn, widths, TailLayers.ROUNDOFF);
        float[] in = layers.clearInputs(drawn, rows, values -> values);
        Trial again = new Trial(null, Trial.Placement.DENSE, of);
        TailLayers.draw(again, widths, TailLayers.ROUNDOFF);
        float[] first = again.values((long) rows * widths.get(0));

        int near = 0;
        for (int row = 0; row < rows; row++) {
            assertThat(layers.nearKink(in, row)).isFalse();
            boolean moved = layers.nearKink(first, row);
            near += moved ? 1 : 0;
            for (int c = 0; !moved && c < widths.get(0); c++) {
                assertThat(in[row * widths.get(0) + c]).isEqualTo(first[row * widths.get(0) + c]);
            }
        }
        assertThat(near).isBetween(1, rows / 50);
    }

    /** Of 640,352 pre-activations one is -4.6e-8: fused multiplications in order give 8.9e-8, plain ones after the bias do not. */
    @Test
    void thePlainDrawOfTwentyThousandRowsHasOneThatFloat32MaySeeOnEitherSide() {
        List<Integer> widths = List.of(64, 32, 1);
        Trial drawn = new Trial(
                null, Trial.Placement.DENSE, "critic tail backward + gradient" + "20011 rows through [64, 32, 1]");
        TailLayers layers = TailLayers.draw(drawn, widths, TailLayers.ROUNDOFF);
        float[] in = drawn.values(20_011L * 64);

        int row = 10_832;
        int unit = 25;
        double exact = TailLayers.preActivation(layers.forward(in, row)[1][unit]);
        assertThat(exact).isBetween(-5e-8, -4e-8);
        assertThat(float32(layers, in, row, 0)[1][unit]).isNegative();
        assertThat(float32(layers, in, row, 1)[1][unit]).isPositive();
        assertThat(layers.nearKink(in, row)).isTrue();
    }

    /** With row 10,832 of the plain draw the error was 4.2e-4. */
    @Test
    void theDrawThatAFaultlessDeviceFailedPasses() {
        EmulatedGpu.start().order(EmulatedGpu.Order.values()[0]);
        try (GpuDevice device = JcudaDevice.open(0);
                Backend backend = CudaBackend.withTensorsApart(device, Precision.F32)) {
            List<Check> checks = checksOn(backend, SelftestScale.FULL).stream()
                    .filter(check -> check.shape().equals("20011 rows through [64, 32, 1]"))
                    .toList();
            assertThat(checks).hasSize(3).allSatisfy(check -> {
                try (Trial trial = trial(backend, check)) {
                    assertThat(check.body().error(trial)).isLessThan(check.tolerance());
                }
            });
        }
    }

    @Test
    void theProcessorPasses() {
        try (CpuBackend processor = new CpuBackend(1)) {
            Backend backend = changed(processor, arguments -> {});
            assertThat(checksOn(backend, SelftestScale.SMALL)).allSatisfy(check -> {
                try (Trial trial = trial(backend, check)) {
                    assertThat(check.body().error(trial)).isLessThan(check.tolerance());
                }
            });
        }
    }

    /** What a kernel that takes the other slope for one row of 20,011 in one unit gives: about 1e-4 of a bias gradient. */
    @Test
    void aGradientOfABiasThatIsOffByOneRowInTwentyThousandFails() {
        try (CpuBackend processor = new CpuBackend(2)) {
            Backend backend = changed(processor, arguments -> {
                @SuppressWarnings("unchecked")
                List<Parameter> biases = (List<Parameter>) arguments[2];
                Tensor gradient = biases.get(0).gradient();
                float[] values = new float[gradient.columns()];
                processor.read(gradient, 0, 1, values);
                values[values.length - 1] += 0.99f * 0.5f;
                processor.write(values, gradient, 0);
            });
            assertThat(checksOn(backend, SelftestScale.FULL))
                    .filteredOn(check -> check.operation().startsWith("critic tail backward"))
                    .filteredOn(check -> check.shape().equals("20011 rows through [64, 32, 1]"))
                    .hasSize(2)
                    .allSatisfy(check -> {
                        try (Trial trial = trial(backend, check)) {
                            assertThat(check.body().error(trial)).isGreaterThan(check.tolerance());
                        }
                    });
        }
    }
}
