package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.IeResult;
import org.ieengine.engine.ie.MeasureSettings;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.Selection;

/**
 * The table of a run, row by row as they are finished: block, exact IE, IE at the leading resolution, the critic's IE with its
 * deviation over seeds, the critic's share of the macro ceiling, then IE by each other estimator, marked where its macro term lies above
 * the ceiling.
 */
final class ResultTable {
    private static final String GAP = "   ";

    /** Width of the columns of other estimators: four digits, a deviation, or a mark. */
    private static final int OTHER = 16;

    private final boolean positions;
    private final boolean controls;
    private final boolean critic;
    private final boolean resolution;
    private final List<String> others;
    private boolean begun;

    ResultTable(MeasureSettings settings) {
        positions = settings.positions().kind() != Selection.Kind.LAST;
        controls = !settings.controls().isEmpty();
        critic = settings.estimators().contains(Estimator.DV);
        resolution = settings.estimators().contains(Estimator.RESOLUTION);
        others = settings.estimators().stream()
                .filter(estimator -> estimator != Estimator.DV && estimator != Estimator.RESOLUTION)
                .map(Estimator::label)
                .toList();
    }

    /** The lines on the exact ceiling. */
    String ceiling(String control, IeResult.Ceiling ceiling) {
        double micro = ceiling.microBits().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(0);
        return "exact ceiling" + (control.isEmpty() ? "" : " (" + control + ")") + ", blocks 1 and later: macro "
                + Figures.bits(ceiling.macroBits()) + " - mean micro " + Figures.bits(micro) + " = IE "
                + Figures.bits(ceiling.ieBits()) + " bits\n";
    }

    /**
     * The line of one block at one position, the heading before the first.
     *
     * @param leading the leading row of each estimator, by its name
     */
    String row(String control, Map<String, IeResult.LayerRow> leading) {
        IeResult.LayerRow dv = leading.get(Estimator.DV.label());
        IeResult.LayerRow noisy = leading.get(Estimator.RESOLUTION.label());
        IeResult.LayerRow any = leading.values().iterator().next();
        List<String> cells = new ArrayList<>();
        if (controls) {
            cells.add(left(control.isEmpty() ? "model" : control, 9));
        }
        cells.add(right(Integer.toString(any.layer()), 5));
        if (positions) {
            cells.add(right(Integer.toString(any.position()), 8));
        }
        cells.add(right(Figures.bits(any.exactIeBits()), 8));
        if (resolution) {
            cells.add(right(noisy == null ? "-" : Figures.bits(noisy.ieBits()), 17));
        }
        if (critic) {
            cells.add(right(dv == null ? "-" : deviating(dv.ieBits(), dv.ieSd()), 15));
            cells.add(right(dv == null ? "-" : Figures.percent(dv.macro().share()), 16));
        }
        for (String other : others) {
            IeResult.LayerRow row = leading.get(other);
            cells.add(
                    right(deviating(row.ieBits(), row.ieSd()) + (row.macro().aboveCeiling() ? " (above)" : ""), OTHER));
        }
        return heading(noisy) + String.join(GAP, cells).stripTrailing() + "\n";
    }

    private static String deviating(double bits, double deviation) {
        return Figures.bits(bits) + (Double.isFinite(deviation) ? " ± " + Figures.bits(deviation) : "");
    }

    private String heading(IeResult.LayerRow noisy) {
        if (begun) {
            return "";
        }
        begun = true;
        List<String> cells = new ArrayList<>();
        if (controls) {
            cells.add(left("run", 9));
        }
        cells.add("block");
        if (positions) {
            cells.add("position");
        }
        cells.add("exact IE");
        if (resolution) {
            cells.add(right("IE at sigma " + (noisy == null ? "" : Figures.decimals(noisy.noise(), 2)), 17));
        }
        if (critic) {
            cells.add(right("critic's IE", 15));
            cells.add("share of ceiling");
        }
        others.forEach(other -> cells.add(right(other, OTHER)));
        return String.join(GAP, cells) + "\n";
    }

    private static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    private static String left(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
