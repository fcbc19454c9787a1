package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Lines of several runs in one plot: one colour for each run, its exact value dashed in the same colour. */
final class CompareLines {
    private static final double SAME_BITS = 1e-9;

    private final List<NamedRun> runs;

    CompareLines(List<NamedRun> runs) {
        this.runs = runs;
    }

    /** What of a block is drawn: bits and their spread. */
    record Quantity(ToDoubleFunction<BlockNumbers> bits, ToDoubleFunction<BlockNumbers> spread) {
        static final Quantity RESOLUTION =
                new Quantity(b -> b.resolution().ie(), b -> b.resolution().se());
        static final Quantity CRITIC =
                new Quantity(b -> b.critic().ie(), b -> b.critic().sd());
        static final Quantity MISSING = new Quantity(b -> 100 - 100 * b.critic().share(), b -> Double.NaN);
        static final Quantity PREDICTIVE =
                new Quantity(b -> b.predictive().bits(), b -> b.predictive().se());
        static final Quantity EXACT = new Quantity(BlockNumbers::exactIe, b -> Double.NaN);
    }

    /** Blocks of a run at its last position, without controls. */
    static List<BlockNumbers> blocks(NamedRun run) {
        int last = run.document().measured().lastPosition();
        return own(run).stream().filter(b -> b.position() == last).toList();
    }

    /** Positions of a run at its last block, without controls. */
    static List<BlockNumbers> positions(NamedRun run) {
        List<Integer> layers = run.document().measured().layers();
        int last = layers.get(layers.size() - 1);
        return own(run).stream().filter(b -> b.layer() == last).toList();
    }

    private static List<BlockNumbers> own(NamedRun run) {
        return run.numbers().stream().filter(b -> b.control().isEmpty()).toList();
    }

    /** A line a run. */
    List<LinePlot.Line> of(
            Function<NamedRun, List<BlockNumbers>> numbers, ToDoubleFunction<BlockNumbers> x, Quantity quantity) {
        List<LinePlot.Line> lines = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            lines.add(line(runs.get(i).name(), Stroke.run(i), numbers.apply(runs.get(i)), x, quantity));
        }
        return lines;
    }

    /**
     * The exact values behind the lines of a quantity: one line where all of them agree, else one a run in its colour. Runs
     * without the quantity are left out.
     */
    List<LinePlot.Line> exact(
            Function<NamedRun, List<BlockNumbers>> numbers, ToDoubleFunction<BlockNumbers> x, Quantity quantity) {
        List<LinePlot.Line> lines = new ArrayList<>();
        Map<Double, Double> known = new TreeMap<>();
        boolean same = true;
        for (int i = 0; i < runs.size(); i++) {
            List<BlockNumbers> blocks = numbers.apply(runs.get(i)).stream()
                    .filter(b -> Double.isFinite(quantity.bits.applyAsDouble(b)))
                    .toList();
            for (BlockNumbers block : blocks) {
                Double before = known.putIfAbsent(x.applyAsDouble(block), block.exactIe());
                same &= before == null || Math.abs(before - block.exactIe()) < SAME_BITS;
            }
            LinePlot.Line line = line(runs.get(i).name() + ", exact", Stroke.runCeiling(i), blocks, x, Quantity.EXACT);
            lines.add(new LinePlot.Line(null, line.stroke(), line.points()));
        }
        if (!same) {
            return lines;
        }
        List<LinePlot.Point> points = new ArrayList<>();
        known.forEach(
                (place, bits) -> points.add(LinePlot.Point.of(place, bits, "exact IE: " + NumberText.exactBits(bits))));
        return List.of(new LinePlot.Line("exact IE", Stroke.CEILING, points));
    }

    /** What each run but the first has more than the first, at the blocks that both have; spreads add as independent ones. */
    List<LinePlot.Line> differences(Quantity quantity) {
        Map<Integer, BlockNumbers> first = new TreeMap<>();
        blocks(runs.get(0)).forEach(b -> first.put(b.layer(), b));
        List<LinePlot.Line> lines = new ArrayList<>();
        lines.add(new LinePlot.Line(
                runs.get(0).name(),
                Stroke.CEILING,
                first.keySet().stream().map(l -> LinePlot.Point.of(l, 0, null)).toList()));
        for (int i = 1; i < runs.size(); i++) {
            List<LinePlot.Point> points = new ArrayList<>();
            for (BlockNumbers block : blocks(runs.get(i))) {
                BlockNumbers base = first.get(block.layer());
                if (base != null) {
                    double more = quantity.bits.applyAsDouble(block) - quantity.bits.applyAsDouble(base);
                    double spread =
                            Math.hypot(quantity.spread.applyAsDouble(block), quantity.spread.applyAsDouble(base));
                    points.add(point(block.layer(), more, spread, runs.get(i).name() + ", block " + block.layer()));
                }
            }
            lines.add(new LinePlot.Line(runs.get(i).name(), Stroke.run(i), points));
        }
        return lines;
    }

    /** What each run has more than its own untrained twin at the same block, seen at the leading noise level. */
    List<LinePlot.Line> aboveTwin() {
        List<LinePlot.Line> lines = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            NamedRun run = runs.get(i);
            Map<Integer, BlockNumbers> twin = new TreeMap<>();
            int last = run.document().measured().lastPosition();
            run.numbers().stream()
                    .filter(b -> b.control().equals("untrained") && b.position() == last)
                    .forEach(b -> twin.put(b.layer(), b));
            List<LinePlot.Point> points = new ArrayList<>();
            for (BlockNumbers block : blocks(run)) {
                BlockNumbers base = twin.get(block.layer());
                if (base != null) {
                    points.add(point(
                            block.layer(),
                            block.resolution().ie() - base.resolution().ie(),
                            Math.hypot(
                                    block.resolution().se(), base.resolution().se()),
                            run.name() + ", block " + block.layer()));
                }
            }
            lines.add(new LinePlot.Line(run.name(), Stroke.run(i), points));
        }
        return lines;
    }

    private static LinePlot.Line line(
            String name,
            Stroke stroke,
            List<BlockNumbers> numbers,
            ToDoubleFunction<BlockNumbers> x,
            Quantity quantity) {
        List<LinePlot.Point> points = new ArrayList<>();
        for (BlockNumbers block : numbers) {
            String place = name + ", block " + block.layer() + ", position " + block.position();
            points.add(point(
                    x.applyAsDouble(block),
                    quantity.bits.applyAsDouble(block),
                    quantity.spread.applyAsDouble(block),
                    place));
        }
        return new LinePlot.Line(name, stroke, points);
    }

    private static LinePlot.Point point(double x, double y, double spread, String place) {
        String note = place + ": " + NumberText.exactBits(y)
                + (Double.isFinite(spread) ? " ± " + NumberText.exactBits(spread) : "");
        return new LinePlot.Point(x, y, spread, false, note);
    }
}
