package org.ieengine.engine.ie;

import java.util.Arrays;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * The shuffled control: the same tokens in each sequence, in random order. Equal sequences are shuffled alike, whatever their
 * place in the input, so that repeats stay repeats; a beginning-of-sequence token stays where it is.
 */
final class TokenShuffle {
    /** "SHUF": apart from the purposes of the estimators. */
    private static final int PURPOSE = 0x53485546;

    private TokenShuffle() {}

    /**
     * Shuffled copies of the sequences.
     *
     * @param bos whether position 0 stays
     */
    static TokenMatrix of(PrefixTree sequences, boolean bos, long seed) {
        TokenMatrix tokens = sequences.tokens();
        int length = tokens.tokens();
        int[] lastRows = sequences.nodes(length - 1);
        int[] ids = new int[tokens.ids().length];
        int first = bos ? 1 : 0;
        for (int sequence = 0; sequence < tokens.sequences(); sequence++) {
            int[] original = tokens.sequence(sequence);
            int[] moved = Arrays.copyOfRange(original, first, length);
            new Philox(seed, PURPOSE, 0, 0, lastRows[sequence]).shuffle(moved);
            System.arraycopy(original, 0, ids, sequence * length, first);
            System.arraycopy(moved, 0, ids, sequence * length + first, moved.length);
        }
        return new TokenMatrix(ids, tokens.sequences(), length);
    }
}
