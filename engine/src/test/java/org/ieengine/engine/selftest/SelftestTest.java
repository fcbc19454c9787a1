package org.ieengine.engine.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelftestTest {
    private static final SelftestListener SILENT = (row, done, all) -> {};

    private static List<SelftestRow> run(UnaryOperator<Backend> change) {
        return run(List.of(Precision.F32), (backend, precision) -> change.apply(backend));
    }

    private static List<SelftestRow> run(List<Precision> precisions, BiFunction<Backend, Precision, Backend> change) {
        SelftestDevice device = new SelftestDevice() {
            @Override
            public List<Precision> precisions() {
                return precisions;
            }

            @Override
            public Session open(Precision precision) {
                Backend backend = change.apply(new CpuBackend(2), precision);
                return new Session() {
                    @Override
                    public Backend backend() {
                        return backend;
                    }

                    @Override
                    public GpuDevice gpu() {
                        return null;
                    }

                    @Override
                    public void close() {
                        backend.close();
                    }
                };
            }
        };
        return Selftest.run(device, SelftestScale.SMALL, SILENT);
    }

    /** Whether an operation is a product whose operands the precision rounds. */
    private static boolean isRounded(Method method) {
        return List.of("linear", "product", "inputGradient").contains(method.getName());
    }

    /** A backend that rounds the operands of products in some way, also of those that other operations consist of. */
    private static Backend rounding(Backend backend, DoubleUnaryOperator rounded) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.isDefault()) {
                        return InvocationHandler.invokeDefault(proxy, method, arguments);
                    }
                    Object[] given = arguments == null ? null : arguments.clone();
                    List<Tensor> copies = new ArrayList<>();
                    for (int i = 0; isRounded(method) && copies.size() < 2; i++) {
                        if (given[i] instanceof Tensor tensor) {
                            given[i] = copy(backend, tensor, rounded);
                            copies.add((Tensor) given[i]);
                        }
                    }
                    try {
                        return method.invoke(backend, given);
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    } finally {
                        copies.forEach(Tensor::close);
                    }
                });
    }

    private static Tensor copy(Backend backend, Tensor tensor, DoubleUnaryOperator rounded) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) rounded.applyAsDouble(values[i]);
        }
        Tensor copy = backend.allocate(tensor.rows(), tensor.columns());
        backend.write(values, copy, 0);
        return copy;
    }

    /** A backend whose operation of that name writes one wrong element into its last tensor. */
    private static Backend faulty(Backend backend, String operation) {
        return faulty(backend, operation, SelftestTest::last);
    }

    /** A backend whose operation of that name writes one wrong element into the argument given, a tensor or an array. */
    private static Backend faulty(Backend backend, String operation, Function<Object[], Object> spoiled) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    Object result;
                    try {
                        result = method.invoke(backend, arguments);
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    }
                    if (method.getName().equals(operation)) {
                        Object argument = spoiled.apply(arguments);
                        if (argument instanceof Tensor tensor) {
                            spoil(backend, tensor);
                        } else if (argument instanceof int[] values) {
                            values[values.length - 1]++;
                        } else if (argument instanceof double[] values) {
                            values[values.length - 1] = Math.nextUp(values[values.length - 1]);
                        }
                    }
                    return result;
                });
    }

    private static Object last(Object[] arguments) {
        for (int i = arguments.length - 1; i >= 0; i--) {
            if (arguments[i] instanceof Tensor) {
                return arguments[i];
            }
        }
        return null;
    }

    private static void spoil(Backend backend, Tensor tensor) {
        float[] row = new float[tensor.columns()];
        backend.read(tensor, tensor.rows() - 1, 1, row);
        row[row.length - 1] += 1e-3f * (1 + Math.abs(row[row.length - 1]));
        backend.write(row, tensor, tensor.rows() - 1);
    }

    @Test
    void shouldPassOnTheProcessor() {
        List<SelftestRow> rows = run(backend -> backend);

        assertThat(rows)
                .hasSizeGreaterThan(250)
                .allSatisfy(row -> assertThat(row.passed()).as("%s", row).isTrue());
    }

    @Test
    void shouldPassOnADeviceThatRoundsOperandsToNearest() {
        List<SelftestRow> rows = run(
                List.of(Precision.TF32, Precision.BF16),
                (backend, precision) ->
                        rounding(backend, value -> Rounding.of(precision).of((float) value)));

        assertThat(rows)
                .allSatisfy(row -> assertThat(row.passed()).as("%s", row).isTrue());
        assertThat(rows).extracting(SelftestRow::precision).contains("tf32", "bf16");
    }

    @Test
    void shouldFailOnADeviceThatCutsOperandsOff() {
        List<SelftestRow> rows = run(
                List.of(Precision.BF16),
                (backend, precision) -> rounding(
                        backend, value -> Float.intBitsToFloat(Float.floatToRawIntBits((float) value) & 0xFFFF0000)));

        assertThat(rows)
                .filteredOn(row -> row.operation().startsWith("linear"))
                .filteredOn(row -> !row.passed())
                .hasSizeGreaterThan(10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear",
                "linearPairs",
                "weightGradients",
                "product",
                "strictProduct",
                "layerNorm",
                "attention",
                "pairRows",
                "pairProducts",
                "logistic",
                "contrast",
                "nextToken",
                "gate",
                "standardise",
                "squaredNorms",
                "copy"
            })
    void shouldFailWhereOneOperationIsSlightlyWrong(String operation) {
        List<SelftestRow> rows = run(backend -> faulty(backend, operation));

        assertThat(rows).anySatisfy(row -> assertThat(row.passed()).isFalse());
        assertThat(rows).filteredOn(row -> !row.passed()).allSatisfy(row -> assertThat(
                        row.fault().isEmpty() || !row.fault().contains("null"))
                .isTrue());
    }

    @ParameterizedTest
    @CsvSource({
        "logistic, 4, logistic",
        "contrast, 2, contrast",
        "weightGradients, 3, gradients of weight and bias",
        "weightGradients, 4, gradients of weight and bias",
        "nearestCentroid, 2, nearest centroid",
        "nearestCentroid, 3, nearest centroid"
    })
    void shouldFailWhereOnlyOneOfSeveralResultsIsSlightlyWrong(String operation, int argument, String tried) {
        List<SelftestRow> rows = run(backend -> faulty(backend, operation, arguments -> arguments[argument]));

        assertThat(rows)
                .filteredOn(row -> row.operation().startsWith(tried))
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.passed()).isFalse());
        assertThat(rows)
                .filteredOn(row -> !row.operation().startsWith(tried))
                .allSatisfy(row -> assertThat(row.passed()).isTrue());
    }
}
