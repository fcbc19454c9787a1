package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
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
        addWithExact(
                drawn,
                new Drawn(
                        "resolution-by-block",
                        "IE at the leading noise level",
                        "Bands: one standard error of the macro term.",
                        null),
                frame("IE at the leading noise level by block", "block", "bits"),
                CompareLines.Quantity.RESOLUTION);
        addWithExact(
                drawn,
                new Drawn(
                        "critic-by-block",
                        "IE of the critics",
                        "Bands: one standard deviation over seeds; a difference inside them ranks nothing.",
                        null),
                frame("IE of the critics by block", "block", "bits"),
                CompareLines.Quantity.CRITIC);
        add(
                drawn,
                "missing-by-block",
                lines.of(CompareLines::blocks, LAYER, CompareLines.Quantity.MISSING),
                frame("What the critics miss of the ceiling by block", "block", "% of the macro ceiling"),
                "What the critics miss",
                "How much of its own exact ceiling the macro term of each critic lacks: 0 is all there is.");
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
        if (runs.stream().mapToInt(r -> r.document().modelLayers()).distinct().count() > 1) {
            add(
                    drawn,
                    "resolution-by-depth",
                    byDepth(),
                    frame("IE at the leading noise level by relative depth", "% of the depth", "bits"),
                    "IE by relative depth",
                    "At the leading noise level: 0 is the model's first block, 100 its last.");
        }
        return drawn;
    }

    /** IE by position at the last block, and maps of block by position on one scale. */
    List<Drawn> byPosition() {
        List<Drawn> drawn = new ArrayList<>();
        if (runs.stream().allMatch(r -> r.document().measured().positions().size() < 2)) {
            return drawn;
        }
        addWithExact(
                drawn,
                new Drawn(
                        "resolution-by-position",
                        "IE by position, at the leading noise level",
                        "At the last block measured of each run.",
                        null),
                frame("IE at the leading noise level by position at the last block", "position", "bits"),
                CompareLines.Quantity.RESOLUTION);
        addWithExact(
                drawn,
                new Drawn(
                        "critic-by-position",
                        "IE by position, of the critics",
                        "At the last block measured of each run.",
                        null),
                frame("IE of the critics by position at the last block", "position", "bits"),
                CompareLines.Quantity.CRITIC);
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

    /** Lines of a quantity over blocks, or over positions when the frame says so, with the exact values behind them. */
    private void addWithExact(List<Drawn> drawn, Drawn figure, PlotArea.Frame frame, CompareLines.Quantity quantity) {
        boolean overPositions = frame.xTitle().equals("position");
        Function<NamedRun, List<BlockNumbers>> numbers = overPositions ? CompareLines::positions : CompareLines::blocks;
        ToDoubleFunction<BlockNumbers> x = overPositions ? POSITION : LAYER;
        List<LinePlot.Line> shown = lines.of(numbers, x, quantity);
        if (!drawable(shown)) {
            return;
        }
        List<LinePlot.Line> exact = lines.exact(numbers, x, quantity);
        List<LinePlot.Line> all = new ArrayList<>(exact);
        all.addAll(shown);
        String behind = exact.size() == 1
                ? " Dashed: exact IE, the same for all of them."
                : " Dotted: exact IE of the run of that colour.";
        add(drawn, figure.file(), all, frame, figure.heading(), figure.caption() + behind);
    }

    private List<LinePlot.Line> byDepth() {
        List<LinePlot.Line> all = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            NamedRun run = runs.get(i);
            int last = Math.max(1, run.document().modelLayers() - 1);
            List<LinePlot.Line> own = new CompareLines(List.of(run))
                    .of(CompareLines::blocks, b -> 100.0 * b.layer() / last, CompareLines.Quantity.RESOLUTION);
            all.add(new LinePlot.Line(run.name(), Stroke.run(i), own.get(0).points()));
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
