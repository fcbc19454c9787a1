package org.ieengine.engine.ie;

import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.TransformerBlock;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * Takes sequences through a transformer one block at a time and gives the hidden states of chosen positions in the order of the
 * sequences. Between two blocks it holds h[l] for l = {@link #state()}; every distinct prefix is computed once.
 */
public final class ActivationSweep implements AutoCloseable {
    private static final int BATCH_ROWS = 4096;

    private final Transformer model;
    private final Backend backend;
    private final ResidualStream stream;
    private final int positions;

    /** [N * P] row of the stream that each position of each sequence has. */
    private final int[] rows;

    private int state = -1;

    /**
     * Allocates the stream.
     *
     * @param model stays the caller's to close
     * @param tokens the sequences [N, T]
     * @param positions positions whose states are given, in that order
     * @param weights the model directory as the user named it, for messages
     */
    public ActivationSweep(
            Transformer model, Backend backend, TokenMatrix tokens, List<Integer> positions, String weights) {
        this.model = model;
        this.backend = backend;
        this.positions = positions.size();
        PrefixTree tree = new PrefixTree(tokens);
        this.rows = rows(tree, positions);
        this.stream = new ResidualStream(tree, model, backend, BATCH_ROWS, weights);
    }

    private static int[] rows(PrefixTree tree, List<Integer> positions) {
        int[] rows = new int[Math.multiplyExact(tree.tokens().sequences(), positions.size())];
        for (int p = 0; p < positions.size(); p++) {
            int[] nodes = tree.nodes(positions.get(p));
            for (int sequence = 0; sequence < nodes.length; sequence++) {
                rows[sequence * positions.size() + p] = nodes[sequence];
            }
        }
        return rows;
    }

    /** Most bytes on the device beside the stream itself: block, embedding or head, and workspace. */
    public static long workspaceBytes(Transformer model, int tokens) {
        long bytes = model.embeddingBytes();
        for (int layer = 0; layer < model.config().layers(); layer++) {
            bytes = Math.max(bytes, model.blockBytes(layer, Math.max(BATCH_ROWS, tokens), tokens));
        }
        return bytes;
    }

    /** Index l of the state h[l] that is held; -1 before {@link #embed}. */
    public int state() {
        return state;
    }

    /**
     * Computes what enters block 0.
     *
     * @param afterBatch called after each micro-batch; may throw to stop
     */
    public void embed(Runnable afterBatch) {
        stream.embed(model, batchRows -> afterBatch.run());
        state = 0;
    }

    /**
     * Runs block {@link #state()}.
     *
     * @param afterBatch called after each micro-batch; may throw to stop
     */
    public void advance(Runnable afterBatch) {
        int tokens = stream.tree().tokens().tokens();
        try (TransformerBlock block = model.openBlock(state, stream.batchRows(), tokens)) {
            stream.advance(block, batchRows -> afterBatch.run());
            stream.requireFinite("block " + state);
        }
        state++;
    }

    /** States of the chosen positions of sequences {@code from} to {@code to}, shape [to - from, P, d], into the target. */
    public void states(int from, int to, float[] target) {
        try (Tensor chosen = gather(from, to)) {
            backend.read(chosen, 0, Math.toIntExact(chosen.rows()), target);
        }
    }

    /** Logits of these states, shape [to - from, P, V], into the target. Of meaning when the last state is held. */
    public void logits(int from, int to, float[] target) {
        try (Tensor chosen = gather(from, to);
                Tensor normed = backend.allocateOperand(chosen.rows(), chosen.columns());
                Tensor logits = backend.allocate(chosen.rows(), model.config().vocabulary())) {
            model.finalNorm(chosen, normed);
            model.logits(normed, logits);
            backend.read(logits, 0, Math.toIntExact(logits.rows()), target);
        }
    }

    private Tensor gather(int from, int to) {
        int[] wanted = Arrays.copyOfRange(rows, from * positions, to * positions);
        return stream.gather(wanted);
    }

    @Override
    public void close() {
        stream.close();
    }
}
