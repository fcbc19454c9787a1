package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * One row of {@code layers}: IE of a block at a position by one estimator. Bits; NaN for what is null.
 *
 * @param layer block
 * @param position end of the macro sequence
 * @param source which estimator, protocol and noise level
 * @param ie mean and deviation over seeds
 * @param macro the term of the whole sequence
 * @param micro the terms of the tokens
 */
public record LayerEntry(int layer, int position, Source source, Spread ie, Macro macro, List<Micro> micro) {
    /** The estimator that is exact and needs no critic. */
    public static final String RESOLUTION = "resolution";

    /** Estimators that know no symbols: for comparison. */
    private static final Set<String> FOR_COMPARISON = Set.of("infonce", "gaussian", "copula", "ksg");

    /** Copies the list. */
    public LayerEntry {
        micro = List.copyOf(micro);
    }

    /**
     * Where a number comes from.
     *
     * @param estimator its name
     * @param protocol how critics were trained; empty for none
     * @param noise sigma; NaN but for resolution
     * @param leading whether the document calls it the leading row of its estimator
     */
    public record Source(String estimator, String protocol, double noise, boolean leading) {
        public boolean resolution() {
            return estimator.equals(RESOLUTION);
        }

        /** Whether the estimator knows no symbols. */
        public boolean forComparison() {
            return FOR_COMPARISON.contains(estimator);
        }

        /** Whether what a critic reads cannot lie above the ceiling; smile and the published protocol can. */
        public boolean bound() {
            return !estimator.equals("smile") && !published();
        }

        public boolean published() {
            return protocol.equals("paper");
        }

        /** Short name: {@code dv}, {@code dv (paper)}. */
        public String label() {
            return published() ? estimator + " (paper)" : estimator;
        }
    }

    /** A value and its deviation over seeds. */
    public record Spread(double bits, double sd) {}

    /**
     * The macro term.
     *
     * @param value mean and deviation over seeds
     * @param se standard error of resolution
     * @param ceiling exact value
     * @param share value / ceiling
     * @param rowPasses pairs through the critics
     * @param aboveCeiling whether it lies above its ceiling
     */
    public record Macro(
            Spread value, double se, double ceiling, double share, double rowPasses, boolean aboveCeiling) {}

    /** A micro term. */
    public record Micro(int position, Spread value, double ceiling, double distinct) {}

    /** Reads a row. */
    static LayerEntry read(JsonNode row) {
        JsonNode macro = row.path("macro");
        double bits = JsonFields.number(macro, "bits");
        double ceiling = JsonFields.number(macro, "ceiling_bits");
        double share = JsonFields.number(macro, "share");
        return new LayerEntry(
                JsonFields.index(row, "layer"),
                JsonFields.index(row, "position"),
                new Source(
                        JsonFields.text(row, "estimator", "unnamed"),
                        JsonFields.text(row, "protocol", ""),
                        JsonFields.number(row, "noise"),
                        row.path("leading").asBoolean(false)),
                new Spread(JsonFields.number(row, "ie_bits"), JsonFields.number(row, "ie_sd")),
                new Macro(
                        new Spread(bits, JsonFields.number(macro, "sd")),
                        JsonFields.number(macro, "se"),
                        ceiling,
                        Double.isFinite(share) || !(ceiling > 0) ? share : bits / ceiling,
                        JsonFields.number(macro, "row_passes"),
                        macro.path("above_ceiling").asBoolean(false)),
                JsonFields.list(row.path("micro"), LayerEntry::readMicro));
    }

    private static Micro readMicro(JsonNode micro) {
        return new Micro(
                JsonFields.index(micro, "position"),
                new Spread(JsonFields.number(micro, "bits"), JsonFields.number(micro, "sd")),
                JsonFields.number(micro, "ceiling_bits"),
                JsonFields.number(micro, "distinct"));
    }

    /** Exact IE: ceiling of macro minus mean ceiling of micro; NaN when one of them is absent. */
    public double exactIe() {
        return macro.ceiling - meanMicroCeiling();
    }

    /** Mean of the micro terms; NaN when there are none or one is absent. */
    public double meanMicro() {
        return mean(m -> m.value.bits);
    }

    /** Mean ceiling of the micro terms; NaN when there are none or one is absent. */
    public double meanMicroCeiling() {
        return mean(Micro::ceiling);
    }

    private double mean(ToDoubleFunction<Micro> term) {
        return micro.stream().mapToDouble(term).average().orElse(Double.NaN);
    }
}
