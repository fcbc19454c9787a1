package org.ieengine.engine.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ieengine.engine.benchmark.BenchmarkCase.Extent;
import org.ieengine.engine.benchmark.BenchmarkCase.Traits;
import org.ieengine.engine.benchmark.BenchmarkScale.Extents;
import org.ieengine.engine.benchmark.Prepared.Check;
import org.ieengine.engine.tensor.CriticOperations.Parameter;
import org.ieengine.engine.tensor.OptimiserSteps;
import org.ieengine.engine.tensor.ParameterTable;
import org.ieengine.engine.tensor.Tensor;

/** A step of Adam on all parameters of the published critic. */
final class OptimiserCases {
    private static final double TOLERANCE = 2e-6;
    private static final double RATE = 1e-4;

    private final Extents extents;

    OptimiserCases(Extents extents) {
        this.extents = extents;
    }

    /** Shapes of the parameters: both weights and the bias of the first layer, then weight and bias of each later one. */
    private List<int[]> shapes() {
        List<int[]> shapes = new ArrayList<>();
        int first = extents.widths().get(0);
        shapes.add(new int[] {first, extents.dimensions()});
        shapes.add(new int[] {first, extents.dimensions()});
        shapes.add(new int[] {1, first});
        for (int l = 1; l < extents.widths().size(); l++) {
            shapes.add(new int[] {extents.widths().get(l), extents.widths().get(l - 1)});
            shapes.add(new int[] {1, extents.widths().get(l)});
        }
        return shapes;
    }

    List<BenchmarkCase> cases() {
        List<int[]> shapes = shapes();
        long count =
                shapes.stream().mapToLong(shape -> (long) shape[0] * shape[1]).sum();
        String text = String.format(Locale.ROOT, "%,d parameters in %d matrices", count, shapes.size());
        return List.of(new BenchmarkCase(
                "adam",
                "critic: a step",
                Extent.whole(4 * count, text),
                Traits.OPERANDS,
                (bench, unused) -> adam(bench, shapes, count)));
    }

    private static Prepared adam(Workbench bench, List<int[]> shapes, long count) {
        List<Parameter> parameters = new ArrayList<>();
        Matrix value = null;
        Matrix gradient = null;
        Tensor rounded = null;
        boolean narrow = bench.operandBytes() != Float.BYTES;
        for (int[] shape : shapes) {
            Matrix p = bench.random(shape[0], shape[1], 1);
            Matrix g = bench.random(shape[0], shape[1], 0.1);
            value = value == null ? p : value;
            gradient = gradient == null ? g : gradient;
            Tensor operand = narrow && shape[0] > 1 ? bench.operandOutput(shape[0], shape[1]) : p.tensor();
            parameters.add(new Parameter(p.tensor(), g.tensor(), zero(bench, shape), zero(bench, shape), operand));
            rounded = rounded == null ? operand : rounded;
        }
        OptimiserSteps steps = PairedRows.steps(bench, bench.stream());
        ParameterTable table = bench.keep(bench.backend().parameters(parameters));
        Matrix firstValue = value;
        Matrix firstGradient = gradient;
        Tensor firstRounded = rounded;
        Workbench.Reference stepped = (row, c, at) -> {
            // In the first step both bias corrections cancel the decays: a step of the rate against the sign.
            double g = firstGradient.at(row, c);
            at.set(firstValue.at(row, c) - RATE * g / (Math.abs(g) + 1e-8));
        };
        return Prepared.of(
                // Value and moments are read and written, gradients read; and the copy that products take is written.
                new Cost((7.0 * Float.BYTES + (narrow ? bench.operandBytes() : 0)) * count, 12.0 * count),
                () -> bench.backend().adam(table, steps),
                new Check(TOLERANCE + bench.operandRoundingError(), () -> {
                    double ofValue = bench.error(firstValue.tensor(), stepped);
                    // Float32 values keep to the narrower tolerance.
                    double scaled = ofValue * (TOLERANCE + bench.operandRoundingError()) / TOLERANCE;
                    return narrow ? Math.max(scaled, bench.error(firstRounded, stepped)) : ofValue;
                }));
    }

    private static Tensor zero(Workbench bench, int[] shape) {
        return bench.keep(bench.backend().allocate(shape[0], shape[1]));
    }
}
