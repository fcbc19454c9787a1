package org.ieengine.engine.selftest;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.UnaryOperator;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelftestTest {
    private static final SelftestListener SILENT = (row, done, all) -> {};

    private static List<SelftestRow> run(UnaryOperator<Backend> change) {
        SelftestDevice device = new SelftestDevice() {
            @Override
            public List<Precision> precisions() {
                return List.of(Precision.F32);
            }

            @Override
            public Backend open(Precision precision) {
                return change.apply(new CpuBackend(2));
            }
        };
        return Selftest.run(device, SelftestScale.SMALL, SILENT);
    }

    /** A backend whose operation of that name writes one wrong element into its last tensor. */
    private static Backend faulty(Backend backend, String operation) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    Object result;
                    try {
                        result = method.invoke(backend, arguments);
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    }
                    if (method.getName().equals(operation)) {
                        spoil(backend, arguments);
                    }
                    return result;
                });
    }

    private static void spoil(Backend backend, Object[] arguments) {
        for (int i = arguments.length - 1; i >= 0; i--) {
            if (arguments[i] instanceof Tensor tensor) {
                float[] row = new float[tensor.columns()];
                backend.read(tensor, tensor.rows() - 1, 1, row);
                row[row.length - 1] += 1e-3f * (1 + Math.abs(row[row.length - 1]));
                backend.write(row, tensor, tensor.rows() - 1);
                return;
            }
        }
    }

    @Test
    void shouldPassOnTheProcessor() {
        List<SelftestRow> rows = run(backend -> backend);

        assertThat(rows)
                .hasSizeGreaterThan(250)
                .allSatisfy(row -> assertThat(row.passed()).as("%s", row).isTrue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear",
                "product",
                "strictProduct",
                "layerNorm",
                "attention",
                "pairRows",
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
}
