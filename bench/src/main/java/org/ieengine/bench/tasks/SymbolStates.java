package org.ieengine.bench.tasks;

import org.ieengine.engine.mi.PairSymbols;
import org.ieengine.engine.mi.PairedStates;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * S distinct pairs of states and what they stand for. The arrays are not copied and must not be changed.
 *
 * @param x [S, d] states before, row-major
 * @param y [S, d] states after
 * @param symbols symbols, groups and multiplicities
 */
public record SymbolStates(float[] x, float[] y, PairSymbols symbols) {
    /** Width d of a state. */
    public int width() {
        return x.length / symbols.size();
    }

    /** Copies both states to a backend; the caller closes the tensors. */
    public PairedStates on(Backend backend) {
        Tensor before = backend.allocate(symbols.size(), width());
        try {
            Tensor after = backend.allocate(symbols.size(), width());
            backend.write(x, before, 0);
            backend.write(y, after, 0);
            return new PairedStates(before, after, symbols);
        } catch (RuntimeException fault) {
            before.close();
            throw fault;
        }
    }
}
