package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.ieengine.cli.experiment.Finding.Part;
import org.ieengine.cli.experiment.PointRow.Place;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.NextTokenPrediction;

/**
 * What is seen in the numbers of an experiment: which curve the token ids alone predict, what the geometry of the states adds, what
 * is the critic's, and where that differs from the published account (Chen et al., arXiv 2405.12617).
 */
public final class Findings {
    private static final int MOST_NAMED = 4;

    private final ExperimentKind kind;
    private final List<PointResult> points;
    private final List<Finding> findings = new ArrayList<>();

    private Findings(ExperimentKind kind, List<PointResult> points) {
        this.kind = kind;
        this.points = points;
    }

    /** The findings on these points of an experiment, ordered by whose doing they are. */
    public static List<Finding> of(ExperimentKind kind, List<PointResult> points) {
        Findings all = new Findings(kind, points);
        KindFindings.add(kind, points, all.findings);
        all.geometry();
        all.critic();
        all.controls();
        all.prediction();
        List<Finding> ordered = new ArrayList<>();
        for (Part part : Part.values()) {
            all.findings.stream().filter(finding -> finding.part() == part).forEach(ordered::add);
        }
        return ordered;
    }

    /** Every place of a point that is worth a comparison: blocks from 1 on, positions from 1 on where several were measured. */
    static List<Place> places(ExperimentKind kind, PointResult point, String control) {
        List<Place> places = new ArrayList<>();
        for (int layer : point.laterLayers()) {
            for (int position = 0; position < point.run().data().tokens(); position++) {
                boolean wanted = kind.byPosition() ? position > 0 : position == point.lastPosition();
                if (wanted) {
                    places.add(new Place(control, layer, position));
                }
            }
        }
        return places;
    }

    private void geometry() {
        List<Double> exact = new ArrayList<>();
        List<Double> seen = new ArrayList<>();
        for (PointResult point : points) {
            for (Place place : places(kind, point, "")) {
                exact.add(point.exactIe(place));
                seen.add(point.ie(PointRow.RESOLUTION, place));
            }
        }
        Series values = Series.of(seen);
        if (values.isEmpty()) {
            return;
        }
        double correlation = Series.correlation(exact, seen);
        StringBuilder text = new StringBuilder("Seen through noise, without a critic, IE of the model is ")
                .append(values.bits())
                .append(" bits where exact IE is ")
                .append(Series.of(exact).bits())
                .append(" (blocks from 1 on). ");
        if (Double.isFinite(correlation)) {
            text.append("Over all of these the two are correlated by ")
                    .append(Figures.decimals(correlation, 2))
                    .append(
                            correlation > 0.9
                                    ? ": most of the shape of the curve is the ceiling's, not the model's. "
                                    : correlation > 0.5
                                            ? ": the ceiling gives part of the shape, the geometry of the states the rest. "
                                            : ": at this noise level the shape is that of the states, not of the ceiling. ");
        }
        text.append("What lies between the two is how far apart the states of different sequences are.");
        findings.add(new Finding(Part.GEOMETRY, text.toString()));
    }

    private void critic() {
        List<PointRow> rows = points.stream()
                .flatMap(point -> point.critics().stream())
                .filter(row -> row.macro().ceiling() > 0)
                .toList();
        if (rows.isEmpty()) {
            findings.add(new Finding(Part.CRITIC, "No critic was trained (--critics none)."));
            return;
        }
        Series shares = Series.of(rows.stream().map(row -> row.macro().share()).toList());
        Series differences =
                Series.of(rows.stream().map(row -> row.ie() - row.exactIe()).toList());
        Series deviations = Series.of(rows.stream().map(PointRow::ieSd).toList());
        StringBuilder text = new StringBuilder("The critics read ")
                .append(shares.percent())
                .append(" of the ceiling of the whole sequence; their IE differs from the exact one by ")
                .append(differences.bits())
                .append(" bits");
        text.append(
                deviations.isEmpty()
                        ? ". "
                        : ", and between seeds of one critic by " + Figures.bits(deviations.mean())
                                + " bits in the mean. ");
        text.append("So the critic's curve is the ceiling's less what a network of this size and budget leaves unread:"
                + " a difference between two of its points is first of all one between their ceilings.");
        long above = rows.stream().filter(row -> row.macro().aboveCeiling()).count();
        if (above > 0) {
            text.append(" ").append(above).append(" of ").append(rows.size()).append(" values lie above the ceiling.");
        }
        findings.add(new Finding(Part.CRITIC, text.toString()));
    }

    private void controls() {
        for (String control : List.of("untrained", "shuffled")) {
            List<Double> model = new ArrayList<>();
            List<Double> twin = new ArrayList<>();
            List<Double> contexts = new ArrayList<>();
            List<Double> twinContexts = new ArrayList<>();
            for (PointResult point : points) {
                for (Place place : places(kind, point, control)) {
                    Place own = new Place("", place.layer(), place.position());
                    twin.add(point.ie(PointRow.RESOLUTION, place));
                    model.add(point.ie(PointRow.RESOLUTION, own));
                    contexts.add(point.context(own));
                    twinContexts.add(point.context(place));
                }
            }
            if (!Series.of(twin).isEmpty()) {
                findings.add(new Finding(
                        Part.CONTROLS,
                        sentence(control, model, twin)
                                + " The context part of its states is "
                                + Series.of(twinContexts).bits() + " bits, the model's "
                                + Series.of(contexts).bits() + "."));
            }
        }
        if (findings.stream().noneMatch(finding -> finding.part() == Part.CONTROLS)) {
            findings.add(new Finding(
                    Part.CONTROLS,
                    "No control was run (--controls none): what learning or order has to do with these numbers cannot be"
                            + " told from them."));
        }
    }

    private static String sentence(String control, List<Double> model, List<Double> twin) {
        int higher = 0;
        int all = 0;
        for (int i = 0; i < twin.size(); i++) {
            if (Double.isFinite(twin.get(i)) && Double.isFinite(model.get(i))) {
                all++;
                higher += twin.get(i) > model.get(i) ? 1 : 0;
            }
        }
        String numbers = Series.of(twin).bits() + " bits, the model "
                + Series.of(model).bits() + "; it reads more than the model at " + higher + " of " + all + " places.";
        return control.equals("untrained")
                ? "The twin with random weights reads " + numbers
                        + (2 * higher >= all
                                ? " A high value is therefore no sign of learning: random states lie further apart."
                                : " Only the difference can be due to training.")
                : "The same tokens in random order give " + numbers
                        + " Its ceiling is its own, since shuffled text repeats less.";
    }

    private void prediction() {
        List<String> parts = new ArrayList<>();
        for (PointResult point : outermost()) {
            NextTokenPrediction own = point.prediction();
            if (own == null) {
                continue;
            }
            String which = points.size() == 1 ? "" : point.label().text() + ": ";
            // Where positions are compared the last one alone says little: of a list it is followed by a separator.
            boolean mean = kind.byPosition();
            double held = predictive(point, "", mean);
            double twin = predictive(point, "untrained", mean);
            parts.add(which + (which.isEmpty() ? "Cross-entropy " : "cross-entropy ")
                    + Figures.bits(own.crossEntropyBits()) + " bits a token (perplexity "
                    + Figures.decimals(own.perplexity(), own.perplexity() < 100 ? 1 : 0) + ", top-1 "
                    + Figures.percent(own.top1()) + "), P at the last block" + (mean ? ", mean over positions, " : " ")
                    + Figures.bits(held)
                    + " bits" + (Double.isFinite(twin) ? ", untrained " + Figures.bits(twin) : ""));
        }
        if (!parts.isEmpty()) {
            findings.add(
                    new Finding(
                            Part.PREDICTION,
                            parts.stream().collect(Collectors.joining("; "))
                                    + ". IE counts which sequences the states keep apart, which random weights do as well; P counts"
                                    + " what they tell of the token that really comes next, which only a model that has learned can."));
        }
    }

    /** All points where they are few, otherwise the first and the last of each curve: the table has the others. */
    private List<PointResult> outermost() {
        if (points.size() <= MOST_NAMED) {
            return points;
        }
        Set<PointResult> chosen = new LinkedHashSet<>(List.of(points.get(0)));
        for (int i = 1; i < points.size(); i++) {
            boolean last = i == points.size() - 1
                    || !points.get(i + 1)
                            .label()
                            .curve()
                            .equals(points.get(i).label().curve());
            if (last) {
                chosen.add(points.get(i));
            }
        }
        return List.copyOf(chosen);
    }

    private static double predictive(PointResult point, String control, boolean mean) {
        return mean
                ? point.predictive(new Place(control, point.lastLayer(), -1))
                : point.predictive(control, point.lastLayer());
    }
}
