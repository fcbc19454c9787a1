package org.ieengine.engine.model;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.PrefixBatch;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * Cuts the distinct sequences of a prefix tree into micro-batches: as many consecutive ones as own at most {@code maxRows} rows.
 * Where long prefixes are shared by many, a batch is closed earlier, so that its paths (B * T entries) stay small beside its
 * states.
 */
final class ResidualBatches implements Iterator<ResidualBatch> {
    /** 64 bytes a row; a row of the narrowest model's states and workspace takes thousands. */
    private static final int PATH_ENTRIES_PER_ROW = 16;

    private final PrefixTree tree;
    private final TokenMatrix tokens;
    private final int maxRows;
    private final Backend backend;

    /** [T] row, in the whole residual stream, of each position of the last sequence handed out. */
    private final int[] lastRows;

    private int next;

    ResidualBatches(PrefixTree tree, int maxRows, Backend backend) {
        this.tree = tree;
        this.tokens = tree.tokens();
        this.maxRows = maxRows;
        this.backend = backend;
        this.lastRows = new int[tokens.tokens()];
    }

    @Override
    public boolean hasNext() {
        return next < tree.distinctSequences();
    }

    @Override
    public ResidualBatch next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all " + next + " sequences have been handed out");
        }
        int from = next;
        next = endOfBatch(from);
        return new ResidualBatch(tree.firstRow(from), layOut(from, next));
    }

    private int endOfBatch(int from) {
        long mostSequences = Math.max(1, (long) PATH_ENTRIES_PER_ROW * maxRows / tokens.tokens());
        int to = from + 1;
        while (to < tree.distinctSequences()
                && to - from < mostSequences
                && tree.firstRow(to + 1) - tree.firstRow(from) <= maxRows) {
            to++;
        }
        return to;
    }

    private PrefixBatch layOut(int from, int to) {
        int length = tokens.tokens();
        int base = tree.firstRow(from);
        int rows = tree.firstRow(to) - base;
        int[] tokenIds = new int[rows];
        int[] positions = new int[rows];
        int[] firstPosition = new int[to - from];
        int[] firstRow = new int[to - from];
        int[] path = new int[Math.multiplyExact(to - from, length)];
        int[] lastPath = new int[length];
        for (int sequence = from; sequence < to; sequence++) {
            int first = tree.firstPosition(sequence);
            int ownRow = tree.firstRow(sequence);
            firstPosition[sequence - from] = first;
            firstRow[sequence - from] = ownRow - base;
            for (int position = first; position < length; position++) {
                int row = ownRow - base + position - first;
                tokenIds[row] = tokens.id(tree.firstInput(sequence), position);
                positions[row] = position;
                lastRows[position] = ownRow + position - first;
            }
            for (int position = 0; position < length; position++) {
                boolean carried = lastRows[position] < base;
                lastPath[position] = carried ? position : length + lastRows[position] - base;
            }
            System.arraycopy(lastPath, 0, path, (sequence - from) * length, length);
        }
        return new PrefixBatch(
                to - from,
                length,
                rows,
                backend.indices(tokenIds),
                backend.indices(positions),
                backend.indices(firstPosition),
                backend.indices(firstRow),
                backend.indices(path),
                backend.indices(lastPath));
    }
}
