package org.ieengine.loaders.text;

import java.util.Arrays;

/**
 * Token ids of N sequences of equal length, shape [N, T], row-major.
 *
 * @param ids the ids, N * T of them; not copied, not to be changed
 * @param sequences N
 * @param tokens T
 */
public record TokenMatrix(int[] ids, int sequences, int tokens) {
    /** Checks that the ids fill the shape. */
    public TokenMatrix {
        if (tokens < 1 || sequences < 0 || (long) sequences * tokens != ids.length) {
            throw new IllegalArgumentException(ids.length + " ids do not fill [" + sequences + ", " + tokens + "]");
        }
    }

    /** Id at one position of one sequence. */
    public int id(int sequence, int position) {
        return ids[sequence * tokens + position];
    }

    /** A copy of one sequence, shape [T]. */
    public int[] sequence(int sequence) {
        return Arrays.copyOfRange(ids, sequence * tokens, (sequence + 1) * tokens);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenMatrix that
                && sequences == that.sequences
                && tokens == that.tokens
                && Arrays.equals(ids, that.ids);
    }

    @Override
    public int hashCode() {
        return 31 * tokens + Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
        return "TokenMatrix[" + sequences + ", " + tokens + "]";
    }
}
