package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** IE and state information seen through Gaussian noise, with the controls beside them. */
record ResolutionSection(RunDocument run) {
    Markup html() {
        Markup html = new Markup().open("section", "id", "resolution").element("h2", "Information at a resolution");
        Measurement measured = run.measured();
        double leading = measured.leadingNoise();
        if (!Double.isFinite(leading)) {
            return html.element("p", "Not measured in this run (--estimator resolution).")
                    .close()
                    .line();
        }
        html.element(
                "p",
                "What a reader learns who sees every state, standardised, through Gaussian noise of standard deviation σ. It"
                        + " needs no critic; its error is that of averaging, shown as a band of one standard error of the macro"
                        + " term. Values depend on the number of sequences: compare at equal N only.");
        Figures figures = new Figures("figures");
        emergence(figures, leading, "IE at " + NumberText.sigma(leading));
        allNoises(figures);
        new PositionLines(run, source -> source.resolution() && source.noise() == leading)
                .add(figures, "IE by position at " + NumberText.sigma(leading), measured.name());
        states(figures, leading);
        context(figures, leading);
        html.add(figures.html());
        others(html, leading);
        return html.close().line();
    }

    private void emergence(Figures figures, double noise, String heading) {
        Measurement measured = run.measured();
        int position = measured.lastPosition();
        List<LinePlot.Line> lines = new ArrayList<>();
        lines.add(LayerLines.exact("exact IE", Stroke.CEILING, measured.layers(), l -> measured.exactIe(l, position)));
        for (Measurement control : run.controls()) {
            lines.add(LayerLines.of(
                    control.name(),
                    RunDocument.stroke(control),
                    control.resolution(noise, control.lastPosition()),
                    LayerLines.Quantity.IE));
        }
        lines.add(LayerLines.of(
                measured.name(), Stroke.MODEL, measured.resolution(noise, position), LayerLines.Quantity.IE));
        figures.add(
                new LinePlot(
                        new PlotArea.Frame("IE by block at noise " + NumberText.plain(noise), "block", "bits", false),
                        true,
                        lines),
                heading,
                run.controls().isEmpty()
                        ? "No control was run: dispersion and learning cannot be told apart here."
                        : "The distance to the untrained twin, not the height, is what training made.");
    }

    private void allNoises(Figures figures) {
        Measurement measured = run.measured();
        List<Double> noises = measured.noises();
        if (noises.size() < 2) {
            return;
        }
        List<LinePlot.Line> lines = new ArrayList<>();
        for (double noise : noises) {
            lines.add(LayerLines.of(
                    NumberText.sigma(noise),
                    noise == measured.leadingNoise() ? Stroke.MODEL : Stroke.PLAIN,
                    measured.resolution(noise, measured.lastPosition()),
                    LayerLines.Quantity.IE));
        }
        figures.add(
                new LinePlot(
                        new PlotArea.Frame("IE by block at every noise level", "block", "bits", false), true, lines),
                "IE at every σ",
                "Little noise leaves everything at the ceiling, much noise nothing; the level in colour leads.");
    }

    private void states(Figures figures, double noise) {
        Map<Integer, Measurement.StateEntry> states = statesOf(run.measured(), noise);
        if (states.isEmpty()) {
            return;
        }
        List<Integer> order = List.copyOf(states.keySet());
        List<StackedBars.Bar> bars = new ArrayList<>();
        states.forEach((index, state) -> bars.add(new StackedBars.Bar(
                Integer.toString(index),
                List.of(state.context(), state.lastToken()),
                "state " + index + ": " + NumberText.exactBits(state.bits()) + " ± " + NumberText.exactBits(state.se())
                        + " bits, context " + NumberText.exactBits(state.context()) + ", last token "
                        + NumberText.exactBits(state.lastToken()))));
        List<LinePlot.Line> overlays = new ArrayList<>();
        for (Measurement control : run.controls()) {
            List<LinePlot.Point> points = new ArrayList<>();
            statesOf(control, noise).forEach((index, state) -> {
                if (order.contains(index)) {
                    points.add(LinePlot.Point.of(order.indexOf(index), state.bits(), note(control, state)));
                }
            });
            overlays.add(new LinePlot.Line(control.name(), RunDocument.stroke(control), points));
        }
        StackedBars chart = new StackedBars(
                new PlotArea.Frame(
                        "State information by state at noise " + NumberText.plain(noise), "state", "bits", false),
                bars,
                List.of(new StackedBars.Part("context", "context"), new StackedBars.Part("last token", "token")),
                overlays);
        figures.add(
                chart.svg(),
                "State information J at " + NumberText.sigma(noise),
                "State k is the input of block k. Bars: this model, what the last token itself tells and what the context before"
                        + " it adds" + (overlays.isEmpty() ? "." : "; lines: both together in the controls."));
    }

    private void context(Figures figures, double noise) {
        List<LinePlot.Line> lines = new ArrayList<>();
        for (Measurement measurement : controlsFirst()) {
            List<LinePlot.Point> points = new ArrayList<>();
            statesOf(measurement, noise)
                    .forEach((index, state) ->
                            points.add(LinePlot.Point.of(index, state.context(), note(measurement, state))));
            lines.add(new LinePlot.Line(measurement.name(), RunDocument.stroke(measurement), points));
        }
        figures.add(
                new LinePlot(
                        new PlotArea.Frame(
                                "Context part of the state information at noise " + NumberText.plain(noise),
                                "state",
                                "bits",
                                false),
                        true,
                        lines),
                "Context part at " + NumberText.sigma(noise),
                "What a state tells of the sequence before its last token.");
    }

    private void others(Markup html, double leading) {
        List<Double> others =
                run.measured().noises().stream().filter(n -> n != leading).toList();
        if (others.isEmpty()) {
            return;
        }
        html.open("details").element("summary", "The same at the other noise levels");
        Figures figures = new Figures("figures");
        for (double noise : others) {
            emergence(figures, noise, "IE at " + NumberText.sigma(noise));
            states(figures, noise);
        }
        html.add(figures.html()).close();
    }

    private List<Measurement> controlsFirst() {
        List<Measurement> order = new ArrayList<>(run.controls());
        order.add(run.measured());
        return order;
    }

    private static Map<Integer, Measurement.StateEntry> statesOf(Measurement measurement, double noise) {
        return measurement.statesAt(noise, measurement.lastPosition());
    }

    private static String note(Measurement measurement, Measurement.StateEntry state) {
        return measurement.name() + ", state " + state.state() + ": " + NumberText.exactBits(state.bits())
                + " bits, context " + NumberText.exactBits(state.context()) + ", last token "
                + NumberText.exactBits(state.lastToken());
    }
}
