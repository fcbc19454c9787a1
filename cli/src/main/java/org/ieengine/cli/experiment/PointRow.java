package org.ieengine.cli.experiment;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.ie.IeResult;

/**
 * One number of a point with what it must be read beside. All information in bits; NaN stands for what has no meaning.
 *
 * @param place where it was measured
 * @param estimator {@code dv} or {@code resolution}
 * @param noise sigma of resolution; NaN otherwise
 * @param leading whether it is the estimator's leading row
 * @param ie IE, mean over seeds
 * @param ieSd deviation over seeds
 * @param exactIe exact IE
 * @param macro terms of the whole sequence and of its tokens
 */
public record PointRow(
        Place place,
        String estimator,
        double noise,
        boolean leading,
        double ie,
        double ieSd,
        double exactIe,
        Terms macro) {
    /** Name of the critic's estimator. */
    public static final String CRITIC = "dv";

    /** Name of the estimator through noise. */
    public static final String RESOLUTION = "resolution";

    /**
     * Where a number was measured.
     *
     * @param control {@code untrained} or {@code shuffled}; empty for the model itself
     * @param layer block
     * @param position end of the macro sequence
     */
    public record Place(String control, int layer, int position) {}

    /**
     * The terms of a row.
     *
     * @param bits macro
     * @param spread standard error of resolution, deviation over seeds of a critic
     * @param ceiling exact macro
     * @param share bits / ceiling
     * @param aboveCeiling whether bits exceed the ceiling by more than their error
     * @param meanMicro mean of the micro terms
     * @param context part of the state information that the sequence before the last token added; NaN but for resolution
     */
    public record Terms(
            double bits,
            double spread,
            double ceiling,
            double share,
            boolean aboveCeiling,
            double meanMicro,
            double context) {}

    /** Whether it is the critic's. */
    public boolean critic() {
        return estimator.equals(CRITIC);
    }

    /** Every row of a result, those of its controls after its own. */
    public static List<PointRow> of(IeResult result) {
        List<PointRow> rows = new ArrayList<>();
        result.measured().layers().forEach(row -> rows.add(of("", row)));
        result.controls().forEach((name, control) -> control.layers().forEach(row -> rows.add(of(name, row))));
        return rows;
    }

    private static PointRow of(String control, IeResult.LayerRow row) {
        IeResult.MacroTerm macro = row.macro();
        boolean noisy = macro.resolution() != null;
        return new PointRow(
                new Place(control, row.layer(), row.position()),
                row.estimator(),
                row.noise(),
                row.leading(),
                row.ieBits(),
                row.ieSd(),
                row.exactIeBits(),
                new Terms(
                        macro.bits(),
                        noisy ? macro.resolution().se() : macro.sd(),
                        macro.ceilingBits(),
                        macro.share(),
                        macro.aboveCeiling(),
                        row.meanMicroBits(),
                        noisy ? macro.resolution().contextBits() : Double.NaN));
    }
}
