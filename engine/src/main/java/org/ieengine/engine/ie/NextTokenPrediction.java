package org.ieengine.engine.ie;

import java.util.List;

/**
 * How well next tokens are predicted. Cross-entropies in bits a token, -log2 of the probability of the token that really comes
 * next, mean over sequences; deviations are standard errors over sequences, NaN for fewer than two.
 *
 * <p>By block l and position t the predictive information P(l, t) = CE(head(norm(h[l+1] of token t alone))) -
 * CE(head(norm(h[l+1] of the sequence at t))): bits about the next token that the state of the whole sequence holds beyond that of
 * its last token alone, both read through the model's own final norm and head (the reading known as the logit lens). It bounds no
 * mutual information, and is below 0 where the context misleads.
 *
 * @param sequences M, drawn from those of the run
 * @param targets M times the positions that have a next token
 * @param crossEntropyBits of the model itself, mean over sequences and positions
 * @param se its standard error
 * @param perplexity 2 to the power of the cross-entropy
 * @param top1 share of next tokens that are the first guess
 * @param top1Se its standard error
 * @param positions the model's numbers by position, ascending
 * @param blocks by block and position, ascending
 * @param meanBlocks by block, mean over positions; their position is -1
 */
public record NextTokenPrediction(
        int sequences,
        int targets,
        double crossEntropyBits,
        double se,
        double perplexity,
        double top1,
        double top1Se,
        List<AtPosition> positions,
        List<OfBlock> blocks,
        List<OfBlock> meanBlocks) {
    /** Keeps the order. */
    public NextTokenPrediction {
        positions = List.copyOf(positions);
        blocks = List.copyOf(blocks);
        meanBlocks = List.copyOf(meanBlocks);
    }

    /**
     * The model itself at one position.
     *
     * @param position t; the token at t + 1 is predicted
     * @param crossEntropyBits mean over sequences
     * @param top1 share of next tokens that are the first guess
     */
    public record AtPosition(int position, double crossEntropyBits, double top1) {}

    /**
     * What the states after one block hold.
     *
     * @param layer block l
     * @param position t, or -1 for the mean over positions
     * @param predictiveBits P(l, t), micro less macro
     * @param se standard error of the paired difference
     * @param macroCeBits cross-entropy from the state of the whole sequence
     * @param microCeBits cross-entropy from the state of its last token fed alone
     */
    public record OfBlock(
            int layer, int position, double predictiveBits, double se, double macroCeBits, double microCeBits) {}

    /** The last position that has a next token: where P(l) is shown. */
    public int lastPosition() {
        return positions.get(positions.size() - 1).position();
    }

    /** P by block at the last position that has a next token. */
    public List<OfBlock> leading() {
        int last = lastPosition();
        return blocks.stream().filter(block -> block.position() == last).toList();
    }
}
