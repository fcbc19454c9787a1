package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Lines over the blocks made from the rows of a measurement. */
final class LayerLines {
    private LayerLines() {}

    /** An exact quantity by block. */
    static LinePlot.Line exact(String label, Stroke stroke, List<Integer> layers, IntToDoubleFunction quantity) {
        List<LinePlot.Point> points = new ArrayList<>();
        for (int layer : layers) {
            double bits = quantity.applyAsDouble(layer);
            points.add(LinePlot.Point.of(layer, bits, "block " + layer + ", " + label + ": " + bits(bits)));
        }
        return new LinePlot.Line(label, stroke, points);
    }

    /** What of a row is drawn. */
    record Quantity(
            ToDoubleFunction<LayerEntry> bits, ToDoubleFunction<LayerEntry> spread, Predicate<LayerEntry> flagged) {
        /** IE: deviation over seeds for a critic, standard error of the macro term for resolution. */
        static final Quantity IE = new Quantity(
                r -> r.ie().bits(), r -> r.source().resolution() ? r.macro().se() : r.ie().sd(), r -> r.macro()
                        .aboveCeiling());
        /** The macro term: deviation over seeds for a critic, standard error for resolution. */
        static final Quantity MACRO = new Quantity(
                r -> r.macro().value().bits(),
                r -> r.source().resolution()
                        ? r.macro().se()
                        : r.macro().value().sd(),
                r -> r.macro().aboveCeiling());
        /** What the macro term lacks to its ceiling. */
        static final Quantity SHORT_OF_CEILING = new Quantity(
                r -> r.macro().ceiling() - r.macro().value().bits(),
                r -> r.macro().value().sd(),
                r -> r.macro().aboveCeiling());
        /** The mean micro term. */
        static final Quantity MICRO = new Quantity(LayerEntry::meanMicro, r -> Double.NaN, r -> false);
    }

    /** A quantity of rows by block. */
    static LinePlot.Line of(String label, Stroke stroke, Map<Integer, LayerEntry> rows, Quantity quantity) {
        List<LinePlot.Point> points = new ArrayList<>();
        rows.forEach((layer, row) -> {
            double bits = quantity.bits.applyAsDouble(row);
            double spread = quantity.spread.applyAsDouble(row);
            boolean flagged = quantity.flagged.test(row);
            String note = "block " + layer + ", " + label + ": " + bits(bits)
                    + (Double.isFinite(spread) ? " ± " + NumberText.exactBits(spread) : "")
                    + (flagged ? ", above the ceiling" : "");
            points.add(new LinePlot.Point(layer, bits, spread, flagged, note));
        });
        return new LinePlot.Line(label, stroke, points);
    }

    /** IE of one block by position, from rows of one source keyed by position. */
    static LinePlot.Line byPosition(String label, Stroke stroke, Map<Integer, LayerEntry> rows) {
        List<LinePlot.Point> points = new ArrayList<>();
        rows.forEach((position, row) -> {
            double spread = Quantity.IE.spread.applyAsDouble(row);
            boolean flagged = Quantity.IE.flagged.test(row);
            String note =
                    "position " + position + ", " + label + ": " + bits(row.ie().bits())
                            + (Double.isFinite(spread) ? " ± " + NumberText.exactBits(spread) : "")
                            + (flagged ? ", above the ceiling" : "");
            points.add(new LinePlot.Point(position, row.ie().bits(), spread, flagged, note));
        });
        return new LinePlot.Line(label, stroke, points);
    }

    private static String bits(double value) {
        return NumberText.exactBits(value) + " bits";
    }
}
