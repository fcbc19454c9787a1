package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** The two terms of IE, macro and micro, by block and by position, for every estimator. */
record TermsSection(RunDocument run) {
    private static final Stroke[] STROKES = {Stroke.MODEL, Stroke.SHUFFLED, Stroke.UNTRAINED, Stroke.SECOND};

    /** An estimator, at one noise level where it is resolution. */
    private record Reading(String label, List<LayerEntry> rows) {}

    Markup html() {
        Markup html = new Markup().open("section", "id", "terms").element("h2", "Macro and micro terms");
        List<Reading> readings = readings();
        Figures figures = new Figures("figures");
        Measurement measured = run.measured();
        int position = measured.lastPosition();
        figures.add(
                lines(
                        "Macro term by block",
                        LayerLines.Quantity.MACRO,
                        LayerLines.exact(
                                "ceiling", Stroke.CEILING, measured.layers(), l -> measured.macroCeiling(l, position))),
                "Macro by block",
                "The state at the end of the whole sequence, before and after a block.");
        figures.add(
                lines(
                        "Mean micro term by block",
                        LayerLines.Quantity.MICRO,
                        LayerLines.exact(
                                "ceiling", Stroke.CEILING, measured.layers(), l -> measured.microCeiling(l, position))),
                "Mean micro by block",
                "The mean over its tokens, each fed alone.");
        for (Reading reading : readings) {
            maps(figures, reading);
        }
        if (figures.isEmpty()) {
            html.element("p", "These results hold no macro and micro terms.");
        }
        return html.add(figures.html()).close().line();
    }

    private List<Reading> readings() {
        Measurement measured = run.measured();
        List<Reading> readings = new ArrayList<>();
        double noise = measured.leadingNoise();
        List<LayerEntry> resolution = measured.rows().stream()
                .filter(r -> r.source().resolution() && r.source().noise() == noise)
                .toList();
        if (!resolution.isEmpty()) {
            readings.add(new Reading(NumberText.sigma(noise), resolution));
        }
        for (LayerEntry.Source critic : measured.critics()) {
            readings.add(new Reading(
                    critic.label(),
                    measured.rows().stream()
                            .filter(r -> r.source().label().equals(critic.label()))
                            .toList()));
        }
        return readings;
    }

    private LinePlot lines(String description, LayerLines.Quantity quantity, LinePlot.Line ceiling) {
        List<LinePlot.Line> lines = new ArrayList<>();
        lines.add(ceiling);
        Measurement measured = run.measured();
        int position = measured.lastPosition();
        double noise = measured.leadingNoise();
        List<LayerEntry.Source> critics = measured.critics();
        if (Double.isFinite(noise)) {
            lines.add(LayerLines.of(
                    NumberText.sigma(noise), Stroke.SECOND, measured.resolution(noise, position), quantity));
        }
        for (int i = 0; i < critics.size(); i++) {
            lines.add(LayerLines.of(
                    critics.get(i).label(),
                    STROKES[i % STROKES.length],
                    measured.critic(critics.get(i), position),
                    quantity));
        }
        return new LinePlot(new PlotArea.Frame(description, "block", "bits", false), true, lines);
    }

    private void maps(Figures figures, Reading reading) {
        List<Integer> layers = run.measured().layers();
        List<Integer> ends = run.measured().positions();
        if (ends.size() > 1) {
            figures.add(
                    ends(reading, layers, ends, r -> r.ie().bits(), "IE"),
                    "IE by position, " + reading.label,
                    "IE of the prefix that ends at each position.");
            figures.add(
                    ends(reading, layers, ends, r -> r.macro().value().bits(), "macro term"),
                    "Macro by position, " + reading.label,
                    null);
        }
        TreeSet<Integer> tokens = new TreeSet<>();
        int last = run.measured().lastPosition();
        List<LayerEntry> rows =
                reading.rows.stream().filter(r -> r.position() == last).toList();
        rows.forEach(r -> r.micro().forEach(m -> tokens.add(m.position())));
        List<Integer> columns = List.copyOf(tokens);
        double[][] values = absent(layers.size(), columns.size());
        for (LayerEntry row : rows) {
            for (LayerEntry.Micro micro : row.micro()) {
                values[layers.indexOf(row.layer())][columns.indexOf(micro.position())] =
                        micro.value().bits();
            }
        }
        figures.add(
                new HeatMap("Micro term by block and position, " + reading.label, layers, columns, values),
                "Micro by position, " + reading.label,
                "The token at each position, fed alone.");
    }

    private static HeatMap ends(
            Reading reading,
            List<Integer> layers,
            List<Integer> ends,
            ToDoubleFunction<LayerEntry> quantity,
            String name) {
        double[][] values = absent(layers.size(), ends.size());
        for (LayerEntry row : reading.rows) {
            values[layers.indexOf(row.layer())][ends.indexOf(row.position())] = quantity.applyAsDouble(row);
        }
        return new HeatMap(name + " by block and position, " + reading.label, layers, ends, values);
    }

    private static double[][] absent(int rows, int columns) {
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            Arrays.fill(row, Double.NaN);
        }
        return values;
    }
}
