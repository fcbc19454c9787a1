package org.ieengine.engine.ie;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.engine.tensor.Tensor;

/**
 * Copies of the states before and after one block, in the memory of the backend: one pair [S, d] per wanted position of the
 * sequences, one pair [M, d] of the tokens fed alone.
 */
final class BlockStates implements AutoCloseable {
    private final Map<Integer, int[]> rows = new LinkedHashMap<>();
    private final Map<Integer, Tensor> before = new LinkedHashMap<>();
    private final Map<Integer, Tensor> after = new LinkedHashMap<>();
    private final List<Tensor> micro = new ArrayList<>();

    private BlockStates() {}

    /** Copies what the sweep holds before the block. */
    static BlockStates before(LayerSweep sweep, Map<Integer, int[]> rowsByPosition) {
        BlockStates states = new BlockStates();
        try {
            states.rows.putAll(rowsByPosition);
            states.rows.forEach((position, of) -> states.before.put(position, sweep.macroStates(of)));
            states.micro.add(sweep.microStates());
            return states;
        } catch (RuntimeException e) {
            states.close();
            throw e;
        }
    }

    /** Adds what the sweep holds after the block. */
    void after(LayerSweep sweep) {
        rows.forEach((position, of) -> after.put(position, sweep.macroStates(of)));
        micro.add(sweep.microStates());
    }

    /** States of the prefixes that end at a position, before the block, [S, d]. */
    Tensor before(int position) {
        return before.get(position);
    }

    /** The same after the block. */
    Tensor after(int position) {
        return after.get(position);
    }

    /** States of the tokens fed alone, before the block, [M, d]. */
    Tensor microBefore() {
        return micro.get(0);
    }

    /** The same after the block. */
    Tensor microAfter() {
        return micro.get(1);
    }

    @Override
    public void close() {
        before.values().forEach(Tensor::close);
        after.values().forEach(Tensor::close);
        micro.forEach(Tensor::close);
    }
}
