package org.ieengine.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.TreeSet;

/**
 * How well next tokens are predicted: the key {@code prediction} of the run itself or of a control.
 *
 * @param name what was measured, as the page calls it
 * @param sequences M
 * @param crossEntropy bits a token of the model itself, with its standard error
 * @param perplexity 2 to the power of it
 * @param top1 share of next tokens that are the first guess
 * @param blocks by block and position
 * @param meanBlocks by block, mean over positions
 */
record Prediction(
        String name,
        double sequences,
        Value crossEntropy,
        double perplexity,
        double top1,
        List<Block> blocks,
        List<Block> meanBlocks) {
    /** A value in bits and its standard error. */
    record Value(double bits, double se) {}

    /** The states after one block at one position (-1 for the mean of all). */
    record Block(int layer, int position, Value predictive, double macro, double micro) {
        private static Block read(JsonNode node) {
            return new Block(
                    JsonFields.index(node, "layer"),
                    JsonFields.index(node, "position"),
                    new Value(JsonFields.number(node, "predictive_bits"), JsonFields.number(node, "se")),
                    JsonFields.number(node, "macro_ce_bits"),
                    JsonFields.number(node, "micro_ce_bits"));
        }
    }

    /** Reads the document or the part of it that holds a control; null where nothing was predicted. */
    static Prediction read(String name, JsonNode part) {
        JsonNode node = part.path("prediction");
        if (!node.isObject()) {
            return null;
        }
        return new Prediction(
                name,
                JsonFields.number(node, "sequences"),
                new Value(JsonFields.number(node, "cross_entropy_bits"), JsonFields.number(node, "se")),
                JsonFields.number(node, "perplexity"),
                JsonFields.number(node, "top1"),
                JsonFields.list(node.path("blocks"), Block::read),
                JsonFields.list(node.path("mean_blocks"), Block::read));
    }

    /** Blocks that were read, ascending. */
    List<Integer> layers() {
        return List.copyOf(new TreeSet<>(blocks.stream().map(Block::layer).toList()));
    }

    /** Positions that have a next token, ascending. */
    List<Integer> positions() {
        return List.copyOf(new TreeSet<>(blocks.stream().map(Block::position).toList()));
    }

    /** The blocks at one position, ascending. */
    List<Block> at(int position) {
        return blocks.stream().filter(block -> block.position() == position).toList();
    }
}
