package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The figures of a comparison, each with the name of its file. Figures without a value are left out. */
final class CompareFigures {
    private static final ToDoubleFunction<BlockNumbers> LAYER = BlockNumbers::layer;
    private static final ToDoubleFunction<BlockNumbers> POSITION = BlockNumbers::position;

    private final List<NamedRun> runs;
    private final CompareLines lines;

    CompareFigures(Comparison comparison) {
        this.runs = comparison.runs();
        this.lines = new CompareLines(runs);
    }

    /**
     * A finished figure.
     *
     * @param file name of its file without ending
     * @param heading above it
     * @param caption beneath it
     * @param drawing the figure
     */
    record Drawn(String file, String heading, String caption, Markup drawing) {}

    /** IE by block at the last position. */
    List<Drawn> byBlock() {
        List<Drawn> drawn = new ArrayList<>();
        String dashed = lines.oneExactLine(CompareLines::blocks, LAYER)
                ? " Dashed: exact IE, the same for all of them."
                : " Dashed: exact IE of the run of that colour.";
        add(
                drawn,
                "resolution-by-block",
                withExact(lines.of(CompareLines::blocks, LAYER, CompareLines.Quantity.RESOLUTION)),
                frame("IE at the leading noise level by block", "block", "bits"),
                "IE at the leading noise level",
                "Bands: one standard error of the macro term." + dashed);
        add(
                drawn,
                "critic-by-block",
                withExact(lines.of(CompareLines::blocks, LAYER, CompareLines.Quantity.CRITIC)),
                frame("IE of the critics by block", "block", "bits"),
                "IE of the critics",
                "Bands: one standard deviation over seeds; a difference inside them ranks nothing." + dashed);
        add(
                drawn,
                "share-by-block",
                lines.of(CompareLines::blocks, LAYER, CompareLines.Quantity.SHARE),
                frame("Share of the ceiling by block", "block", "% of the macro ceiling"),
                "Critics' share of the ceiling",
                "Macro term of each critic over its own exact ceiling.");
        add(
                drawn,
                "predictive-by-block",
                lines.of(CompareLines::blocks, LAYER, CompareLines.Quantity.PREDICTIVE),
                frame("Predictive bits by block", "block", "bits"),
                "Predictive bits P",
                "What the state of the whole sequence knows of the next token beyond its last token's own state.");
        add(
                drawn,
                "above-untrained-by-block",
                lines.aboveTwin(),
                frame("IE at the leading noise level less that of the untrained twin", "block", "bits"),
                "IE less that of the untrained twin",
                "At the leading noise level, each run against its own twin: what training made of it.");
        if (runs.stream()
                        .map(r -> r.document().measured().layers().size())
                        .distinct()
                        .count()
                > 1) {
            add(
                    drawn,
                    "resolution-by-depth",
                    byDepth(),
                    frame("IE at the leading noise level by relative depth", "% of the blocks", "bits"),
                    "IE by relative depth",
                    "At the leading noise level: 0 is the first block measured, 100 the last.");
        }
        return drawn;
    }

    /** IE by position at the last block, and maps of block by position on one scale. */
    List<Drawn> byPosition() {
        List<Drawn> drawn = new ArrayList<>();
        if (runs.stream().allMatch(r -> r.document().measured().positions().size() < 2)) {
            return drawn;
        }
        String dashed = " Dashed: exact IE"
                + (lines.oneExactLine(CompareLines::positions, POSITION) ? "." : " in the colour of its run.");
        for (boolean critic : new boolean[] {false, true}) {
            CompareLines.Quantity quantity = critic ? CompareLines.Quantity.CRITIC : CompareLines.Quantity.RESOLUTION;
            String name = critic ? "the critics" : "the leading noise level";
            List<LinePlot.Line> shown = lines.of(CompareLines::positions, POSITION, quantity);
            List<LinePlot.Line> all = new ArrayList<>(lines.exact(CompareLines::positions, POSITION));
            all.addAll(shown);
            add(
                    drawn,
                    (critic ? "critic" : "resolution") + "-by-position",
                    drawable(shown) ? all : List.of(),
                    frame("IE of " + name + " by position at the last block", "position", "bits"),
                    "IE by position, " + name,
                    "At the last block measured of each run." + dashed);
        }
        maps(drawn);
        return drawn;
    }

    /** What the runs have more than the first. */
    List<Drawn> differences() {
        List<Drawn> drawn = new ArrayList<>();
        String first = runs.get(0).name();
        String[] names = {"resolution", "critic", "predictive"};
        String[] headings = {"IE at the leading noise level", "IE of the critics", "Predictive bits P"};
        CompareLines.Quantity[] quantities = {
            CompareLines.Quantity.RESOLUTION, CompareLines.Quantity.CRITIC, CompareLines.Quantity.PREDICTIVE
        };
        for (int i = 0; i < names.length; i++) {
            List<LinePlot.Line> shown = lines.differences(quantities[i]);
            add(
                    drawn,
                    names[i] + "-difference",
                    drawable(shown.subList(1, shown.size())) ? shown : List.of(),
                    frame(headings[i] + " less that of " + first, "block", "bits"),
                    headings[i] + ", difference",
                    "Each run less " + first + " at the same block; bands: both spreads together.");
        }
        return drawn;
    }

    /** All of them. */
    List<Drawn> all() {
        List<Drawn> all = new ArrayList<>(byBlock());
        all.addAll(byPosition());
        all.addAll(differences());
        return all;
    }

    private List<LinePlot.Line> withExact(List<LinePlot.Line> shown) {
        if (!drawable(shown)) {
            return List.of();
        }
        List<LinePlot.Line> all = new ArrayList<>(lines.exact(CompareLines::blocks, LAYER));
        all.addAll(shown);
        return all;
    }

    private List<LinePlot.Line> byDepth() {
        List<LinePlot.Line> all = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            List<Integer> layers = runs.get(i).document().measured().layers();
            double last = Math.max(1, layers.get(layers.size() - 1) - layers.get(0));
            List<LinePlot.Line> own = new CompareLines(List.of(runs.get(i)))
                    .of(
                            CompareLines::blocks,
                            b -> 100 * (b.layer() - layers.get(0)) / last,
                            CompareLines.Quantity.RESOLUTION);
            all.add(new LinePlot.Line(
                    runs.get(i).name(), Stroke.run(i), own.get(0).points()));
        }
        return all;
    }

    private void maps(List<Drawn> drawn) {
        List<double[][]> values = new ArrayList<>();
        for (NamedRun run : runs) {
            values.add(values(run));
        }
        HeatMap.Scale scale = HeatMap.Scale.of(values);
        for (int i = 0; i < runs.size(); i++) {
            Measurement measured = runs.get(i).document().measured();
            HeatMap map = new HeatMap(
                    "IE at the leading noise level by block and position, "
                            + runs.get(i).name(),
                    measured.layers(),
                    measured.positions(),
                    values.get(i),
                    scale);
            if (map.drawable()) {
                drawn.add(new Drawn("map-" + (i + 1), runs.get(i).name(), "IE at the leading noise level.", map.svg()));
            }
        }
    }

    private static double[][] values(NamedRun run) {
        Measurement measured = run.document().measured();
        List<Integer> layers = measured.layers();
        List<Integer> positions = measured.positions();
        double[][] values = new double[layers.size()][positions.size()];
        for (BlockNumbers block : run.numbers()) {
            if (block.control().isEmpty()) {
                values[layers.indexOf(block.layer())][positions.indexOf(block.position())] =
                        block.resolution().ie();
            }
        }
        return values;
    }

    private static boolean drawable(List<LinePlot.Line> lines) {
        return lines.stream().flatMap(l -> l.points().stream()).anyMatch(p -> Double.isFinite(p.y()));
    }

    private static PlotArea.Frame frame(String description, String x, String y) {
        return new PlotArea.Frame(description, x, y, false);
    }

    private static void add(
            List<Drawn> drawn,
            String file,
            List<LinePlot.Line> lines,
            PlotArea.Frame frame,
            String heading,
            String caption) {
        LinePlot plot = new LinePlot(frame, !frame.xTitle().startsWith("%"), lines);
        if (plot.drawable()) {
            drawn.add(new Drawn(file, heading, caption, plot.svg()));
        }
    }
}
