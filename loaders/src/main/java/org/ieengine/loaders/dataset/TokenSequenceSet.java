package org.ieengine.loaders.dataset;

import java.util.Arrays;
import org.ieengine.loaders.text.SplitMix64;

/** Token sequences of one length, each once: the ids in one array, found through an open-addressing table of their numbers. */
final class TokenSequenceSet {
    private final int tokens;
    private int[] ids;
    private int[] table = new int[1 << 10];
    private int count;

    TokenSequenceSet(int tokens) {
        this.tokens = tokens;
        this.ids = new int[Math.multiplyExact(tokens, 256)];
    }

    /** Adds a sequence; false when it is there already. */
    boolean add(int[] sequence) {
        if (2L * (count + 1) > table.length) {
            rehash();
        }
        int slot = slot(sequence, 0);
        while (table[slot] != 0) {
            int from = (table[slot] - 1) * tokens;
            if (Arrays.equals(ids, from, from + tokens, sequence, 0, tokens)) {
                return false;
            }
            slot = (slot + 1) & (table.length - 1);
        }
        if ((count + 1) * (long) tokens > ids.length) {
            ids = Arrays.copyOf(ids, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * ids.length));
        }
        System.arraycopy(sequence, 0, ids, count * tokens, tokens);
        table[slot] = ++count;
        return true;
    }

    /** Number of sequences. */
    int count() {
        return count;
    }

    private void rehash() {
        table = new int[2 * table.length];
        for (int i = 0; i < count; i++) {
            int slot = slot(ids, i * tokens);
            while (table[slot] != 0) {
                slot = (slot + 1) & (table.length - 1);
            }
            table[slot] = i + 1;
        }
    }

    private int slot(int[] source, int from) {
        long state = 0;
        for (int i = from; i < from + tokens; i++) {
            state = new SplitMix64(state ^ source[i]).next();
        }
        return (int) (state >>> 32) & (table.length - 1);
    }
}
