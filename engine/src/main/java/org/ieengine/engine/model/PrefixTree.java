package org.ieengine.engine.model;

import java.util.Arrays;
import java.util.BitSet;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * The distinct prefixes of N sequences of T tokens, as a tree. A node is one distinct prefix: its row in the residual stream
 * [P, d], and the exact symbol of the state that a transformer computes from it. Distinct sequences are put in lexicographic
 * order; rows are numbered depth first in that order, so a sequence owns consecutive rows, those of the positions from which on
 * it differs from its predecessor.
 *
 * <p>Nodes are not stored: a distinct sequence keeps its first own position and row, 20 bytes, and the levels of the tree are
 * read off these in one pass over the distinct sequences each. P is at most N * T, which a {@link TokenMatrix} bounds by 2^31 - 1.
 */
public final class PrefixTree {
    private final TokenMatrix tokens;

    /** [N] distinct sequence, in lexicographic order, that an input sequence is. */
    private final int[] distinctOf;

    /** [S] input sequence that shows a distinct one first. */
    private final int[] firstInput;

    /** [S] how often it occurs. */
    private final int[] multiplicity;

    /** [S] first position that it owns: the length of the prefix that it shares with its predecessor. */
    private final int[] firstPosition;

    /** [S + 1] row of that position; the last entry is P. */
    private final int[] firstRow;

    /**
     * Sorts the sequences and finds what they share.
     *
     * @param tokens token ids, shape [N, T]; kept, not copied
     * @throws IllegalArgumentException for no sequences or a negative token id
     */
    public PrefixTree(TokenMatrix tokens) {
        if (tokens.sequences() == 0) {
            throw new IllegalArgumentException("a prefix tree of no sequences");
        }
        this.tokens = tokens;
        PrefixOrder sorted = PrefixOrder.of(tokens);
        int[] order = sorted.order();
        int[] shared = sorted.shared();
        int length = tokens.tokens();
        int distinct = 0;
        for (int prefix : shared) {
            distinct += prefix < length ? 1 : 0;
        }
        distinctOf = new int[order.length];
        firstInput = new int[distinct];
        multiplicity = new int[distinct];
        firstPosition = new int[distinct];
        firstRow = new int[distinct + 1];
        int sequence = -1;
        for (int i = 0; i < order.length; i++) {
            if (shared[i] < length) {
                sequence++;
                firstInput[sequence] = order[i];
                firstPosition[sequence] = shared[i];
                firstRow[sequence + 1] = firstRow[sequence] + length - shared[i];
            }
            distinctOf[order[i]] = sequence;
            multiplicity[sequence]++;
        }
    }

    /**
     * The distinct token ids of all positions as sequences of length one: the micro states. Row i is the i-th smallest id; every
     * multiplicity is one.
     */
    public static PrefixTree ofSingleTokens(TokenMatrix tokens) {
        BitSet present = new BitSet();
        for (int id : tokens.ids()) {
            if (id < 0) {
                throw new IllegalArgumentException("token id " + id + " is negative");
            }
            present.set(id);
        }
        int[] ids = present.stream().toArray();
        return new PrefixTree(new TokenMatrix(ids, ids.length, 1));
    }

    /** The sequences that it was made from, shape [N, T]. */
    public TokenMatrix tokens() {
        return tokens;
    }

    /** Number of nodes P, which is the number of rows of the residual stream. */
    public int rows() {
        return firstRow[firstRow.length - 1];
    }

    /** Number of distinct sequences S. */
    public int distinctSequences() {
        return firstInput.length;
    }

    /** How often the distinct sequence of that number, in lexicographic order, occurs among the N. */
    public int multiplicity(int distinctSequence) {
        return multiplicity[distinctSequence];
    }

    /** The position, 0 to T - 1, at which a node's prefix ends. */
    public int position(int row) {
        int sequence = ownerOf(row);
        return firstPosition[sequence] + row - firstRow[sequence];
    }

    /** The last token id of a node's prefix. */
    public int tokenId(int row) {
        int sequence = ownerOf(row);
        return tokens.id(firstInput[sequence], firstPosition[sequence] + row - firstRow[sequence]);
    }

    /** Number, among the N, of the first sequence in the input whose prefix the node is. */
    public int inputSequence(int row) {
        int sequence = ownerOf(row);
        int position = firstPosition[sequence] + row - firstRow[sequence];
        int first = firstInput[sequence];
        for (int next = sequence + 1; next < firstInput.length && firstPosition[next] > position; next++) {
            first = Math.min(first, firstInput[next]);
        }
        return first;
    }

    /**
     * Row of the node that input sequence {@code sequence} passes at a position. Walks back over the sequences that share the
     * prefix; for all sequences at once use {@link #nodes(int)}.
     */
    public int node(int position, int sequence) {
        checkPosition(position);
        int owner = distinctOf[sequence];
        while (firstPosition[owner] > position) {
            owner--;
        }
        return firstRow[owner] + position - firstPosition[owner];
    }

    /** Rows of the nodes that the N input sequences pass at a position, in input order, shape [N]. */
    public int[] nodes(int position) {
        checkPosition(position);
        int[] rowOf = new int[firstInput.length];
        for (int sequence = 0; sequence < rowOf.length; sequence++) {
            boolean owns = firstPosition[sequence] <= position;
            rowOf[sequence] = owns ? firstRow[sequence] + position - firstPosition[sequence] : rowOf[sequence - 1];
        }
        int[] rows = new int[distinctOf.length];
        Arrays.setAll(rows, input -> rowOf[distinctOf[input]]);
        return rows;
    }

    /** The nodes whose prefixes end at a position, in the order of their rows. */
    public PrefixLevel level(int position) {
        checkPosition(position);
        int nodes = 0;
        for (int first : firstPosition) {
            nodes += first <= position ? 1 : 0;
        }
        int[] rows = new int[nodes];
        int[] counts = new int[nodes];
        int[] tokenIds = new int[nodes];
        int[] parents = new int[nodes];
        int node = -1;
        int parent = -1;
        for (int sequence = 0; sequence < firstInput.length; sequence++) {
            int first = firstPosition[sequence];
            if (first < position) {
                parent = firstRow[sequence] + position - 1 - first;
            }
            if (first <= position) {
                node++;
                rows[node] = firstRow[sequence] + position - first;
                tokenIds[node] = tokens.id(firstInput[sequence], position);
                parents[node] = parent;
            }
            counts[node] += multiplicity[sequence];
        }
        return new PrefixLevel(position, rows, counts, tokenIds, parents);
    }

    /** The distinct token ids at a position, ascending, and how many of the N sequences have each there. */
    public TokenCounts tokensAt(int position) {
        checkPosition(position);
        int[] column = new int[tokens.sequences()];
        Arrays.setAll(column, sequence -> tokens.id(sequence, position));
        return TokenCounts.of(column);
    }

    /**
     * The micro-batches of a sweep, in order, each at most {@code maxRows} rows; the rows of a sequence are never split. Every
     * batch holds memory of the backend until it is closed.
     *
     * @throws IllegalArgumentException when maxRows is less than T
     */
    public Iterable<ResidualBatch> batches(int maxRows, Backend backend) {
        if (maxRows < tokens.tokens()) {
            throw new IllegalArgumentException(
                    "batches of " + maxRows + " rows cannot hold a sequence of " + tokens.tokens() + " tokens");
        }
        return () -> new ResidualBatches(this, maxRows, backend);
    }

    int firstInput(int distinctSequence) {
        return firstInput[distinctSequence];
    }

    int firstPosition(int distinctSequence) {
        return firstPosition[distinctSequence];
    }

    int firstRow(int distinctSequence) {
        return firstRow[distinctSequence];
    }

    private int ownerOf(int row) {
        if (row < 0 || row >= rows()) {
            throw new IndexOutOfBoundsException("row " + row + " of " + rows());
        }
        // Every sequence owns at least one row, so the entries of firstRow are distinct.
        int found = Arrays.binarySearch(firstRow, row);
        return found >= 0 ? found : -found - 2;
    }

    private void checkPosition(int position) {
        if (position < 0 || position >= tokens.tokens()) {
            throw new IndexOutOfBoundsException("position " + position + " of " + tokens.tokens());
        }
    }
}
