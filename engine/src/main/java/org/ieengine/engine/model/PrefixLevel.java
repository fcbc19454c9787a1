package org.ieengine.engine.model;

/**
 * The nodes of a {@link PrefixTree} at one position, M of them, in the order of their rows: the exact symbols of the states at
 * that position from block 1 on, with how often each occurs.
 *
 * @param position position at which the prefixes end
 * @param rows [M] row of the residual stream, ascending
 * @param counts [M] how many of the N sequences begin with the prefix; they sum to N
 * @param tokenIds [M] last token id of the prefix
 * @param parents [M] row of the prefix one token shorter; -1 at position 0
 */
public record PrefixLevel(int position, int[] rows, int[] counts, int[] tokenIds, int[] parents) {
    /** Number of nodes M. */
    public int size() {
        return rows.length;
    }
}
