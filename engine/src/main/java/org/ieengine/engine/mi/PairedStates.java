package org.ieengine.engine.mi;

import org.ieengine.engine.tensor.Tensor;

/**
 * S distinct pairs of states with their symbols. The tensors are read, never changed, and stay the caller's.
 *
 * @param x [S, dx] states before; rows of one x-symbol are the same state
 * @param y [S, dy] states after
 * @param symbols what each row stands for and how often it occurs
 */
public record PairedStates(Tensor x, Tensor y, PairSymbols symbols) {
    /**
     * Checks that the rows fit.
     *
     * @throws IllegalArgumentException naming both shapes
     */
    public PairedStates {
        if (x.rows() != symbols.size() || y.rows() != symbols.size()) {
            throw new IllegalArgumentException("states [" + x.rows() + ", " + x.columns() + "] and [" + y.rows() + ", "
                    + y.columns() + "] for " + symbols.size() + " pairs of symbols");
        }
    }
}
