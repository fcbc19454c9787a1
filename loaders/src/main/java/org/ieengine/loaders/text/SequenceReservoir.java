package org.ieengine.loaders.text;

import java.util.Arrays;

/**
 * At most N of the sequences offered, every subset of N equally likely (reservoir sampling, algorithm R of Vitter 1985), in the
 * order in which they were offered. Memory is bounded by N sequences, however many are offered; the same seed and the same
 * offers keep the same ones.
 */
public final class SequenceReservoir {
    private static final int SLOT_BITS = 31;

    private final int tokens;
    private final long limit;
    private final SplitMix64 random;
    private int[] ids = new int[0];
    private long[] ranks = new long[0];
    private int kept;
    private long offered;

    /**
     * An empty one.
     *
     * @param tokens T
     * @param limit N; {@link SequenceSettings#ALL} for no limit
     * @param seed decides which ones are kept
     */
    public SequenceReservoir(int tokens, long limit, long seed) {
        this.tokens = tokens;
        this.limit = limit;
        this.random = new SplitMix64(seed);
    }

    /** Largest number of sequences of this length that one array can hold. */
    public static long capacity(int tokens) {
        return (Integer.MAX_VALUE - 8L) / tokens;
    }

    /**
     * Offers one sequence: {@code prefix} (where it is not negative) and then {@code source[from ...]}.
     *
     * @return false when it had to be kept and there is no room for it in one array
     */
    public boolean offer(int prefix, int[] source, int from) {
        long rank = offered++;
        long slot = rank < limit ? rank : random.below(offered);
        if (slot >= limit) {
            return true;
        }
        if (slot == kept) {
            if (kept == capacity(tokens)) {
                return false;
            }
            grow();
            kept++;
        }
        int target = (int) slot * tokens;
        int textTokens = tokens;
        if (prefix >= 0) {
            ids[target++] = prefix;
            textTokens--;
        }
        System.arraycopy(source, from, ids, target, textTokens);
        ranks[(int) slot] = rank;
        return true;
    }

    private void grow() {
        if (kept < ranks.length) {
            return;
        }
        long wanted = Math.min(Math.min(Math.max(64, 2L * kept), limit), capacity(tokens));
        ranks = Arrays.copyOf(ranks, (int) wanted);
        ids = Arrays.copyOf(ids, (int) wanted * tokens);
    }

    /** Number of sequences offered. */
    public long offered() {
        return offered;
    }

    /** The sequences kept, in the order in which they were offered. */
    public TokenMatrix take() {
        int[] ordered;
        if (offered <= limit) {
            ordered = ids.length == kept * tokens ? ids : Arrays.copyOf(ids, kept * tokens);
        } else {
            ordered = inOrderOfRank();
        }
        return new TokenMatrix(ordered, kept, tokens);
    }

    private int[] inOrderOfRank() {
        long[] rankAndSlot = new long[kept];
        for (int slot = 0; slot < kept; slot++) {
            rankAndSlot[slot] = ranks[slot] << SLOT_BITS | slot;
        }
        Arrays.sort(rankAndSlot);
        int[] ordered = new int[kept * tokens];
        for (int row = 0; row < kept; row++) {
            int slot = (int) (rankAndSlot[row] & Integer.MAX_VALUE);
            System.arraycopy(ids, slot * tokens, ordered, row * tokens, tokens);
        }
        return ordered;
    }
}
