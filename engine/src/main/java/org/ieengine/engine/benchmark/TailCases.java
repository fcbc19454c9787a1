package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.Tensor;

/** The last, narrow layers of the published critic at once, where a backend has that. */
final class TailCases {
    /** Float32 sums through up to seven layers. */
    private static final double TOLERANCE = 2e-5;

    /** Sums of two bf16 of 16 bits together, through as many. */
    private static final double TOLERANCE_OF_HALVES = 6e-5;

    private final Extents extents;

    TailCases(Extents extents) {
        this.extents = extents;
    }

    /** None where the backend takes every layer by itself. */
    List<BenchmarkCase> cases(Backend backend) {
        List<Integer> widths = extents.widths();
        int from = backend.fusedTailFrom(widths);
        if (from >= widths.size() || from < 1) {
            return List.of();
        }
        List<Integer> tail = widths.subList(from - 1, widths.size());
        String place = "critic: layers " + (from + 1) + " to " + widths.size();
        Extent extent = Extent.of(
                2 * extents.samples(),
                2L * tail.get(0) + 2,
                8L * tail.get(0) * tail.get(0),
                rows -> String.format(Locale.ROOT, "%,d rows through %s", rows, tail));
        return List.of(
                new BenchmarkCase("critic tail forward", place, extent, Traits.OPERANDS, (bench, rows) -> new Tail(
                                bench, tail, rows)
                        .forward()),
                new BenchmarkCase("critic tail backward", place, extent, Traits.OPERANDS, (bench, rows) -> new Tail(
                                bench, tail, rows)
                        .backward()));
    }

    /** One call of it. */
    private static final class Tail {
        private final Workbench bench;
        private final int rows;
        private final TailReference reference;
        private final Matrix in;
        private final List<Matrix> weights = new ArrayList<>();
        private final List<Matrix> biases = new ArrayList<>();
        private final List<Parameter> weightParameters = new ArrayList<>();
        private final List<Parameter> biasParameters = new ArrayList<>();
        private double parameters;

        Tail(Workbench bench, List<Integer> widths, int rows) {
            this.bench = bench;
            this.rows = rows;
            for (int l = 1; l < widths.size(); l++) {
                Matrix weight = bench.random(widths.get(l), widths.get(l - 1), 1 / Math.sqrt(widths.get(l - 1)));
                Matrix bias = bench.random(1, widths.get(l), 0.2);
                weights.add(weight);
                biases.add(bias);
                weightParameters.add(parameter(weight));
                biasParameters.add(parameter(bias));
                parameters += (double) weight.rows() * weight.columns();
            }
            this.reference = new TailReference(weights, biases);
            this.in = bench.operandOf(reference.clearRows(bench, rows), rows, widths.get(0));
        }

        private Parameter parameter(Matrix value) {
            Tensor gradient = bench.output(value.rows(), value.columns());
            return new Parameter(value.tensor(), gradient, value.tensor(), value.tensor());
        }

        private double tolerance() {
            return bench.operandBytes() < Float.BYTES ? TOLERANCE_OF_HALVES : TOLERANCE;
        }

        Prepared forward() {
            Tensor scores = bench.output(rows, 1);
            return Prepared.of(
                    new Cost(
                            (double) rows * (bench.operandBytes() * in.columns() + Float.BYTES), 2 * parameters * rows),
                    () -> bench.backend().tailForward(in.tensor(), weightParameters, biasParameters, scores),
                    new Check(
                            tolerance(),
                            () -> bench.error(
                                    scores,
                                    (row, unused, at) ->
                                            at.set(reference.forward(in, row).score()))));
        }

        Prepared backward() {
            float[] drawn = bench.random(in.period(), 1, 1).values();
            Matrix scoreGradients = bench.of(Arrays.copyOf(drawn, in.period()), rows, 1);
            Tensor inGradient = bench.operandOutput(rows, in.columns());
            return Prepared.of(
                    new Cost(
                            (double) rows * (2 * bench.operandBytes() * in.columns() + Float.BYTES),
                            6 * parameters * rows),
                    () -> bench.backend()
                            .tailBackward(
                                    in.tensor(),
                                    weightParameters,
                                    biasParameters,
                                    scoreGradients.tensor(),
                                    0,
                                    inGradient),
                    new Check(
                            tolerance() + bench.operandRoundingError(),
                            () -> backwardError(scoreGradients, inGradient)));
        }

        private double backwardError(Matrix scoreGradients, Tensor inGradient) {
            double worst = bench.error(inGradient, (row, c, at) -> {
                double[] gradient = reference.forward(in, row).backward(scoreGradients.at(row, 0), null);
                at.set(gradient[c], 0.1 + Math.abs(gradient[c]));
            });
            TailReference.Sums sums = new TailReference.Sums(weights);
            for (int row = 0; row < in.period(); row++) {
                int times = (rows - row - 1) / in.period() + 1;
                sums.times(times);
                reference.forward(in, row).backward(scoreGradients.at(row, 0), sums);
            }
            for (int l = 0; l < biases.size(); l++) {
                int layer = l;
                worst = Math.max(
                        worst,
                        bench.error(
                                biasParameters.get(l).gradient(),
                                (unused, c, at) -> at.set(sums.bias(layer, c), sums.biasSize(layer, c))));
            }
            return Math.max(
                    worst,
                    bench.error(
                            weightParameters.get(0).gradient(),
                            (o, i, at) -> at.set(sums.weight(o, i), sums.weightSize(o, i))));
        }
    }
}
