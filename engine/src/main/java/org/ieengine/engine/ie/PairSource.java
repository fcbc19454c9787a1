package org.ieengine.engine.ie;

import java.nio.DoubleBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.model.PrefixLevel;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.TokenCounts;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * Which rows of the two streams are paired at a block, and what they stand for. Symbols are counted from token ids, never by
 * looking at computed states.
 *
 * <p>Macro, at one position: one pair per distinct prefix that ends there, the prefix being the symbol of the state after the block
 * and, from block 1 on, of the state before it; before block 0 the symbol is the token. Micro: one pair per distinct token.
 */
final class PairSource {
    private final PrefixTree sequences;
    private final boolean bos;
    private final int[] microTokens;
    private final double[][] microWeights;
    private final int[] firstOfSameTokens;

    /**
     * @param bos whether position 0 holds the beginning-of-sequence token, which is never fed alone
     * @param lastPosition the last position whose token is wanted
     */
    PairSource(PrefixTree sequences, boolean bos, int lastPosition) {
        this.sequences = sequences;
        this.bos = bos;
        TokenCounts[] counts = new TokenCounts[lastPosition + 1];
        int[] all = new int[0];
        for (int position = 0; position <= lastPosition; position++) {
            counts[position] = sequences.tokensAt(position);
            // The beginning-of-sequence token is fed alone only when there is no other token to feed.
            if (!bos || position > 0 || lastPosition == 0) {
                int[] ids = counts[position].tokenIds();
                int[] longer = Arrays.copyOf(all, all.length + ids.length);
                System.arraycopy(ids, 0, longer, all.length, ids.length);
                all = Arrays.stream(longer).sorted().distinct().toArray();
            }
        }
        microTokens = all;
        microWeights = new double[lastPosition + 1][];
        for (int position = 0; position <= lastPosition; position++) {
            double[] weights = new double[all.length];
            if (!isBeginning(position)) {
                int[] ids = counts[position].tokenIds();
                for (int i = 0; i < ids.length; i++) {
                    weights[Arrays.binarySearch(all, ids[i])] = counts[position].counts()[i];
                }
            }
            microWeights[position] = weights;
        }
        firstOfSameTokens = new int[lastPosition + 1];
        Map<DoubleBuffer, Integer> first = new HashMap<>();
        for (int position = 0; position <= lastPosition; position++) {
            first.putIfAbsent(DoubleBuffer.wrap(microWeights[position]), position);
            firstOfSameTokens[position] = first.get(DoubleBuffer.wrap(microWeights[position]));
        }
    }

    /** Distinct prefixes of the sequences. */
    PrefixTree sequences() {
        return sequences;
    }

    /** Row of a token among those fed alone. */
    int microRow(int tokenId) {
        int row = Arrays.binarySearch(microTokens, tokenId);
        if (row < 0) {
            throw new IllegalArgumentException("token " + tokenId + " is not fed alone");
        }
        return row;
    }

    /** Whether the micro term of a position is 0 bits by definition: that of the beginning-of-sequence token. */
    boolean isBeginning(int position) {
        return bos && position == 0;
    }

    /** The distinct tokens as sequences of length one; row i is the i-th smallest id. */
    PrefixTree tokensAlone() {
        return new PrefixTree(new TokenMatrix(microTokens, microTokens.length, 1));
    }

    /** Rows of the stream of sequences, with what they stand for, at one block and position. */
    record Macro(int[] rows, PairSymbols symbols) {}

    /**
     * Pairs of whole prefixes.
     *
     * @param grouped whether the last token is given as the label of hard pairs
     */
    Macro macro(int layer, int position, boolean grouped) {
        PrefixLevel level = sequences.level(position);
        int[] prefix = new int[level.size()];
        Arrays.setAll(prefix, i -> i);
        int[] token = level.tokenIds();
        double[] weight = new double[level.size()];
        Arrays.setAll(weight, i -> level.counts()[i]);
        return new Macro(
                level.rows(),
                new PairSymbols(layer == 0 ? token : prefix, prefix, grouped ? token : new int[0], weight));
    }

    /** Rows of the stream of tokens, with what they stand for, of the tokens at one position. */
    record Micro(int[] rows, PairSymbols symbols) {}

    /** Pairs of the tokens that occur at one position. */
    Micro micro(int position) {
        double[] all = microWeights[position];
        int[] rows = IntStream.range(0, all.length).filter(row -> all[row] > 0).toArray();
        double[] weight = Arrays.stream(rows).mapToDouble(row -> all[row]).toArray();
        return new Micro(rows, PairSymbols.oneToOne(new int[0], weight));
    }

    /** Pairs of all tokens, weighted by how often they occur at any position. */
    PairSymbols pooledMicro() {
        double[] sum = new double[microTokens.length];
        for (double[] weights : microWeights) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += weights[i];
            }
        }
        return PairSymbols.oneToOne(new int[0], sum);
    }

    /** How often each distinct token occurs at a position, [tokens]; 0 where it does not. */
    double[] microWeights(int position) {
        return microWeights[position];
    }

    /** The first position where each token occurs as often as at this one: its micro term is the same. */
    int firstOfSameTokens(int position) {
        return firstOfSameTokens[position];
    }

    /** Number of distinct tokens fed alone. */
    int microTokens() {
        return microTokens.length;
    }
}
