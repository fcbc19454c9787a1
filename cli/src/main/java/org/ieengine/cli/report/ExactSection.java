package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Exact IE and ceiling by block and by position. */
record ExactSection(RunDocument run) {
    Markup html() {
        Measurement measured = run.measured();
        int position = measured.lastPosition();
        List<Integer> layers = measured.layers();
        Markup html = new Markup().open("section", "id", "exact").element("h2", "Exact IE and its ceiling");
        Figures figures = new Figures("figures");
        figures.add(
                new LinePlot(
                        new PlotArea.Frame("Exact IE, ceiling and mean micro term by block", "block", "bits", false),
                        true,
                        List.of(
                                LayerLines.exact(
                                        "mean micro", Stroke.SECOND, layers, l -> measured.microCeiling(l, position)),
                                LayerLines.exact(
                                        "ceiling", Stroke.CEILING, layers, l -> measured.macroCeiling(l, position)),
                                LayerLines.exact(
                                        "exact IE", Stroke.MODEL, layers, l -> measured.exactIe(l, position)))),
                "By block",
                layers.isEmpty()
                        ? null
                        : "Sequences that end at position " + position
                                + ". Exact IE is the ceiling less the mean micro term; from block 1 on it is the same for every"
                                + " block and every model.");
        figures.add(byPosition(), "By position", positionCaption());
        if (figures.isEmpty()) {
            html.element("p", "These results hold no exact values by block.");
        }
        return html.add(figures.html()).close().line();
    }

    private LinePlot byPosition() {
        Measurement measured = run.measured();
        List<LinePlot.Line> lines = new ArrayList<>();
        List<Double> micro = measured.ceiling().micro();
        List<LinePlot.Point> tokens = new ArrayList<>();
        for (int t = 0; t < micro.size(); t++) {
            String note = "token " + t + " alone: " + NumberText.exactBits(micro.get(t)) + " bits";
            tokens.add(LinePlot.Point.of(t, micro.get(t), note));
        }
        lines.add(new LinePlot.Line("token alone", Stroke.SECOND, tokens));
        int deep = measured.layers().stream().filter(l -> l >= 1).findFirst().orElse(-1);
        Map<Integer, LayerEntry> ends = measured.positionsOf(deep);
        if (ends.size() > 1) {
            List<LinePlot.Point> ceilings = new ArrayList<>();
            List<LinePlot.Point> exact = new ArrayList<>();
            for (int t : ends.keySet()) {
                double ceiling = measured.macroCeiling(deep, t);
                double ie = measured.exactIe(deep, t);
                ceilings.add(LinePlot.Point.of(
                        t, ceiling, "ends at " + t + ", ceiling: " + NumberText.exactBits(ceiling) + " bits"));
                exact.add(
                        LinePlot.Point.of(t, ie, "ends at " + t + ", exact IE: " + NumberText.exactBits(ie) + " bits"));
            }
            lines.add(new LinePlot.Line("ceiling", Stroke.CEILING, ceilings));
            lines.add(new LinePlot.Line("exact IE", Stroke.MODEL, exact));
        }
        return new LinePlot(new PlotArea.Frame("Exact values by position", "position", "bits", false), true, lines);
    }

    private String positionCaption() {
        return run.measured().positions().size() > 1
                ? "Blocks 1 and later, sequences that end at each position: a property of the sequences alone."
                : "Entropy of the token at each position: the ceiling of its micro term.";
    }
}
