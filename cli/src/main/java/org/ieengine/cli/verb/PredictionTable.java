package org.ieengine.cli.verb;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.output.Figures;
import org.ieengine.engine.ie.NextTokenPrediction;

/**
 * What is printed of predicted next tokens once a run has ended: a line of cross-entropy, perplexity and top-1 for the model and each
 * control, then their predictive information by block.
 */
final class PredictionTable {
    private static final String GAP = "   ";
    private static final int RUN = 9;
    private static final int VALUE = 14;

    private PredictionTable() {}

    /** The lines; none when nothing was predicted. */
    static String of(Map<String, NextTokenPrediction> byControl) {
        if (byControl.isEmpty()) {
            return "";
        }
        NextTokenPrediction any = byControl.values().iterator().next();
        StringBuilder text = new StringBuilder("\n");
        text.append(line(
                left("run", RUN),
                right("cross-entropy", VALUE),
                right("perplexity", 10),
                right("top-1", 7),
                "(" + Figures.count(any.targets()) + " next tokens of " + Figures.count(any.sequences())
                        + " sequences, bits a token)"));
        byControl.forEach((control, prediction) -> text.append(line(
                left(name(control), RUN),
                right(deviating(prediction.crossEntropyBits(), prediction.se()), VALUE),
                right(Figures.decimals(prediction.perplexity(), 1), 10),
                right(Figures.percent(prediction.top1()), 7))));
        List<String> heading = new ArrayList<>(List.of("block"));
        byControl.keySet().forEach(control -> heading.add(right(byControl.size() == 1 ? "P" : name(control), VALUE)));
        heading.add("(predictive information P at position " + any.lastPosition() + ", bits)");
        text.append("\n").append(line(heading.toArray(String[]::new)));
        for (int i = 0; i < any.leading().size(); i++) {
            List<String> cells = new ArrayList<>();
            cells.add(right(Integer.toString(any.leading().get(i).layer()), 5));
            for (NextTokenPrediction prediction : byControl.values()) {
                NextTokenPrediction.OfBlock block = prediction.leading().get(i);
                cells.add(right(deviating(block.predictiveBits(), block.se()), VALUE));
            }
            text.append(line(cells.toArray(String[]::new)));
        }
        return text.toString();
    }

    private static String name(String control) {
        return control.isEmpty() ? "model" : control;
    }

    private static String deviating(double bits, double error) {
        return Figures.bits(bits) + (Double.isFinite(error) ? " ± " + Figures.bits(error) : "");
    }

    private static String line(String... cells) {
        return String.join(GAP, cells).stripTrailing() + "\n";
    }

    private static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    private static String left(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
