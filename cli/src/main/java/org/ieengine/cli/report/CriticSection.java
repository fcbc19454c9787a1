package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What trained critics read, as a share of the ceiling; values above it are named in red. */
record CriticSection(RunDocument run) {
    private static final int NAMED = 12;
    private static final Stroke[] STROKES = {Stroke.MODEL, Stroke.SECOND, Stroke.SHUFFLED, Stroke.UNTRAINED};

    Markup html() {
        Markup html = new Markup().open("section", "id", "critic").element("h2", "What a critic reads");
        Measurement measured = run.measured();
        List<LayerEntry.Source> critics = measured.critics();
        if (critics.isEmpty()) {
            return html.element("p", "No critic was trained in this run.")
                    .close()
                    .line();
        }
        html.element(
                "p",
                "A critic is a small network trained to tell true pairs of states from mixed ones. Its number says how much of"
                        + " the ceiling a network of that size separates within its training: usable information at this budget."
                        + " Bands are one standard deviation over seeds; a difference inside them ranks nothing.");
        if (critics.size() > 1) {
            html.element(
                    "p",
                    "dv, nwj and smile are readings of the same critics. dv and nwj are bounds: they stay below the ceiling. smile cuts"
                            + " large ratios off to scatter less and is no bound: where a critic tells states apart well it reads"
                            + " above what is there.");
        }
        above(html);
        Figures figures = new Figures("figures");
        figures.add(emergence(critics), "IE by block", emergenceCaption(critics));
        figures.add(shares(critics), "Share of the ceiling", "Macro term of the critic over its exact ceiling.");
        figures.add(
                shortfall(critics),
                "Bits short of the ceiling",
                "Exact ceiling less macro term, with one standard deviation over seeds: 0 is all there is, below 0 is impossible.");
        for (LayerEntry.Source critic : critics) {
            new PositionLines(run, source -> source.label().equals(critic.label()))
                    .add(figures, "IE by position, " + critic.label(), critic.label());
        }
        return html.add(figures.html()).close().line();
    }

    private void above(Markup html) {
        List<String> named = new ArrayList<>();
        for (Measurement measurement : run.all()) {
            for (LayerEntry row : measurement.rows()) {
                if (row.macro().aboveCeiling() && !row.source().forComparison()) {
                    named.add((measurement.name().equals(RunDocument.SELF) ? "" : measurement.name() + ", ") + "block "
                            + row.layer() + " at position " + row.position() + " ("
                            + row.source().label() + ": "
                            + NumberText.bits(row.macro().value().bits()) + " of at most "
                            + NumberText.bits(row.macro().ceiling()) + " bits)");
                }
            }
        }
        if (!named.isEmpty()) {
            String more = named.size() > NAMED ? " and " + (named.size() - NAMED) + " more, marked in the table" : "";
            html.open("p", "class", "alarm").element("strong", "Above the ceiling: ");
            html.text(String.join("; ", named.subList(0, Math.min(NAMED, named.size()))) + more
                    + ". No such value can be information.");
            html.close();
        }
    }

    private LinePlot emergence(List<LayerEntry.Source> critics) {
        Measurement measured = run.measured();
        int position = measured.lastPosition();
        List<LinePlot.Line> lines = new ArrayList<>();
        lines.add(LayerLines.exact("exact IE", Stroke.CEILING, measured.layers(), l -> measured.exactIe(l, position)));
        lines.addAll(readings(critics, LayerLines.Quantity.IE));
        return new LinePlot(new PlotArea.Frame("IE of the critics by block", "block", "bits", false), true, lines);
    }

    private String emergenceCaption(List<LayerEntry.Source> critics) {
        boolean controls = critics.size() == 1 && !run.controls().isEmpty();
        return "Macro less mean micro"
                + (controls ? "; the exact value drawn is this model's, shuffled sequences have their own." : ".");
    }

    private LinePlot shortfall(List<LayerEntry.Source> critics) {
        List<LinePlot.Line> lines = readings(critics, LayerLines.Quantity.SHORT_OF_CEILING);
        PlotArea.Frame frame = new PlotArea.Frame(
                "Bits between the critic's macro term and its ceiling by block", "block", "bits", false);
        return new LinePlot(frame, true, lines);
    }

    /** A line for each critic; for a single one also its controls. */
    private List<LinePlot.Line> readings(List<LayerEntry.Source> critics, LayerLines.Quantity quantity) {
        List<LinePlot.Line> lines = new ArrayList<>();
        if (critics.size() == 1) {
            for (Measurement control : run.controls()) {
                lines.add(LayerLines.of(
                        control.name(),
                        RunDocument.stroke(control),
                        control.critic(critics.get(0), control.lastPosition()),
                        quantity));
            }
        }
        for (int i = 0; i < critics.size(); i++) {
            lines.add(LayerLines.of(
                    critics.get(i).label(),
                    STROKES[i % STROKES.length],
                    run.measured().critic(critics.get(i), run.measured().lastPosition()),
                    quantity));
        }
        return lines;
    }

    private LinePlot shares(List<LayerEntry.Source> critics) {
        Measurement measured = run.measured();
        List<LinePlot.Line> lines = new ArrayList<>();
        List<LinePlot.Point> whole = new ArrayList<>();
        measured.layers().forEach(l -> whole.add(LinePlot.Point.of(l, 100, null)));
        lines.add(new LinePlot.Line("ceiling", Stroke.CEILING, whole));
        boolean any = false;
        for (int i = 0; i < critics.size(); i++) {
            Map<Integer, LayerEntry> rows = measured.critic(critics.get(i), measured.lastPosition());
            List<LinePlot.Point> points = new ArrayList<>();
            for (LayerEntry row : rows.values()) {
                double share = 100 * row.macro().share();
                double spread = 100 * row.macro().value().sd() / row.macro().ceiling();
                boolean flagged = row.macro().aboveCeiling();
                any |= Double.isFinite(share);
                String note = "block " + row.layer() + ", " + critics.get(i).label() + ": "
                        + NumberText.percent(row.macro().share()) + (flagged ? ", above the ceiling" : "");
                points.add(new LinePlot.Point(row.layer(), share, spread, flagged, note));
            }
            lines.add(new LinePlot.Line(critics.get(i).label(), STROKES[i % STROKES.length], points));
        }
        return new LinePlot(
                new PlotArea.Frame("Share of the ceiling by block", "block", "% of the macro ceiling", false),
                true,
                any ? lines : List.of());
    }
}
