package org.ieengine.engine.ie;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The key {@code prediction} of {@code results.json}. */
final class NextTokenJson {
    private NextTokenJson() {}

    /** Puts the object, or null where nothing was predicted. */
    static void put(ObjectNode target, NextTokenPrediction prediction) {
        if (prediction == null) {
            target.putNull("prediction");
            return;
        }
        ObjectNode node = target.putObject("prediction")
                .put("sequences", prediction.sequences())
                .put("targets", prediction.targets());
        NumberNodes.put(node, "cross_entropy_bits", prediction.crossEntropyBits());
        NumberNodes.put(node, "se", prediction.se());
        NumberNodes.put(node, "perplexity", prediction.perplexity());
        NumberNodes.put(node, "top1", prediction.top1());
        NumberNodes.put(node, "top1_se", prediction.top1Se());
        ArrayNode positions = node.putArray("positions");
        for (NextTokenPrediction.AtPosition position : prediction.positions()) {
            ObjectNode at = positions.addObject().put("position", position.position());
            NumberNodes.put(at, "cross_entropy_bits", position.crossEntropyBits());
            NumberNodes.put(at, "top1", position.top1());
        }
        putBlocks(node.putArray("blocks"), prediction.blocks());
        putBlocks(node.putArray("mean_blocks"), prediction.meanBlocks());
    }

    private static void putBlocks(ArrayNode array, List<NextTokenPrediction.OfBlock> blocks) {
        for (NextTokenPrediction.OfBlock block : blocks) {
            ObjectNode node = array.addObject().put("layer", block.layer());
            if (block.position() >= 0) {
                node.put("position", block.position());
            }
            NumberNodes.put(node, "predictive_bits", block.predictiveBits());
            NumberNodes.put(node, "se", block.se());
            NumberNodes.put(node, "macro_ce_bits", block.macroCeBits());
            NumberNodes.put(node, "micro_ce_bits", block.microCeBits());
        }
    }
}
