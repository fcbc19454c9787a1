package org.ieengine.engine.tensor;

/**
 * One micro-batch of sequences in lexicographic order, in which every distinct prefix is one row: a sequence owns the rows of the
 * positions from which on it differs from its predecessor, and shares those before. R rows belong to this batch, laid out
 * sequence after sequence, position after position. Keys and values of shared prefixes that an earlier batch computed are carried
 * over: the key/value memory of a batch has {@code tokens} carried rows (row p: position p of the last sequence of the batch
 * before) followed by the R rows of its own. In the first batch nothing points to the carried rows.
 *
 * @param sequences B
 * @param tokens T
 * @param rows R, at most B * T
 * @param tokenIds [R] token id of each row
 * @param positions [R] position of each row, 0 to T - 1
 * @param firstPosition [B] first position that the sequence owns; T when it owns none
 * @param firstRow [B] row of that position
 * @param path [B * T] row of the key/value memory that holds position p of sequence b: p itself when carried over,
 *     T + row otherwise
 * @param lastPath [T] the path of the last sequence, once more: the rows of the key/value memory that the next batch carries over
 */
public record PrefixBatch(
        int sequences,
        int tokens,
        int rows,
        Indices tokenIds,
        Indices positions,
        Indices firstPosition,
        Indices firstRow,
        Indices path,
        Indices lastPath)
        implements AutoCloseable {
    @Override
    public void close() {
        tokenIds.close();
        positions.close();
        firstPosition.close();
        firstRow.close();
        path.close();
        lastPath.close();
    }
}
