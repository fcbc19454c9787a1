package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * What token sequences alone say, exactly and for every model: the mutual information of input and output of the blocks from 1
 * on, which is the plug-in entropy of what their states are functions of (Goldfeld et al. 2019, arXiv 1810.05728). All in bits.
 *
 * @param macroBits [T] entropy of the prefix that ends at each position
 * @param microBits [T] entropy of the token at each position
 * @param ieBits macro at the last position less the mean micro
 * @param distinct number of different sequences
 */
public record ExactBits(List<Double> macroBits, List<Double> microBits, double ieBits, int distinct) {
    /** Copies the lists. */
    public ExactBits {
        macroBits = List.copyOf(macroBits);
        microBits = List.copyOf(microBits);
    }

    /**
     * Counts sequences.
     *
     * @param tokens token ids, or other symbols from 0 on, shape [N, T] with N of at least 1
     */
    public static ExactBits of(TokenMatrix tokens) {
        ExactInformation exact = new ExactInformation(new PrefixTree(tokens));
        List<Double> macro = new ArrayList<>();
        List<Double> micro = new ArrayList<>();
        for (int position = 0; position < tokens.tokens(); position++) {
            macro.add(exact.macroBits(1, position));
            micro.add(exact.microBits(position));
        }
        return new ExactBits(macro, micro, exact.ceiling().ieBits(), exact.distinctSequences());
    }

    /** Macro at the last position. */
    public double macroAtEnd() {
        return macroBits.get(macroBits.size() - 1);
    }

    /** Mean of micro over the positions. */
    public double meanMicroBits() {
        return microBits.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }
}
