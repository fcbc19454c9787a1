package org.ieengine.engine.ie;

import org.ieengine.engine.ie.ResidualStream.BatchListener;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.TransformerBlock;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;

/**
 * Takes all sequences through the transformer one block at a time. Two streams advance together: macro states, one row per
 * distinct prefix, and micro states, one row per distinct token fed alone at position 0. Between two blocks both streams hold
 * h[l] for l = {@link #state()}, and rows of them can be gathered.
 */
final class LayerSweep implements AutoCloseable {
    private final Transformer model;
    private final ResidualStream macro;
    private final ResidualStream micro;
    private TransformerBlock next;
    private int state = -1;

    /**
     * Allocates both streams.
     *
     * @param source what is swept
     * @param backend where the streams live
     * @param batchRows most rows of a micro-batch
     */
    static LayerSweep over(Source source, Backend backend, int batchRows) {
        ResidualStream macro = new ResidualStream(source.sequences, source.model, backend, batchRows, source.weights);
        try {
            return new LayerSweep(
                    source.model,
                    macro,
                    new ResidualStream(source.tokens, source.model, backend, batchRows, source.weights));
        } catch (RuntimeException e) {
            macro.close();
            throw e;
        }
    }

    /**
     * What is swept.
     *
     * @param model the transformer; stays the caller's to close
     * @param sequences prefixes of the whole sequences
     * @param tokens the distinct tokens, as sequences of length one
     * @param weights the model directory as the user named it, for messages
     */
    record Source(Transformer model, PrefixTree sequences, PrefixTree tokens, String weights) {}

    private LayerSweep(Transformer model, ResidualStream macro, ResidualStream micro) {
        this.model = model;
        this.macro = macro;
        this.micro = micro;
    }

    /** Writes what enters block 0. */
    void embed(BatchListener listener) {
        macro.embed(model, listener);
        micro.embed(model, listener);
        state = 0;
    }

    /** Index l of the state h[l] that both streams hold; -1 before {@link #embed}. */
    int state() {
        return state;
    }

    /**
     * Runs block {@link #state()} over both streams. Its weights are uploaded once.
     *
     * @param ahead whether to upload the next block before this one is waited for, so that a device computes meanwhile; it stays
     *     open until it is run
     * @throws org.ieengine.loaders.InputException for a state that is not finite, naming block, position and sequence
     */
    void advance(BatchListener listener, boolean ahead) {
        try (TransformerBlock block = next == null ? open(state) : next) {
            next = null;
            macro.advance(block, listener);
            micro.advance(block, listener);
            if (ahead) {
                next = open(state + 1);
            }
            macro.requireFinite("block " + state);
            micro.requireFinite("block " + state);
        }
        state++;
    }

    private TransformerBlock open(int layer) {
        int rows = Math.max(macro.batchRows(), micro.batchRows());
        return model.openBlock(layer, rows, macro.tree().tokens().tokens());
    }

    /** States of whole prefixes, rows as in the tree of the sequences; the caller's to close. */
    Tensor macroStates(int[] rows) {
        return macro.gather(rows);
    }

    /** A copy of the states of all tokens fed alone, rows as in the tree of the tokens; the caller's to close. */
    Tensor microStates() {
        return micro.copy();
    }

    /** States of some of the tokens fed alone, rows as in the tree of the tokens; the caller's to close. */
    Tensor microStates(int[] rows) {
        return micro.gather(rows);
    }

    @Override
    public void close() {
        try (macro;
                micro) {
            if (next != null) {
                next.close();
            }
        }
    }
}
