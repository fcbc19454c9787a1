package org.ieengine.cli.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How well a model predicts the next token on the sequences of a point, and what its blocks' states of the whole sequence tell of
 * it beyond those of the last token alone (P). Information in bits.
 *
 * @param crossEntropy bits a token
 * @param se its standard error over sequences
 * @param perplexity 2 to the cross-entropy
 * @param top1 share of tokens that were the most probable one
 * @param blocks P by block and position
 */
public record Prediction(double crossEntropy, double se, double perplexity, double top1, List<Block> blocks) {
    /** Keeps the order. */
    public Prediction {
        blocks = List.copyOf(blocks);
    }

    /**
     * P of one block at one position.
     *
     * @param layer block
     * @param position end of the sequence before the token that is predicted
     * @param bits P
     * @param se its standard error over sequences
     */
    public record Block(int layer, int position, double bits, double se) {}

    /** Those of a document of results by control, empty for the model itself; without those that were not measured. */
    static Map<String, Prediction> of(JsonNode results) {
        Map<String, Prediction> all = new LinkedHashMap<>();
        add(all, "", results);
        results.path("controls").properties().forEach(control -> add(all, control.getKey(), control.getValue()));
        return all;
    }

    private static void add(Map<String, Prediction> all, String control, JsonNode measured) {
        JsonNode prediction = measured.path("prediction");
        if (!prediction.isObject()) {
            return;
        }
        List<Block> blocks = new ArrayList<>();
        for (JsonNode block : prediction.path("blocks")) {
            blocks.add(new Block(
                    block.path("layer").asInt(),
                    block.path("position").asInt(),
                    block.path("predictive_bits").asDouble(Double.NaN),
                    block.path("se").asDouble(Double.NaN)));
        }
        all.put(
                control,
                new Prediction(
                        prediction.path("cross_entropy_bits").asDouble(Double.NaN),
                        prediction.path("se").asDouble(Double.NaN),
                        prediction.path("perplexity").asDouble(Double.NaN),
                        prediction.path("top1").asDouble(Double.NaN),
                        blocks));
    }

    /** P of a block at the last position that has a next token; NaN where it was not measured. */
    public double last(int layer) {
        double bits = Double.NaN;
        int position = -1;
        for (Block block : blocks) {
            if (block.layer == layer && block.position > position) {
                position = block.position;
                bits = block.bits;
            }
        }
        return bits;
    }
}
