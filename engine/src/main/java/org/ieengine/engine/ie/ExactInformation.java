package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.model.PrefixLevel;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.TokenCounts;

/**
 * Exact mutual information of every block, from token ids alone. A block is a deterministic map of finitely many states, so
 * MI(x; y) is the entropy of the symbol that x is a function of (Goldfeld et al. 2019, arXiv 1810.05728) as long as different
 * symbols have different states: the token at its position for the input of block 0, the prefix from block 1 on, the token for a
 * token fed alone.
 */
final class ExactInformation {
    private final double[] prefixBits;
    private final double[] tokenBits;
    private final int[] distinctTokens;
    private final int distinctSequences;

    ExactInformation(PrefixTree tree) {
        int tokens = tree.tokens().tokens();
        long sequences = tree.tokens().sequences();
        prefixBits = new double[tokens];
        tokenBits = new double[tokens];
        distinctTokens = new int[tokens];
        distinctSequences = tree.distinctSequences();
        for (int position = 0; position < tokens; position++) {
            PrefixLevel level = tree.level(position);
            prefixBits[position] = entropyBits(level.counts(), sequences);
            TokenCounts counts = tree.tokensAt(position);
            tokenBits[position] = entropyBits(counts.counts(), sequences);
            distinctTokens[position] = counts.tokenIds().length;
        }
    }

    /** Plug-in entropy log2 N - 1/N sum c log2 c of counts that sum to N; exactly 0 for one symbol. */
    private static double entropyBits(int[] counts, long total) {
        if (counts.length == 1) {
            return 0;
        }
        double sum = 0;
        for (int count : counts) {
            sum += count * Math.log(count);
        }
        return (Math.log(total) - sum / total) / Math.log(2);
    }

    /** Exact MI of a block's input and output at one position of the whole sequences. */
    double macroBits(int layer, int position) {
        return layer == 0 ? tokenBits[position] : prefixBits[position];
    }

    /** Exact MI of any block's input and output for the token at one position fed alone. */
    double microBits(int position) {
        return tokenBits[position];
    }

    /** Exact information on the prefix that ends at a position which state h[index] can carry. */
    double stateBits(int index, int position) {
        return index == 0 ? tokenBits[position] : prefixBits[position];
    }

    /** Number of distinct tokens at a position. */
    int distinctTokens(int position) {
        return distinctTokens[position];
    }

    /** Number of distinct sequences. */
    int distinctSequences() {
        return distinctSequences;
    }

    /** Exact values of whole sequences at the last position, blocks 1 and later. */
    IeResult.Ceiling ceiling() {
        int last = prefixBits.length - 1;
        List<Double> micro = new ArrayList<>();
        double sum = 0;
        for (double bits : tokenBits) {
            micro.add(bits);
            sum += bits;
        }
        return new IeResult.Ceiling(prefixBits[last], micro, prefixBits[last] - sum / micro.size());
    }
}
