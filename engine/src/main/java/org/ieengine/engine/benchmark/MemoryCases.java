package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Depends;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Rivalry;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.safetensors.ElementType;

/** Copies within the backend, and transfers from and to the host. Values must arrive exactly. */
final class MemoryCases {
    private static final String STATES = "states of the critic";
    private static final Traits LOADING = new Traits(Depends.ON_OPERANDS, Rivalry.NONE, false);

    private static final int PERIOD = 251;

    private final int rows;
    private final int columns;
    private final ModelShape model;

    MemoryCases(Extents extents) {
        this.rows = extents.samples();
        this.columns = extents.dimensions();
        this.model = extents.models().get(0);
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        Extent pair = Extent.of(rows, 2L * columns, 0, this::shape);
        Extent single = Extent.of(rows, columns, 0, this::shape);
        cases.add(new BenchmarkCase("copy", STATES, pair, Traits.PLAIN, this::copy));
        cases.add(new BenchmarkCase("fill", STATES, single, Traits.PLAIN, this::fill));
        cases.add(new BenchmarkCase("gather rows", STATES, pair, Traits.PLAIN, this::gather));
        cases.add(new BenchmarkCase("write from host", STATES, hosted(), Traits.READING, this::write));
        cases.add(new BenchmarkCase("read to host", STATES, hosted(), Traits.READING, this::read));
        for (ElementType type : List.of(ElementType.F32, ElementType.BF16)) {
            String place = model.name() + ": mlp.c_fc";
            String shape = BlockCases.shape(model.width(), model.innerWidth());
            Extent extent = Extent.whole(2L * model.width() * model.innerWidth(), shape);
            cases.add(new BenchmarkCase(
                    "load " + type, place, extent, Traits.READING, (bench, unused) -> load(bench, type, false)));
            cases.add(new BenchmarkCase(
                    "load operand " + type, place, extent, LOADING, (bench, unused) -> load(bench, type, true)));
        }
        return cases;
    }

    private String shape(long some) {
        return String.format(Locale.ROOT, "[%,d, %d]", some, columns);
    }

    /** What the host takes in one array. */
    private Extent hosted() {
        return Extent.of(Math.min(rows, (1 << 25) / columns), columns, 0, this::shape);
    }

    private Cost moved(double times, int some) {
        return new Cost(times * Float.BYTES * some * columns, 0);
    }

    private Prepared copy(Workbench bench, int some) {
        Matrix from = bench.random(some, columns, 1);
        Tensor to = bench.output(some, columns);
        return Prepared.of(
                moved(2, some),
                () -> bench.backend().copy(from.tensor(), to),
                Check.exact(() -> bench.error(to, (row, c, at) -> at.set(from.at(row, c), 1))));
    }

    private Prepared fill(Workbench bench, int some) {
        Tensor to = bench.output(some, columns);
        return Prepared.of(
                moved(1, some),
                () -> bench.backend().fill(to, 0.75f),
                Check.exact(() -> bench.error(to, (row, c, at) -> at.set(0.75, 1))));
    }

    private Prepared gather(Workbench bench, int some) {
        Matrix from = bench.random(some, columns, 1);
        int[] chosen = bench.drawn(some, some);
        Indices indices = bench.indices(chosen);
        Tensor to = bench.output(some, columns);
        return Prepared.of(
                new Cost(Float.BYTES * (2.0 * some * columns + some), 0),
                () -> bench.backend().gatherRows(from.tensor(), indices, to),
                Check.exact(() -> bench.error(to, (row, c, at) -> at.set(from.at(chosen[row], c), 1))));
    }

    private Prepared write(Workbench bench, int some) {
        Tensor to = bench.output(some, columns);
        float[] values = bench.random(1, columns, 1).values();
        float[] all = new float[some * columns];
        for (int i = 0; i < all.length; i++) {
            all[i] = values[i % columns] + i / columns % 127;
        }
        return Prepared.of(
                moved(1, some),
                () -> bench.backend().write(all, to, 0),
                Check.exact(() -> bench.error(to, (row, c, at) -> at.set(all[row * columns + c], 1))));
    }

    private Prepared read(Workbench bench, int some) {
        Matrix from = bench.random(some, columns, 1);
        float[] to = new float[some * columns];
        java.util.Arrays.fill(to, Float.NaN);
        return Prepared.of(moved(1, some), () -> bench.backend().read(from.tensor(), 0, some, to), Check.exact(() -> {
            double worst = 0;
            for (int row = 0; row < some; row++) {
                for (int c = 0; c < columns; c++) {
                    double error = Math.abs(to[row * columns + c] - from.at(row, c));
                    worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
                }
            }
            return worst;
        }));
    }

    private Prepared load(Workbench bench, ElementType type, boolean operand) {
        float[] pattern = new float[PERIOD];
        for (int i = 0; i < PERIOD; i++) {
            // Multiples of 1/128 from -1 to 1: exact in either type.
            pattern[i] = (i - PERIOD / 2) / 128f;
        }
        PatternTensor stored =
                new PatternTensor("pattern", type, new long[] {model.width(), model.innerWidth()}, pattern);
        Loaded loaded = bench.keep(new Loaded(bench, operand));
        double kept = operand ? bench.operandBytes() : Float.BYTES;
        Runnable run = () -> loaded.load(stored);
        return Prepared.of(
                new Cost((type.bytes() + kept) * stored.elements(), 0),
                run,
                Check.exact(() -> bench.error(
                        loaded.tensor, (row, c, at) -> at.set(stored.at((long) row * model.innerWidth() + c), 1))));
    }

    /** The tensor loaded last. */
    private static final class Loaded implements AutoCloseable {
        private final Workbench bench;
        private final boolean operand;
        private Tensor tensor;

        Loaded(Workbench bench, boolean operand) {
            this.bench = bench;
            this.operand = operand;
        }

        void load(PatternTensor stored) {
            close();
            tensor = operand
                    ? bench.watched(bench.backend().loadOperand(stored))
                    : bench.backend().load(stored);
        }

        @Override
        public void close() {
            if (tensor != null) {
                tensor.close();
                tensor = null;
            }
        }
    }
}
