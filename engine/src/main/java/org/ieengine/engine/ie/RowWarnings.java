package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.ieengine.engine.ie.MeasureSettings.Estimator;

/**
 * What is said of estimates from rows that know no symbols. States repeat and are functions of each other at every block, so the same
 * things are amiss with nearly all of these estimates: each is said once, with the number of those that it holds for.
 */
final class RowWarnings {
    private static final String NUMBER = "[0-9][0-9.,]*";

    private final Map<String, Said> said = new LinkedHashMap<>();

    /** A sentence, where it was first said, and how often. */
    private record Said(String text, int times) {}

    /**
     * What holds for all such estimates of a run; empty without any.
     *
     * @param samples N
     */
    static List<String> ofRun(MeasureSettings settings, int samples) {
        List<Estimator> estimators = settings.estimators(EstimatorKind.ROWS);
        List<String> warnings = new ArrayList<>();
        if (estimators.isEmpty()) {
            return warnings;
        }
        warnings.add(
                names(estimators)
                        + ": for comparison only. Made for continuous samples, which do not repeat and of which y is no function of x, they are"
                        + " given the rows of states without their symbols, and what they read is not bounded by what is there");
        Map<Integer, List<Estimator>> drawn = new TreeMap<>(estimators.stream()
                .filter(estimator -> SampleRows.most(estimator) < samples)
                .collect(Collectors.groupingBy(SampleRows::most)));
        drawn.forEach((rows, given) -> warnings.add(String.format(
                Locale.ROOT,
                "%s: %,d of the %,d samples were drawn, the same at every block; so many rows tell at most %.2f bits apart",
                names(given),
                rows,
                samples,
                Math.log(rows) / Math.log(2))));
        return warnings;
    }

    private static String names(List<Estimator> estimators) {
        return estimators.stream().map(Estimator::label).collect(Collectors.joining(", "));
    }

    /** Takes the warnings of an estimate. */
    void add(EstimateKey key, String place, ObjectNode numbers) {
        for (JsonNode warning : numbers.path("warnings")) {
            String text = key.estimator() + ", " + place + ": " + warning.asText();
            String kind = key.estimator() + key.term() + warning.asText().replaceAll(NUMBER, "0");
            said.merge(kind, new Said(text, 1), (first, again) -> new Said(first.text, first.times + 1));
        }
    }

    /**
     * All sentences about a subject, in the order in which they were first said.
     *
     * @param samples N
     */
    List<String> list(IeResult.Measured measured, int samples) {
        List<String> all = new ArrayList<>();
        for (Said each : said.values()) {
            all.add(each.text + (each.times > 1 ? "; the like in " + (each.times - 1) + " more of its estimates" : ""));
        }
        measured.layers().stream()
                .filter(RowWarnings::isOfRows)
                .collect(Collectors.groupingBy(IeResult.LayerRow::estimator, LinkedHashMap::new, Collectors.toList()))
                .forEach((estimator, rows) -> addAboveCeiling(all, rows, samples));
        return all;
    }

    /** Whether a row is of the kind {@link EstimatorKind#ROWS}. */
    static boolean isOfRows(IeResult.LayerRow row) {
        return estimator(row).kind() == EstimatorKind.ROWS;
    }

    private static Estimator estimator(IeResult.LayerRow row) {
        return Estimator.valueOf(row.estimator().toUpperCase(Locale.ROOT));
    }

    private static void addAboveCeiling(List<String> all, List<IeResult.LayerRow> rows, int samples) {
        Estimator estimator = estimator(rows.get(0));
        IeResult.LayerRow worst = rows.stream()
                .filter(row -> row.macro().aboveCeiling())
                .max(Comparator.comparingDouble(row -> row.macro().bits()))
                .orElse(null);
        if (worst != null) {
            all.add(String.format(
                    Locale.ROOT,
                    "%s reads above the exact ceiling in %d of %d macro terms, most at block %d, position %d: %.3f bits of at"
                            + " most %.3f",
                    estimator.label(),
                    rows.stream().filter(row -> row.macro().aboveCeiling()).count(),
                    rows.size(),
                    worst.layer(),
                    worst.position(),
                    worst.macro().bits(),
                    worst.macro().ceilingBits()));
        }
        double tolerance = SampleRows.toleranceBits(estimator, samples);
        long above = rows.stream()
                .flatMap(row -> row.micro().stream())
                .filter(term -> term.bits() > term.ceilingBits() + tolerance)
                .count();
        if (above > 0) {
            all.add(estimator.label() + " reads above the exact ceiling in " + above + " of "
                    + rows.stream().mapToInt(row -> row.micro().size()).sum()
                    + " micro terms: its IE is too low by that");
        }
    }
}
