package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.selftest.Activations64;
import org.ieengine.engine.tensor.Activation;
import org.ieengine.engine.tensor.Indices;
import org.ieengine.engine.tensor.Tensor;

/** What a transformer does element by element outside of its blocks, or as other backends do it: over the states of the first model. */
final class ElementCases {
    /** Float32 with the device's exponential and hyperbolic tangent. */
    private static final double TOLERANCE = 5e-6;

    /** One rounding of float32. */
    private static final double ROUNDING = 1e-7;

    /** Exponentials of float32; the processor's have a relative error of 1e-5 each. */
    private static final double LOGITS_TOLERANCE = 1e-5;

    private static final int POSITIONS = 8;

    private final Extents extents;
    private final ModelShape model;

    ElementCases(Extents extents) {
        this.extents = extents;
        this.model = extents.models().get(0);
    }

    List<BenchmarkCase> cases() {
        List<BenchmarkCase> cases = new ArrayList<>();
        int d = model.width();
        int vocabulary = model.vocabulary();
        int rows = extents.shortRows();
        Extent inPlace = Extent.of(rows, d, 0, some -> BlockCases.shape(some, d));
        Extent pair = Extent.of(rows, 2L * d, 0, some -> BlockCases.shape(some, d));
        Extent table = Extent.of(
                rows,
                d,
                (long) vocabulary * d,
                some -> String.format(Locale.ROOT, "%,d of [%,d, %d]", some, vocabulary, d));
        cases.add(new BenchmarkCase("embed", model.name(), table, Traits.PLAIN, this::embed));
        cases.add(new BenchmarkCase("add rows", model.name() + ": positions", inPlace, Traits.PLAIN, this::addRows));
        cases.add(new BenchmarkCase("add", model.name(), pair, Traits.PLAIN, this::add));
        cases.add(new BenchmarkCase("soft cap", model.name(), inPlace, Traits.PLAIN, this::softCap));
        int inner = model.innerWidth();
        for (Activation activation : List.of(Activation.GELU_TANH, Activation.TANH, Activation.RELU)) {
            cases.add(new BenchmarkCase(
                    "activate " + activation.name().toLowerCase(Locale.ROOT),
                    model.name() + ": MLP",
                    Extent.of(rows, 2L * inner, 0, some -> BlockCases.shape(some, inner)),
                    Traits.ACTIVATION,
                    (bench, some) -> activate(bench, some, activation)));
        }
        int logits = Math.max(64, (int) Math.min(extents.longRows(), (32L << 20) / (4L * vocabulary)));
        Extent extent =
                Extent.of(logits, vocabulary, 0, some -> String.format(Locale.ROOT, "[%,d, %,d]", some, vocabulary));
        cases.add(new BenchmarkCase("next token", model.name(), extent, Traits.PLAIN, this::nextToken));
        return cases;
    }

    private Cost cost(int rows, int columns, int passes, int flop) {
        double elements = (double) rows * columns;
        return new Cost(Float.BYTES * passes * elements, flop * elements);
    }

    private Prepared embed(Workbench bench, int rows) {
        int d = model.width();
        Matrix table = bench.random(model.vocabulary(), d, 1);
        int[] ids = bench.drawn(rows, model.vocabulary());
        Indices tokens = bench.indices(ids);
        Tensor out = bench.output(rows, d);
        return Prepared.of(
                cost(rows, d, 2, 1),
                () -> bench.backend().embed(table.tensor(), tokens, 8.5f, out),
                new Check(ROUNDING, () -> bench.error(out, (row, c, at) -> at.set(8.5 * table.at(ids[row], c)))));
    }

    private Prepared addRows(Workbench bench, int rows) {
        int d = model.width();
        Matrix table = bench.random(POSITIONS, d, 1);
        Matrix x = bench.random(rows, d, 1);
        int[] places = new int[rows];
        Arrays.setAll(places, row -> row % POSITIONS);
        Indices positions = bench.indices(places);
        return Prepared.of(
                cost(rows, d, 2, 1),
                () -> bench.backend().addRows(table.tensor(), positions, x.tensor()),
                new Check(
                        ROUNDING,
                        () -> bench.error(
                                x.tensor(), (row, c, at) -> at.set((double) x.at(row, c) + table.at(places[row], c)))));
    }

    private Prepared add(Workbench bench, int rows) {
        int d = model.width();
        Matrix x = bench.random(rows, d, 1);
        Matrix into = bench.random(rows, d, 1);
        return Prepared.of(
                cost(rows, d, 3, 1),
                () -> bench.backend().add(x.tensor(), into.tensor()),
                new Check(
                        ROUNDING,
                        () -> bench.error(
                                into.tensor(), (row, c, at) -> at.set((double) x.at(row, c) + into.at(row, c)))));
    }

    private Prepared softCap(Workbench bench, int rows) {
        Matrix x = bench.random(rows, model.width(), 10);
        return Prepared.of(
                cost(rows, model.width(), 2, 3),
                () -> bench.backend().softCap(x.tensor(), 7),
                new Check(
                        TOLERANCE,
                        () -> bench.error(x.tensor(), (row, c, at) -> at.set(7 * Math.tanh(x.at(row, c) / 7d)))));
    }

    private Prepared activate(Workbench bench, int rows, Activation activation) {
        int inner = model.innerWidth();
        Matrix x = bench.random(rows, inner, 2);
        Tensor out = bench.output(rows, inner);
        return Prepared.of(
                cost(rows, inner, 2, activation == Activation.GELU_TANH ? 8 : 1),
                () -> bench.backend().activate(x.tensor(), activation, out),
                new Check(
                        TOLERANCE,
                        () -> bench.error(out, (row, c, at) -> at.set(Activations64.apply(activation, x.at(row, c))))));
    }

    private Prepared nextToken(Workbench bench, int rows) {
        int vocabulary = model.vocabulary();
        Matrix logits = bench.random(rows, vocabulary, 3);
        int[] wanted = bench.drawn(rows, vocabulary);
        int[] every = new int[rows];
        Arrays.setAll(every, row -> row);
        Indices targets = bench.indices(wanted);
        Indices places = bench.indices(every);
        Tensor out = bench.output(rows, 2);
        return Prepared.of(
                cost(rows, vocabulary, 1, 3),
                () -> bench.backend().nextToken(logits.tensor(), places, targets, out),
                new Check(
                        LOGITS_TOLERANCE,
                        () -> bench.error(out, (row, c, at) -> {
                            int guess = 0;
                            for (int token = 1; token < vocabulary; token++) {
                                guess = logits.at(row, token) > logits.at(row, guess) ? token : guess;
                            }
                            double sum = 0;
                            for (int token = 0; token < vocabulary; token++) {
                                sum += Math.exp((double) logits.at(row, token) - logits.at(row, guess));
                            }
                            double loss = logits.at(row, guess) + Math.log(sum) - logits.at(row, wanted[row]);
                            at.set(c == 0 ? loss : guess == wanted[row] ? 1 : 0);
                        })));
    }
}
