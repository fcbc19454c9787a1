package org.ieengine.engine.model;

import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * All states of a sweep, read back to the host.
 *
 * @param tree the distinct prefixes
 * @param hiddenStates [L + 1][P * d]
 * @param finalNorm [P * d]
 * @param logits [P * V]
 */
public record SweptStates(PrefixTree tree, float[][] hiddenStates, float[] finalNorm, float[] logits) {
    /** Sweeps all blocks in batches of at most so many rows. */
    public static SweptStates of(ModelWeights weights, Backend backend, TokenMatrix tokens, int maxRows) {
        PrefixTree tree = new PrefixTree(tokens);
        int d = weights.config().width();
        int layers = weights.config().layers();
        float[][] hidden = new float[layers + 1][];
        try (Transformer transformer = Transformers.open(weights, backend);
                Tensor stream = backend.allocate(tree.rows(), d);
                Tensor normed = backend.allocate(tree.rows(), d);
                Tensor logits = backend.allocate(tree.rows(), weights.config().vocabulary())) {
            for (ResidualBatch batch : tree.batches(maxRows, backend)) {
                try (batch) {
                    transformer.embed(batch.prefixes(), batch.rowsOf(stream));
                }
            }
            hidden[0] = values(backend, stream);
            for (int layer = 0; layer < layers; layer++) {
                try (TransformerBlock block = transformer.openBlock(layer, maxRows, tokens.tokens())) {
                    for (ResidualBatch batch : tree.batches(maxRows, backend)) {
                        try (batch) {
                            block.forward(batch.prefixes(), batch.rowsOf(stream));
                        }
                    }
                }
                hidden[layer + 1] = values(backend, stream);
            }
            transformer.finalNorm(stream, normed);
            transformer.logits(normed, logits);
            return new SweptStates(tree, hidden, values(backend, normed), values(backend, logits));
        }
    }

    private static float[] values(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        backend.read(tensor, 0, (int) tensor.rows(), values);
        return values;
    }

    /** State of one input sequence at one position. */
    public double[] state(int layer, int sequence, int position) {
        return row(hiddenStates[layer], sequence, position);
    }

    /** Row of {@code values} that belongs to one input sequence at one position. */
    public double[] row(float[] values, int sequence, int position) {
        int width = values.length / tree.rows();
        int from = tree.node(position, sequence) * width;
        double[] row = new double[width];
        for (int i = 0; i < width; i++) {
            row[i] = values[from + i];
        }
        return row;
    }
}
