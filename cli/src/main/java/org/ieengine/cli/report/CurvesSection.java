package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Training curves of the critics at the last position: small plots, thin lines, one for each seed. */
record CurvesSection(RunDocument run, TrainingCurves curves) {
    private static final String MACRO = "macro";

    Markup html() {
        Markup html = new Markup().open("section", "id", "training").element("h2", "Training of the critics");
        List<TrainingCurves.Panel> panels = shown();
        Figures macro = new Figures("figures many");
        Figures rest = new Figures("figures many");
        for (TrainingCurves.Panel panel : panels) {
            (panel.term().equals(MACRO) ? macro : rest).add(plot(panel), heading(panel), null);
        }
        if (macro.isEmpty() && rest.isEmpty()) {
            return html.element("p", "No training curves were recorded.")
                    .close()
                    .line();
        }
        html.element(
                "p",
                "Value of the critic while it is trained, a thin line for each seed; dashed: the exact ceiling. Curves that are"
                        + " still rising at the end would use a longer training."
                        + (run.measured().positions().size() > 1
                                ? " The last position is shown; curves.csv holds all of them."
                                : ""));
        html.add(macro.html());
        if (!rest.isEmpty()) {
            html.open("details").element("summary", "Micro critics");
            html.add(rest.html()).close();
        }
        return html.close().line();
    }

    /** Of each block and term the last position; pooled tokens bear position -1 and are alone. */
    private List<TrainingCurves.Panel> shown() {
        List<TrainingCurves.Panel> sorted = new ArrayList<>(curves.panels());
        sorted.sort(Comparator.comparing((TrainingCurves.Panel p) -> !p.term().equals(MACRO))
                .thenComparing(TrainingCurves.Panel::term)
                .thenComparing(TrainingCurves.Panel::layer)
                .thenComparing(
                        Comparator.comparing(TrainingCurves.Panel::position).reversed()));
        List<TrainingCurves.Panel> shown = new ArrayList<>();
        for (TrainingCurves.Panel panel : sorted) {
            boolean repeated = !shown.isEmpty()
                    && shown.get(shown.size() - 1).term().equals(panel.term())
                    && shown.get(shown.size() - 1).layer() == panel.layer();
            if (!repeated) {
                shown.add(panel);
            }
        }
        return shown;
    }

    private static String heading(TrainingCurves.Panel panel) {
        return "block " + panel.layer() + ", " + panel.term();
    }

    private LinePlot plot(TrainingCurves.Panel panel) {
        List<LinePlot.Line> lines = new ArrayList<>();
        double first = Double.POSITIVE_INFINITY;
        double last = Double.NEGATIVE_INFINITY;
        for (List<TrainingCurves.Value> curve : panel.curves()) {
            List<LinePlot.Point> points = new ArrayList<>();
            for (TrainingCurves.Value value : curve) {
                points.add(LinePlot.Point.of(value.step(), value.bits(), null));
                first = Math.min(first, value.step());
                last = Math.max(last, value.step());
            }
            lines.add(new LinePlot.Line(null, Stroke.PLAIN, points));
        }
        double ceiling =
                panel.term().equals(MACRO) ? run.measured().macroCeiling(panel.layer(), panel.position()) : Double.NaN;
        if (Double.isFinite(ceiling) && first <= last) {
            lines.add(new LinePlot.Line(
                    null,
                    Stroke.CEILING,
                    List.of(LinePlot.Point.of(first, ceiling, null), LinePlot.Point.of(last, ceiling, null))));
        }
        String description = "Training curves of " + heading(panel);
        return new LinePlot(new PlotArea.Frame(description, "step", "bits", true), false, lines);
    }
}
