package org.ieengine.engine.model;

import java.util.stream.IntStream;
import org.ieengine.engine.model.reference.GoldenForward;

/**
 * Largest absolute differences of a sweep from a stored forward pass.
 *
 * @param hidden of the states before and after every block
 * @param norm of the final norm
 * @param logits of the logits
 */
public record GoldenDifferences(double hidden, double norm, double logits) {
    /** The largest of all. */
    public double largest() {
        return Math.max(hidden, Math.max(norm, logits));
    }

    /** What a sweep computed against what is stored. */
    public static GoldenDifferences of(GoldenForward golden, SweptStates swept) {
        int sequences = swept.tree().tokens().sequences();
        int length = swept.tree().tokens().tokens();
        int states = swept.hiddenStates().length;
        double[] hidden = golden.values("hidden_states");
        int block = hidden.length / states;
        double worst = 0;
        for (int l = 0; l < states; l++) {
            int layer = l;
            worst = Math.max(
                    worst,
                    IntStream.range(0, sequences * length)
                            .mapToDouble(i -> difference(
                                    swept.state(layer, i / length, i % length),
                                    hidden,
                                    layer * block + i * (block / (sequences * length))))
                            .max()
                            .orElseThrow());
        }
        return new GoldenDifferences(
                worst,
                largest(swept, swept.finalNorm(), golden.values("final_norm")),
                largest(swept, swept.logits(), golden.values("logits")));
    }

    private static double largest(SweptStates swept, float[] computed, double[] stored) {
        int length = swept.tree().tokens().tokens();
        int rows = swept.tree().tokens().sequences() * length;
        int width = stored.length / rows;
        return IntStream.range(0, rows)
                .mapToDouble(i -> difference(swept.row(computed, i / length, i % length), stored, i * width))
                .max()
                .orElseThrow();
    }

    /** Largest difference of a row from the stored values; infinite when one is NaN. */
    private static double difference(double[] row, double[] stored, int from) {
        double worst = 0;
        for (int i = 0; i < row.length; i++) {
            double difference = Math.abs(row[i] - stored[from + i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        return worst;
    }
}
