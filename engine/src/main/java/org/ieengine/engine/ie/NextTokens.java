package org.ieengine.engine.ie;

import java.util.Arrays;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.tensor.Philox;

/**
 * The next tokens that a run predicts: those of M of its N sequences, drawn without replacement, after each of the positions
 * 0 to P - 1. Read from the state of the whole prefix (macro) and from that of its last token fed alone (micro). Sequences are the
 * same at every block, and in every control but for the order of their tokens.
 */
final class NextTokens {
    /** "NEXT": apart from the purposes of the estimators. */
    private static final int PURPOSE = 0x4E455854;

    /** Next tokens by the rule, and the fewest and most sequences that they are taken from. */
    private static final int TARGETS = 16_384;

    private static final int FEWEST = 16;
    private static final int MOST = 2048;

    private final int sequences;
    private final int positions;
    private final int lastLayer;
    private final Pairs macro;
    private final Pairs micro;

    /**
     * Pairs of a row of a stream and the token that comes next, each once, in the order of their rows.
     *
     * @param rows [pairs] ascending
     * @param targets [pairs] token ids
     * @param pairOf [M * P] pair of each position of each sequence, position by position within a sequence; -1 for none
     */
    record Pairs(int[] rows, int[] targets, int[] pairOf) {
        /** Number of different rows. */
        int distinctRows() {
            return (int) Arrays.stream(rows).distinct().count();
        }

        /** As given, sorted, repeats left out. */
        private static Pairs of(int[] row, int[] target) {
            long[] all = new long[row.length];
            Arrays.setAll(all, i -> (long) row[i] << 32 | target[i]);
            long[] distinct = Arrays.stream(all)
                    .filter(pair -> pair >= 0)
                    .sorted()
                    .distinct()
                    .toArray();
            int[] pairOf = new int[all.length];
            Arrays.setAll(pairOf, i -> all[i] < 0 ? -1 : Arrays.binarySearch(distinct, all[i]));
            return new Pairs(
                    Arrays.stream(distinct)
                            .mapToInt(pair -> (int) (pair >>> 32))
                            .toArray(),
                    Arrays.stream(distinct).mapToInt(pair -> (int) pair).toArray(),
                    pairOf);
        }
    }

    /**
     * Finds the pairs.
     *
     * @param drawn which sequences, from {@link #draw}
     * @param positions P, below the length of the sequences
     * @param lastLayer the last block of the model
     */
    NextTokens(PairSource pairs, int[] drawn, int positions, int lastLayer) {
        this.sequences = drawn.length;
        this.positions = positions;
        this.lastLayer = lastLayer;
        PrefixTree tree = pairs.sequences();
        int[] macroRow = new int[drawn.length * positions];
        int[] microRow = new int[macroRow.length];
        int[] target = new int[macroRow.length];
        for (int position = 0; position < positions; position++) {
            int[] nodes = tree.nodes(position);
            for (int i = 0; i < drawn.length; i++) {
                int at = i * positions + position;
                macroRow[at] = nodes[drawn[i]];
                // A beginning-of-sequence token alone is the prefix itself, and is not among the tokens fed alone.
                microRow[at] = pairs.isBeginning(position)
                        ? -1
                        : pairs.microRow(tree.tokens().id(drawn[i], position));
                target[at] = tree.tokens().id(drawn[i], position + 1);
            }
        }
        this.macro = Pairs.of(macroRow, target);
        this.micro = Pairs.of(microRow, target);
    }

    /**
     * How many sequences are taken.
     *
     * @param wanted the setting: {@link MeasureSettings#PREDICTION_OFF}, {@link MeasureSettings#PREDICTION_BY_RULE} or a number
     * @param sequences N
     * @param positions P; 0 where there is nothing to predict
     * @return M, 0 for off
     */
    static int count(int wanted, int sequences, int positions) {
        if (wanted == MeasureSettings.PREDICTION_OFF || positions == 0) {
            return 0;
        }
        int rule = Math.max(FEWEST, Math.min(MOST, TARGETS / positions));
        return Math.min(sequences, wanted == MeasureSettings.PREDICTION_BY_RULE ? rule : wanted);
    }

    /**
     * Which of the sequences are taken, in lexicographic order: the same ones whatever the order of the input. Fewer of them are
     * among more.
     *
     * @param sequences of the model itself, also for its controls
     */
    static int[] draw(int count, PrefixTree sequences, long seed) {
        int[] nodes = sequences.nodes(sequences.tokens().tokens() - 1);
        long[] sorted = new long[nodes.length];
        Arrays.setAll(sorted, input -> (long) nodes[input] << 32 | input);
        Arrays.sort(sorted);
        int[] order = new int[nodes.length];
        Arrays.setAll(order, i -> i);
        new Philox(seed, PURPOSE, 0, 0, 0).shuffle(order);
        // What the shuffle puts last it draws first, so that these do not depend on how many follow.
        int[] drawn = Arrays.copyOfRange(order, order.length - count, order.length);
        Arrays.sort(drawn);
        Arrays.setAll(drawn, i -> (int) sorted[drawn[i]]);
        return drawn;
    }

    /** Number of sequences M. */
    int sequences() {
        return sequences;
    }

    /** Number of positions P that have a next token. */
    int positions() {
        return positions;
    }

    /** The block whose states the model itself predicts from. */
    int lastLayer() {
        return lastLayer;
    }

    /** Pairs of whole prefixes: rows of the stream of sequences. */
    Pairs macro() {
        return macro;
    }

    /** Pairs of tokens fed alone: rows of the stream of tokens. */
    Pairs micro() {
        return micro;
    }

    /** Bytes of the Java heap that drawing from N sequences and so many next tokens take at most. */
    static long heapBytes(long sequences, long targets) {
        return 16 * sequences + 80 * targets;
    }
}
