package org.ieengine.bench.tasks;

import java.util.function.LongFunction;
import org.ieengine.engine.mi.PairSymbols;

/**
 * A deterministic map of states that stand for symbols: its mutual information is the entropy of the symbols (Goldfeld et al.
 * 2019, arXiv 1810.05728), whatever the states are.
 *
 * @param name unique within its part for one number of samples
 * @param symbols symbols, groups and multiplicities; the same for every seed
 * @param beforeOf states x [S, d] by seed
 */
public record SymbolTask(String name, PairSymbols symbols, LongFunction<float[]> beforeOf) {
    /** Number of samples N: the sum of the multiplicities. */
    public long samples() {
        double total = 0;
        for (double w : symbols.weight()) {
            total += w;
        }
        return (long) total;
    }

    /** MI(x; y) in nats: the plug-in entropy of the symbols. */
    public double truth() {
        return symbols.ceiling().bits() * Math.log(2);
    }

    /** States by a seed; y is x and a fixed residual map of x. The same seed gives the same bytes. */
    public SymbolStates states(long seed) {
        float[] x = beforeOf.apply(seed);
        return new SymbolStates(x, new ResidualMap(x.length / symbols.size()).apply(x), symbols);
    }

    /** The same states without their groups. */
    public SymbolTask withoutGroups() {
        PairSymbols alone = new PairSymbols(symbols.x(), symbols.y(), new int[0], symbols.weight());
        return new SymbolTask(name + ", no groups", alone, beforeOf);
    }
}
