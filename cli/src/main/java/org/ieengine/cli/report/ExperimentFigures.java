package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.ieengine.cli.experiment.ExperimentResult;
import org.ieengine.cli.experiment.PointResult;
import org.ieengine.cli.report.ExperimentFigure.Axes;
import org.ieengine.cli.report.ExperimentLines.Spot;
import org.ieengine.engine.ie.NextTokenPrediction;

/**
 * The figures of an experiment.
 *
 * @param leading those that show what it is about
 * @param many the same by block, or by model or text
 */
record ExperimentFigures(List<ExperimentFigure> leading, List<ExperimentFigure> many) {
    private static final int MOST_BLOCKS = 12;
    private static final String IE = "IE, bits";

    /** Keeps those that have something to show. */
    ExperimentFigures {
        leading = leading.stream().filter(ExperimentFigure::drawable).toList();
        many = many.stream().filter(ExperimentFigure::drawable).toList();
    }

    /** All of them. */
    List<ExperimentFigure> all() {
        List<ExperimentFigure> all = new ArrayList<>(leading);
        all.addAll(many);
        return all;
    }

    static ExperimentFigures of(ExperimentResult result) {
        return switch (result.kind()) {
            case LENGTH -> length(result.points().get(0));
            case SHOTS -> shots(result.points().get(0), result.points().get(1));
            case PERTURBATION -> perturbation(result.points());
            case MODEL_SIZE -> modelSize(result.points());
            case TEXT_SOURCE -> textSource(result.points());
            case LAYERS -> layers(result.points().get(0));
        };
    }

    private static ExperimentFigures length(PointResult point) {
        int last = point.lastLayer();
        Axes axes = new Axes("position", true, IE);
        List<ExperimentFigure> leading = new ArrayList<>();
        leading.add(new ExperimentFigure(
                "length",
                "IE by position, block " + last,
                axes,
                ExperimentLines.positions(point, last).all()));
        leading.add(new ExperimentFigure(
                "length-context",
                "Context part of the state at noise, by position, input of block " + last,
                new Axes("position", true, "bits"),
                context(ExperimentLines.positions(point, last), point)));
        leading.add(predictive(
                "length-predictive",
                "P by position, block " + last,
                new Axes("position", true, "P, bits"),
                point,
                ExperimentLines.positions(point, last)));
        return new ExperimentFigures(
                leading, blocks("length", point, axes, layer -> ExperimentLines.positions(point, layer)));
    }

    private static ExperimentFigures shots(PointResult lists, PointResult text) {
        int last = lists.lastLayer();
        Axes axes = new Axes("position", true, IE);
        List<ExperimentFigure> leading = new ArrayList<>();
        leading.add(new ExperimentFigure(
                "shots-lists",
                "Lists: IE by position, block " + last,
                axes,
                ExperimentLines.positions(lists, last).all()));
        leading.add(new ExperimentFigure(
                "shots-text",
                "Natural text: IE by position, block " + last,
                axes,
                ExperimentLines.positions(text, last).all()));
        ExperimentLines ends = ends(lists);
        ExperimentLines same = ends(text);
        leading.add(new ExperimentFigure(
                "shots-demonstrations",
                "IE at the ends of demonstrations, block " + last,
                new Axes("demonstrations", true, IE),
                List.of(
                        everyChoice(lists),
                        ends.exact("lists, exact", Stroke.runCeiling(0)),
                        same.exact("text, exact", Stroke.runCeiling(1)),
                        ends.seen("lists", Stroke.run(0), ""),
                        same.seen("text", Stroke.run(1), ""))));
        return new ExperimentFigures(
                leading, blocks("shots-lists", lists, axes, layer -> ExperimentLines.positions(lists, layer)));
    }

    /** The ends of demonstrations at the last block, counted from 1. */
    private static ExperimentLines ends(PointResult point) {
        List<Integer> marks = point.run().demonstrations().ends();
        List<Spot> spots = new ArrayList<>();
        for (int i = 0; i < marks.size(); i++) {
            spots.add(new Spot(i + 1, point, point.lastLayer(), marks.get(i)));
        }
        return new ExperimentLines(spots);
    }

    private static LinePlot.Line everyChoice(PointResult lists) {
        List<Double> bits = lists.run().demonstrations().exactOfEveryChoice();
        List<LinePlot.Point> points = new ArrayList<>();
        for (int k = 1; k <= bits.size(); k++) {
            String note = k + " demonstrations, every ordered choice: " + NumberText.exactBits(bits.get(k - 1));
            points.add(LinePlot.Point.of(k, bits.get(k - 1), note));
        }
        return new LinePlot.Line("every choice", Stroke.CEILING, points);
    }

    private static ExperimentFigures perturbation(List<PointResult> points) {
        PointResult plain = points.get(0);
        List<String> kinds = points.stream()
                .map(point -> point.label().curve())
                .filter(curve -> !curve.isEmpty())
                .distinct()
                .toList();
        Axes axes = new Axes("rate", false, IE);
        List<ExperimentFigure> leading = new ArrayList<>();
        List<ExperimentFigure> many = new ArrayList<>();
        List<LinePlot.Line> losses = new ArrayList<>();
        List<LinePlot.Line> predictive = new ArrayList<>();
        for (String kind : kinds) {
            List<PointResult> curve = points.stream()
                    .filter(point -> point == plain || point.label().curve().equals(kind))
                    .toList();
            leading.add(new ExperimentFigure(
                    "perturbation-" + kind,
                    kind + ": IE by rate, block " + plain.lastLayer(),
                    axes,
                    rates(curve, plain.lastLayer()).all()));
            many.addAll(blocks("perturbation-" + kind, plain, axes, layer -> rates(curve, layer)).stream()
                    .map(figure -> new ExperimentFigure(
                            figure.name(), kind + ", " + figure.title(), figure.axes(), figure.lines()))
                    .toList());
            Stroke stroke = Stroke.run(kinds.indexOf(kind));
            losses.add(rates(curve, plain.lastLayer()).line(kind, stroke, spot -> loss(spot.point())));
            predictive.add(rates(curve, plain.lastLayer())
                    .line(kind, stroke, spot -> spot.point().predictive("", spot.layer())));
        }
        leading.add(new ExperimentFigure(
                "perturbation-loss",
                "Cross-entropy of the next token by rate",
                new Axes("rate", false, "bits a token"),
                losses));
        leading.add(new ExperimentFigure(
                "perturbation-predictive",
                "P by rate, block " + plain.lastLayer(),
                new Axes("rate", false, "P, bits"),
                predictive));
        return new ExperimentFigures(leading, many);
    }

    private static ExperimentLines rates(List<PointResult> curve, int layer) {
        return new ExperimentLines(curve.stream()
                .map(point -> new Spot(point.label().x(), point, layer, point.lastPosition()))
                .toList());
    }

    private static ExperimentFigures modelSize(List<PointResult> points) {
        List<PointResult> bySize = points.stream()
                .sorted(Comparator.comparingDouble(point -> point.label().x()))
                .toList();
        ExperimentLines last = new ExperimentLines(bySize.stream()
                .map(point -> new Spot(point.label().x(), point, point.lastLayer(), point.lastPosition()))
                .toList());
        List<ExperimentFigure> leading = new ArrayList<>();
        leading.add(new ExperimentFigure(
                "model-size",
                "IE at the last block by size of the model",
                new Axes("log₁₀ parameters", false, IE),
                last.all()));
        leading.add(
                overlay("model-size-depth", "IE by relative depth", bySize, ExperimentLines::depths, "relative depth"));
        leading.add(new ExperimentFigure(
                "model-size-loss",
                "Cross-entropy of the next token by size of the model",
                new Axes("log₁₀ parameters", false, "bits a token"),
                List.of(last.line("model", Stroke.MODEL, spot -> loss(spot.point())))));
        leading.add(predictiveOverlay("model-size-predictive", bySize, ExperimentLines::depths, "relative depth"));
        return new ExperimentFigures(leading, each("model-size", bySize));
    }

    private static ExperimentFigures textSource(List<PointResult> points) {
        List<ExperimentFigure> leading = new ArrayList<>();
        leading.add(overlay("text-source", "IE by block", points, ExperimentLines::blocks, "block"));
        leading.add(predictiveOverlay("text-source-predictive", points, ExperimentLines::blocks, "block"));
        return new ExperimentFigures(leading, each("text-source", points));
    }

    private static ExperimentFigures layers(PointResult point) {
        ExperimentLines blocks = ExperimentLines.blocks(point);
        List<ExperimentFigure> leading = new ArrayList<>();
        leading.add(new ExperimentFigure("layers", "IE by block", new Axes("block", true, IE), blocks.all()));
        leading.add(new ExperimentFigure(
                "layers-context",
                "Context part of the state at noise, input of each block",
                new Axes("block", true, "bits"),
                context(blocks, point)));
        leading.add(predictive("layers-predictive", "P by block", new Axes("block", true, "P, bits"), point, blocks));
        return new ExperimentFigures(leading, List.of());
    }

    private static List<LinePlot.Line> context(ExperimentLines lines, PointResult point) {
        List<LinePlot.Line> all = new ArrayList<>();
        for (String control : point.controls()) {
            all.add(lines.context(control, stroke(control), control));
        }
        all.add(lines.context("model", Stroke.MODEL, ""));
        return all;
    }

    private static Stroke stroke(String control) {
        return control.equals("untrained") ? Stroke.UNTRAINED : Stroke.SHUFFLED;
    }

    /** P of the model and its controls along the lines' axis. */
    private static ExperimentFigure predictive(
            String name, String title, Axes axes, PointResult point, ExperimentLines lines) {
        List<LinePlot.Line> all = new ArrayList<>();
        boolean byPosition = lines.spots().stream().map(Spot::layer).distinct().count() == 1;
        for (String control : point.controls()) {
            all.add(lines.line(
                    control,
                    stroke(control),
                    spot -> byPosition
                            ? spot.point().predictive(spot.place(control))
                            : spot.point().predictive(control, spot.layer())));
        }
        all.add(lines.line(
                "model",
                Stroke.MODEL,
                spot -> byPosition
                        ? spot.point().predictive(spot.place(""))
                        : spot.point().predictive("", spot.layer())));
        return new ExperimentFigure(name, title, axes, all);
    }

    private static double loss(PointResult point) {
        NextTokenPrediction prediction = point.prediction();
        return prediction == null ? Double.NaN : prediction.crossEntropyBits();
    }

    /** Several points in one figure, each with its ceiling in its colour. */
    private static ExperimentFigure overlay(
            String name,
            String title,
            List<PointResult> points,
            Function<PointResult, ExperimentLines> axis,
            String x) {
        List<LinePlot.Line> lines = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            lines.add(axis.apply(points.get(i)).exact(null, Stroke.runCeiling(i)));
        }
        for (int i = 0; i < points.size(); i++) {
            PointResult point = points.get(i);
            lines.add(axis.apply(point).seen(point.label().text(), Stroke.run(i), ""));
        }
        return new ExperimentFigure(name, title, new Axes(x, x.equals("block"), IE), lines);
    }

    private static ExperimentFigure predictiveOverlay(
            String name, List<PointResult> points, Function<PointResult, ExperimentLines> axis, String x) {
        List<LinePlot.Line> lines = new ArrayList<>();
        ToDoubleFunction<Spot> quantity = spot -> spot.point().predictive("", spot.layer());
        for (int i = 0; i < points.size(); i++) {
            PointResult point = points.get(i);
            lines.add(axis.apply(point).line(point.label().text(), Stroke.run(i), quantity));
        }
        return new ExperimentFigure(name, "P by " + x, new Axes(x, x.equals("block"), "P, bits"), lines);
    }

    /** A figure for each point, by block. */
    private static List<ExperimentFigure> each(String name, List<PointResult> points) {
        return points.stream()
                .map(point -> new ExperimentFigure(
                        name + "-" + point.label().name(),
                        point.label().text(),
                        new Axes("block", true, IE),
                        ExperimentLines.blocks(point).all()))
                .toList();
    }

    /** A figure for each block, at most a dozen spread over the depth. */
    private static List<ExperimentFigure> blocks(
            String name, PointResult point, Axes axes, Function<Integer, ExperimentLines> lines) {
        List<Integer> layers = point.layers();
        TreeSet<Integer> chosen = new TreeSet<>();
        int count = Math.min(MOST_BLOCKS, layers.size());
        for (int i = 0; i < count; i++) {
            chosen.add(layers.get(count == 1 ? 0 : (int) Math.round(i * (layers.size() - 1.0) / (count - 1))));
        }
        return chosen.stream()
                .map(layer -> new ExperimentFigure(
                        name + "-block-" + layer,
                        "block " + layer,
                        axes,
                        lines.apply(layer).all()))
                .toList();
    }
}
