package org.ieengine.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The curves of {@code curves.csv} ({@code layer,position,term,seed,step,bits}), thinned for drawing.
 *
 * @param panels curves of one block, position and term together
 */
record TrainingCurves(List<Panel> panels) {
    private static final int COLUMNS = 6;
    private static final int DRAWN_STEPS = 120;

    TrainingCurves {
        panels = List.copyOf(panels);
    }

    /**
     * The curves of one estimate, one a seed.
     *
     * @param layer block
     * @param position end of the macro sequence; -1 for the pooled tokens of a micro critic
     * @param term {@code macro}, {@code micro}, or as the file names it
     * @param curves values by step, one list a critic
     */
    record Panel(int layer, int position, String term, List<List<Value>> curves) {
        Panel {
            curves = List.copyOf(curves);
        }
    }

    /** The value at a step. */
    record Value(double step, double bits) {}

    private record PanelKey(int layer, int position, String term) {}

    /**
     * Reads the lines of the file; empty lines are passed over, values that are not finite leave a curve there. Further columns
     * may follow: lines with an entry under {@code control} are left out, slices of dimensions become curves of their own. An
     * empty position stands for the pooled tokens.
     *
     * @throws IllegalArgumentException if a line is not six fields of which layer, position and step are numbers
     */
    static TrainingCurves read(List<String> lines) {
        Map<PanelKey, Map<String, List<List<Value>>>> bySeed = new LinkedHashMap<>();
        int control = -1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("layer,")) {
                control = List.of(line.split(",")).indexOf("control");
                continue;
            }
            if (line.isEmpty()) {
                continue;
            }
            String[] fields = line.split(",", -1);
            if (fields.length < COLUMNS) {
                throw new IllegalArgumentException("line " + (i + 1) + " of the training curves has " + fields.length
                        + " fields, expected layer,position,term,seed,step,bits");
            }
            if (control >= 0 && control < fields.length && !fields[control].isEmpty()) {
                continue;
            }
            int position = fields[1].isEmpty() ? -1 : whole(fields[1], i);
            PanelKey key = new PanelKey(whole(fields[0], i), position, fields[2]);
            List<List<Value>> curves = bySeed.computeIfAbsent(key, k -> new TreeMap<>())
                    .computeIfAbsent(fields[3], k -> new ArrayList<>());
            double step = number(fields[4], i);
            // One seed may have several curves (slices of dimensions): a step that goes back begins the next.
            if (curves.isEmpty() || step <= lastStep(curves)) {
                curves.add(new ArrayList<>());
            }
            curves.get(curves.size() - 1).add(new Value(step, fields[5].isEmpty() ? Double.NaN : number(fields[5], i)));
        }
        List<Panel> panels = new ArrayList<>();
        bySeed.forEach((key, seeds) -> {
            List<List<Value>> thin = new ArrayList<>();
            seeds.values().forEach(curves -> curves.forEach(curve -> thin.add(thin(curve))));
            panels.add(new Panel(key.layer, key.position, key.term, thin));
        });
        return new TrainingCurves(panels);
    }

    private static double lastStep(List<List<Value>> curves) {
        List<Value> last = curves.get(curves.size() - 1);
        return last.get(last.size() - 1).step;
    }

    private static int whole(String text, int line) {
        return (int) number(text, line);
    }

    private static double number(String text, int line) {
        try {
            return Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "line " + (line + 1) + " of the training curves holds \"" + text + "\" where a number is expected",
                    e);
        }
    }

    /** Keeps the smallest and largest value of each stretch, so that the maximum the published protocol reports stays. */
    private static List<Value> thin(List<Value> curve) {
        List<Value> finite = curve.stream().filter(v -> Double.isFinite(v.bits)).toList();
        if (finite.size() <= DRAWN_STEPS) {
            return finite;
        }
        List<Value> kept = new ArrayList<>();
        int stretches = DRAWN_STEPS / 2;
        for (int s = 0; s < stretches; s++) {
            List<Value> part = finite.subList(
                    (int) ((long) s * finite.size() / stretches), (int) ((long) (s + 1) * finite.size() / stretches));
            Value low = part.get(0);
            Value high = part.get(0);
            for (Value value : part) {
                low = value.bits < low.bits ? value : low;
                high = value.bits > high.bits ? value : high;
            }
            kept.add(low.step < high.step ? low : high);
            if (low.step != high.step) {
                kept.add(low.step < high.step ? high : low);
            }
        }
        Value last = finite.get(finite.size() - 1);
        if (kept.get(kept.size() - 1) != last) {
            kept.add(last);
        }
        return kept;
    }
}
