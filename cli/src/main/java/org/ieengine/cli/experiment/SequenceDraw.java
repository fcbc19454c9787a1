package org.ieengine.cli.experiment;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.loaders.text.TokenMatrix;

/** Fewer of some sequences, so that texts and models are compared at equal N. */
public final class SequenceDraw {
    /** "DRAW": apart from the purposes of the estimators. */
    private static final int PURPOSE = 0x44524157;

    private SequenceDraw() {}

    /**
     * At most that many of the sequences, every choice equally likely, in their order.
     *
     * @param count at least 1
     */
    public static TokenMatrix of(TokenMatrix tokens, int count, long seed) {
        if (count >= tokens.sequences()) {
            return tokens;
        }
        int[] order = IntStream.range(0, tokens.sequences()).toArray();
        new Philox(seed, PURPOSE, 0, 0, 0).shuffle(order);
        int[] chosen = Arrays.copyOf(order, count);
        Arrays.sort(chosen);
        int length = tokens.tokens();
        int[] ids = new int[count * length];
        for (int i = 0; i < count; i++) {
            System.arraycopy(tokens.ids(), chosen[i] * length, ids, i * length, length);
        }
        return new TokenMatrix(ids, count, length);
    }

    /** The sequences with a token put before each, shape [N, T + 1]. */
    public static TokenMatrix withFirst(TokenMatrix tokens, int id) {
        int length = tokens.tokens() + 1;
        int[] ids = new int[tokens.sequences() * length];
        for (int i = 0; i < tokens.sequences(); i++) {
            ids[i * length] = id;
            System.arraycopy(tokens.ids(), i * (length - 1), ids, i * length + 1, length - 1);
        }
        return new TokenMatrix(ids, tokens.sequences(), length);
    }
}
