package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.ieengine.cli.experiment.Finding.Part;
import org.ieengine.cli.experiment.PointRow.Place;
import org.ieengine.cli.output.Figures;

/** What each experiment has of its own: the shape that the token ids give, and what the published account makes of it. */
final class KindFindings {
    private final List<PointResult> points;
    private final List<Finding> findings;

    private KindFindings(List<PointResult> points, List<Finding> findings) {
        this.points = points;
        this.findings = findings;
    }

    static void add(ExperimentKind kind, List<PointResult> points, List<Finding> findings) {
        KindFindings own = new KindFindings(points, findings);
        switch (kind) {
            case LENGTH -> own.length();
            case SHOTS -> own.shots();
            case PERTURBATION -> own.perturbation();
            case MODEL_SIZE -> own.modelSize();
            case TEXT_SOURCE -> own.textSource();
            case LAYERS -> own.layers();
            default -> throw new IllegalStateException(kind.name());
        }
    }

    private void say(Part part, String text) {
        findings.add(new Finding(part, text));
    }

    /** Exact IE from block 1 on by position. */
    private static List<Double> exactByPosition(PointResult point) {
        List<Double> exact = new ArrayList<>();
        int layer = point.lastLayer();
        for (int position = 0; position <= point.lastPosition(); position++) {
            exact.add(point.exactIe(new Place("", layer, position)));
        }
        return exact;
    }

    private static double exactAtEnd(PointResult point) {
        return point.exactIe(new Place("", point.lastLayer(), point.lastPosition()));
    }

    private static double seenAtEnd(PointResult point) {
        return point.ie(PointRow.RESOLUTION, new Place("", point.lastLayer(), point.lastPosition()));
    }

    private static String exactSentence(PointResult point) {
        List<Double> exact = exactByPosition(point);
        int peak = 0;
        for (int i = 1; i < exact.size(); i++) {
            peak = exact.get(i) > exact.get(peak) ? i : peak;
        }
        int last = exact.size() - 1;
        if (last == 0) {
            return "exact IE is 0 bits at the only position, where the sequence is its token";
        }
        double bound = Math.log(point.run().data().used()) / Math.log(2);
        String shape = peak == last
                ? "rises to " + Figures.bits(exact.get(last)) + " bits at the last position, " + last
                : "rises to " + Figures.bits(exact.get(peak)) + " bits at position " + peak + " and falls to "
                        + Figures.bits(exact.get(last)) + " at position " + last;
        return "exact IE is " + Figures.bits(exact.get(0)) + " at position 0, " + shape
                + " (macro can be no more than log2 N = " + Figures.bits(bound) + " bits for N = "
                + Figures.count(point.run().data().used()) + ")";
    }

    private void length() {
        PointResult point = points.get(0);
        say(
                Part.CEILING,
                "Counted from the token ids, " + exactSentence(point)
                        + ". The curve is the same at every block from 1 on and for every model that reads these tokens.");
        List<Double> exact = exactByPosition(point);
        double last = exact.get(exact.size() - 1);
        double peak = Series.of(exact).most();
        say(
                Part.PAPER,
                (last < peak - 0.005
                                ? "IE does not simply grow with the length of the text: here its exact value ends "
                                        + Figures.bits(peak - last)
                                        + " bits below its peak. Each further token makes prefixes more different until all"
                                        + " are, and from there only the mean of the micro terms moves."
                                : "IE grows with the length of this text, and that growth is in the counts: each further token"
                                        + " makes prefixes more different, until all are.")
                        + " Where it stops is set by the number of sequences, not by the model; compare lengths at equal N"
                        + " only.");
    }

    private void shots() {
        PointResult lists = points.get(0);
        PointResult text = points.get(1);
        List<Integer> ends = lists.run().demonstrations().ends();
        List<Double> every = lists.run().demonstrations().exactOfEveryChoice();
        say(
                Part.CEILING,
                "Lists: " + exactSentence(lists) + ". At the ends of the demonstrations it is " + at(lists, ends)
                        + (every.isEmpty()
                                ? ""
                                : "; with every ordered choice of the "
                                        + lists.run().demonstrations().entities() + " entities it would be "
                                        + every.stream().map(Figures::bits).collect(Collectors.joining(", ")))
                        + ": the stairs are in the counts. Natural text: " + exactSentence(text)
                        + ", at the same positions " + at(text, ends) + ".");
        say(
                Part.PAPER,
                "The staircase over demonstrations follows from the lists alone: an entity adds its choice to the macro term"
                        + " and its entropy to the micro terms, a separator, known beforehand, adds nothing to either and lowers"
                        + " the mean of the micro terms. It needs no model"
                        + twinAt(lists, ends) + ". With drawn lists it flattens as soon as macro nears log2 N.");
    }

    /** What the twin with random weights reads at the ends of demonstrations; empty where there is none. */
    private static String twinAt(PointResult point, List<Integer> ends) {
        String control = "untrained";
        return point.controls().contains(control)
                ? ": seen through noise at the last block the twin with random weights reads "
                        + ends.stream()
                                .map(end -> Figures.bits(
                                        point.ie(PointRow.RESOLUTION, new Place(control, point.lastLayer(), end))))
                                .collect(Collectors.joining(", "))
                        + " bits there, the model "
                        + ends.stream()
                                .map(end -> Figures.bits(
                                        point.ie(PointRow.RESOLUTION, new Place("", point.lastLayer(), end))))
                                .collect(Collectors.joining(", "))
                : "";
    }

    private static String at(PointResult point, List<Integer> positions) {
        return positions.stream()
                .filter(position -> position <= point.lastPosition())
                .map(position -> Figures.bits(point.exactIe(new Place("", point.lastLayer(), position))))
                .collect(Collectors.joining(", "));
    }

    private void perturbation() {
        PointResult plain = points.get(0);
        List<String> parts = new ArrayList<>();
        List<String> curves =
                points.stream().map(point -> point.label().curve()).distinct().toList();
        for (String curve : curves) {
            points.stream()
                    .filter(point -> point.label().curve().equals(curve) && point != plain)
                    .max(Comparator.comparingDouble(point -> point.label().x()))
                    .ifPresent(most -> parts.add(most.label().text() + ": " + counted(most)
                            + ", seen through noise at the last block " + Figures.bits(seenAtEnd(most))));
        }
        say(
                Part.CEILING,
                "Unperturbed text: " + counted(plain) + ", seen through noise at the last block "
                        + Figures.bits(seenAtEnd(plain)) + ". " + String.join("; ", parts)
                        + ". A perturbation moves exact IE through the frequencies of sequences and of tokens at each position,"
                        + " whatever the model makes of the text.");
        say(
                Part.PAPER,
                "Exact IE does not follow the meaning that is lost. "
                        + (curves.contains("replace")
                                ? "Replaced tokens are more varied than those of text: the mean of the micro terms nears log2 N,"
                                        + " and less is left between. "
                                : "")
                        + (curves.contains("repeat")
                                ? "A repeated token takes the differences between sequences away. "
                                : "")
                        + "What a perturbation does to the model is seen where the next token stands beside it.");
    }

    private static String counted(PointResult point) {
        double macro = point.run().ceiling().macroBits();
        double exact = exactAtEnd(point);
        return "exact " + Figures.bits(exact) + " bits (macro " + Figures.bits(macro) + " - mean micro "
                + Figures.bits(macro - exact) + ")";
    }

    private void modelSize() {
        Series exact = Series.of(points.stream().map(KindFindings::exactAtEnd).toList());
        boolean same = exact.most() - exact.least() < 1e-9;
        String each = points.stream()
                .map(point -> point.label().text() + " " + Figures.bits(exactAtEnd(point)))
                .collect(Collectors.joining(", "));
        say(
                Part.CEILING,
                same
                        ? "Every model reads the same tokens: exact IE is " + exact.bits()
                                + " bits for all of them, whatever their size."
                        : "The models' tokenizers differ, so their T tokens are different stretches of the text and even the"
                                + " ceilings differ: " + each + " bits. None of that is the models'.");
        List<PointResult> bySize = points.stream()
                .sorted(Comparator.comparingDouble(point -> point.label().x()))
                .toList();
        List<Double> seen = bySize.stream().map(KindFindings::seenAtEnd).toList();
        boolean grows = true;
        for (int i = 1; i < seen.size(); i++) {
            grows &= seen.get(i) > seen.get(i - 1);
        }
        say(
                Part.PAPER,
                "\"IE grows with the size of the model\" cannot hold for exact mutual information on the same tokens: a block"
                        + " that keeps states apart has exactly the ceiling, large or small. Seen through noise at the last"
                        + " block, from the smallest model to the largest: "
                        + seen.stream().map(Figures::bits).collect(Collectors.joining(", ")) + " bits, "
                        + (grows ? "which grows here" : "which does not grow here")
                        + twins(bySize) + ". A growth that a critic reads is one of what the critic can use.");
    }

    private static String twins(List<PointResult> points) {
        List<Double> twins = points.stream()
                .map(point ->
                        point.ie(PointRow.RESOLUTION, new Place("untrained", point.lastLayer(), point.lastPosition())))
                .toList();
        return Series.of(twins).isEmpty()
                ? ""
                : "; their untrained twins " + twins.stream().map(Figures::bits).collect(Collectors.joining(", "));
    }

    private void textSource() {
        say(
                Part.CEILING,
                "Exact IE by text: "
                        + points.stream()
                                .map(point -> point.label().text() + " " + Figures.bits(exactAtEnd(point)) + " bits ("
                                        + Figures.count(point.run().data().distinct()) + " distinct sequences)")
                                .collect(Collectors.joining(", "))
                        + ". These numbers need no model: they are how often sequences and tokens repeat in each text.");
        say(
                Part.PAPER,
                "Texts of people and of models are told apart by IE in a small model. Of such a difference the ceilings, which"
                        + " need no model, give " + spread(KindFindings::exactAtEnd)
                        + " bits here; seen through noise at the last block the texts differ by "
                        + spread(KindFindings::seenAtEnd)
                        + " bits. From the lowest to the highest the ceilings order them as "
                        + order(Comparator.comparingDouble(KindFindings::exactAtEnd))
                        + ", IE seen through noise at the last block as "
                        + order(Comparator.comparingDouble(KindFindings::seenAtEnd))
                        + ". Two parts of one text show how much of that is chance.");
    }

    private String spread(ToDoubleFunction<PointResult> quantity) {
        Series values = new Series(points.stream().mapToDouble(quantity).toArray());
        return Figures.bits(values.most() - values.least());
    }

    private String order(Comparator<PointResult> by) {
        return points.stream().sorted(by).map(point -> point.label().text()).collect(Collectors.joining(", "));
    }

    private void layers() {
        PointResult point = points.get(0);
        Series exact = Series.of(point.laterLayers().stream()
                .map(layer -> point.exactIe(new Place("", layer, point.lastPosition())))
                .toList());
        double first = point.exactIe(new Place("", 0, point.lastPosition()));
        say(
                Part.CEILING,
                point.lastLayer() == 0
                        ? "Block 0 alone was measured, whose input knows only its own token: exact IE is "
                                + exact.bits() + " bits."
                        : "Exact IE is " + exact.bits() + " bits at every block from 1 on"
                                + (Double.isFinite(first)
                                        ? ", and " + Figures.bits(first)
                                                + " at block 0, whose input knows only its own token"
                                        : "")
                                + ". It has no shape over the blocks.");
        List<String> seen = point.layers().stream()
                .map(layer -> Figures.bits(point.ie(PointRow.RESOLUTION, new Place("", layer, point.lastPosition()))))
                .toList();
        say(
                Part.PAPER,
                "A curve over the blocks is therefore not one of mutual information itself. Seen through noise it is "
                        + String.join(", ", seen)
                        + " bits from block to block; the critic's curve, where it moves by no more than its seeds do, has no"
                        + " shape either.");
    }
}
