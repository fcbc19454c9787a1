package org.ieengine.engine.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.kernels.GpuDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchmarkTest {
    private static final long MEBIBYTE = 1 << 20;

    /** The processor, its backend changed in some way. */
    private record Processor(UnaryOperator<Backend> change, long memoryBytes) implements BenchmarkDevice {
        @Override
        public List<Precision> precisions() {
            return List.of(Precision.F32);
        }

        @Override
        public Session open(Precision precision) {
            CpuBackend plain = new CpuBackend(2);
            Backend backend = change.apply(plain);
            long bytes = memoryBytes;
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
                public long memoryBytes() {
                    return bytes;
                }

                @Override
                public void close() {
                    plain.close();
                }
            };
        }
    }

    /** What a benchmark told. */
    private static class Heard implements BenchmarkListener {
        private final List<Ceilings> ceilings = new ArrayList<>();
        private final List<BenchmarkRow> rows = new ArrayList<>();
        private int all;

        @Override
        public void measured(Ceilings measured) {
            ceilings.add(measured);
        }

        @Override
        public void begins(String title, int done, int rowsInAll) {
            assertThat(done).isEqualTo(rows.size());
        }

        @Override
        public void ended(BenchmarkRow row, int done, int rowsInAll) {
            rows.add(row);
            all = rowsInAll;
            assertThat(done).isEqualTo(rows.size());
        }
    }

    private static Heard run(UnaryOperator<Backend> change, BenchmarkSettings settings) {
        Heard heard = new Heard();
        Benchmark.run(new Processor(change, 4096 * MEBIBYTE), settings, heard);
        return heard;
    }

    private static BenchmarkSettings small(String... filters) {
        return new BenchmarkSettings(BenchmarkScale.SMALL, List.of(filters), Double.POSITIVE_INFINITY, 7);
    }

    @Test
    void shouldMeasureEveryOperationAndFindItRight() {
        Heard heard = run(backend -> backend, small());

        assertThat(heard.rows).hasSize(heard.all).hasSizeGreaterThan(50).allSatisfy(row -> {
            assertThat(row.correctness().passed()).as("%s", row).isTrue();
            assertThat(row.timing().seconds()).isPositive();
            assertThat(row.timing().low()).isLessThanOrEqualTo(row.timing().seconds());
            assertThat(row.timing().high()).isGreaterThanOrEqualTo(row.timing().seconds());
            assertThat(row.timing().repetitions()).isEqualTo(2);
            assertThat(row.timing().times()).isEqualTo(2);
            assertThat(row.cost().bytes()).isPositive();
            assertThat(row.share()).isPositive();
            assertThat(row.launched()).isEmpty();
        });
        assertThat(heard.ceilings).hasSize(1);
        assertThat(heard.ceilings.get(0).bytesPerSecond()).isPositive();
        assertThat(heard.ceilings.get(0).flopPerSecond()).isPositive();
        assertThat(heard.rows)
                .filteredOn(row -> row.operation().matches("(linear|product|strict product).*"))
                .hasSizeGreaterThan(10)
                .allSatisfy(row -> {
                    assertThat(row.rival().name()).isEqualTo("OpenBLAS");
                    assertThat(row.ratio()).isPositive();
                });
    }

    /** A backend whose operation of that name writes one wrong element into a tensor or an array that it is given. */
    private static Backend lying(Backend backend, String operation, int argument) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    Object result;
                    try {
                        result = method.invoke(backend, arguments);
                    } catch (InvocationTargetException fault) {
                        throw fault.getCause();
                    }
                    if (!method.getName().equals(operation)) {
                        return result;
                    }
                    if (arguments[argument] instanceof int[] values) {
                        values[values.length - 1]++;
                    } else if (arguments[argument] instanceof double[] values) {
                        values[values.length - 1] = Math.nextUp(values[values.length - 1]);
                    } else if (arguments[argument] instanceof Tensor tensor) {
                        float[] row = new float[tensor.columns()];
                        backend.read(tensor, tensor.rows() - 1, 1, row);
                        row[row.length - 1] += 1e-3f * (1 + Math.abs(row[row.length - 1]));
                        backend.write(row, tensor, tensor.rows() - 1);
                    }
                    return result;
                });
    }

    @ParameterizedTest
    @CsvSource({
        "linear, 4, linear in-out + bias gelu_tanh",
        "linear, 4, linear out-in + out",
        "product, 5, product A^T B",
        "weightGradients, 3, gradients of weight and bias",
        "weightGradients, 4, gradients of weight and bias",
        "inputGradient, 3, input gradient",
        "strictProduct, 5, strict product A B^T",
        "layerNorm, 4, layer norm",
        "rmsNorm, 4, rms norm",
        "rotate, 0, rotate",
        "gate, 3, gate silu",
        "attention, 5, attention",
        "embed, 3, embed",
        "addRows, 2, add rows",
        "add, 1, add",
        "softCap, 0, soft cap",
        "activate, 2, activate tanh",
        "nextToken, 3, next token",
        "pairRows, 3, 'pair rows, permuted'",
        "linearPairs, 5, projection with pairs",
        "pairRowsBackward, 2, 'pair rows backward, identity'",
        "pairRowsBackward, 3, 'pair rows backward, listed'",
        "pairRowsBackward, 3, 'pair rows backward, at once'",
        "pairProducts, 3, 'pair products, listed'",
        "leakyReluBackward, 1, leaky relu backward",
        "columnSums, 2, column sums",
        "donskerVaradhan, 4, donsker-varadhan plain",
        "donskerVaradhan, 5, donsker-varadhan stable",
        "logistic, 4, logistic",
        "contrast, 2, contrast",
        "standardise, 3, standardise",
        "squaredNorms, 1, squared norms",
        "nearestCentroid, 2, nearest centroid",
        "nearestCentroid, 3, nearest centroid",
        "gatherRows, 2, gather rows",
        "copy, 1, copy",
        "fill, 0, fill",
    })
    void shouldRefuseToTimeWhatIsSlightlyWrong(String method, int argument, String operation) {
        Heard heard = run(backend -> lying(backend, method, argument), small(operation + ", "));

        assertThat(heard.rows)
                .filteredOn(row -> row.operation().equals(operation))
                .isNotEmpty()
                .allSatisfy(row -> {
                    assertThat(row.correctness().passed()).as("%s", row).isFalse();
                    assertThat(row.timing()).isNull();
                    assertThat(row.share()).isNaN();
                });
    }

    @Test
    void shouldMeasureOnlyWhatAFilterNames() {
        Heard heard = run(backend -> backend, small("TINY gpt-2, any T: MLP", "contrast"));

        assertThat(heard.rows)
                .extracting(BenchmarkRow::place)
                .containsExactly(
                        "tiny GPT-2, any T: mlp.c_fc", "tiny GPT-2, any T: mlp.c_proj", "InfoNCE: value and gradient");
        assertThat(heard.all).isEqualTo(3);
    }

    @Test
    void shouldCutRowsThatDoNotFitIntoMemoryAndSaySo() {
        Heard heard = new Heard();
        Processor little = new Processor(backend -> backend, MEBIBYTE);
        BenchmarkSettings settings =
                new BenchmarkSettings(BenchmarkScale.SMALL, List.of("copy, states"), Double.POSITIVE_INFINITY, 0);
        Benchmark.run(little, settings, heard);
        BenchmarkRow whole = heard.rows.get(0);
        Heard less = new Heard();
        Benchmark.run(new Processor(backend -> backend, 16_000), settings, less);
        BenchmarkRow cut = less.rows.get(0);

        assertThat(whole.shape()).isEqualTo("[40, 16]");
        assertThat(cut.shape()).isEqualTo("[16, 16] (rows 40 cut to 16)");
        assertThat(cut.cost().bytes()).isEqualTo(2 * 4 * 16 * 16);
    }

    @Test
    void shouldCutRowsToItsBudget() {
        Heard heard = new Heard();
        Benchmark.run(
                new Processor(backend -> backend, 4096 * MEBIBYTE),
                new BenchmarkSettings(BenchmarkScale.PROCESSOR, List.of("GPT-2 small, any T: attn.c_proj"), 0.05, 0),
                heard);

        assertThat(heard.rows).hasSize(1);
        assertThat(heard.rows.get(0).shape()).contains("(rows 4,096 cut to ");
    }

    @Test
    void shouldListWhatItWouldMeasure() {
        List<String> titles = Benchmark.titles(
                new Processor(backend -> backend, MEBIBYTE),
                new BenchmarkSettings(BenchmarkScale.PROCESSOR, List.of("c_fc: [4,096, 1,600"), 1, 0));

        assertThat(titles).isEmpty();
        assertThat(Benchmark.titles(
                        new Processor(backend -> backend, MEBIBYTE),
                        new BenchmarkSettings(BenchmarkScale.PROCESSOR, List.of("c_fc [4,096, 1,600"), 1, 0)))
                .containsExactly("f32: linear in-out + bias gelu_tanh, GPT-2 XL, any T: mlp.c_fc"
                        + " [4,096, 1,600] x [1,600, 6,400]");
    }

    @Test
    void shouldEndWhereItsListenerSaysSo() {
        Heard heard = new Heard() {
            @Override
            public void ended(BenchmarkRow row, int done, int all) {
                super.ended(row, done, all);
                throw new IllegalStateException("enough");
            }
        };
        Processor processor = new Processor(backend -> backend, MEBIBYTE);

        assertThatThrownBy(() -> Benchmark.run(processor, small("add"), heard)).hasMessage("enough");
        assertThat(heard.rows).hasSize(1);
    }
}
