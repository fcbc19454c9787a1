package org.ieengine.engine.benchmark;

import java.util.Locale;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.ResidualBatch;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.TransformerBlock;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.engine.tensor.Philox;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.ModelWeights;
import org.ieengine.loaders.text.TokenMatrix;

/**
 * The sweep of random sequences through all blocks of a model, weights uploaded block by block, as a run has it.
 *
 * @param weights of the model
 * @param tokens T
 * @param range of the number of sequences
 * @param seed the sequences follow from it
 */
record SweepPass(ModelWeights weights, int tokens, Range range, long seed) implements RepeatedPass {
    /** Sets these draws apart from all others of the same seed: "swep" in ASCII. */
    private static final int PURPOSE = 0x73776570;

    /** Rows of a micro-batch, as many as a run has. */
    private static final int BATCH_ROWS = 4096;

    @Override
    public String name() {
        return "sweep";
    }

    @Override
    public String shape(int size) {
        return String.format(
                Locale.ROOT,
                "%,d sequences of %d tokens through %d blocks of %s, d = %,d",
                size,
                tokens,
                weights.config().layers(),
                weights.config().family(),
                weights.config().width());
    }

    @Override
    public String unit() {
        return "sequences";
    }

    @Override
    public double units(int size) {
        return size;
    }

    @Override
    public double[] run(Backend backend, int size, int times, Counted counted) {
        int vocabulary = weights.config().vocabulary();
        Philox stream = new Philox(seed, PURPOSE, 0, 0, 0);
        int[] ids = new int[size * tokens];
        java.util.Arrays.setAll(ids, i -> stream.below(vocabulary, i));
        PrefixTree tree = new PrefixTree(new TokenMatrix(ids, size, tokens));
        int batchRows = Math.max(tokens, Math.min(BATCH_ROWS, tree.rows()));
        double[] seconds = new double[times];
        try (Transformer transformer = Transformers.open(weights, backend);
                Tensor states = backend.allocate(tree.rows(), weights.config().width())) {
            for (int repetition = -1; repetition < times; repetition++) {
                long begin = System.nanoTime();
                sweep(backend, transformer, new Batched(tree, batchRows, states));
                backend.synchronise();
                if (repetition >= 0) {
                    seconds[repetition] = (System.nanoTime() - begin) * 1e-9;
                } else {
                    counted.begins();
                }
            }
            counted.ends();
            if (backend.firstNonFiniteRow(states) >= 0) {
                throw new IllegalStateException("a state of the sweep is not finite");
            }
        }
        return seconds;
    }

    private record Batched(PrefixTree tree, int rows, Tensor stream) {}

    private void sweep(Backend backend, Transformer transformer, Batched batched) {
        for (ResidualBatch batch : batched.tree.batches(batched.rows, backend)) {
            try (batch) {
                transformer.embed(batch.prefixes(), batch.rowsOf(batched.stream));
            }
        }
        for (int layer = 0; layer < weights.config().layers(); layer++) {
            try (TransformerBlock block = transformer.openBlock(layer, batched.rows, tokens)) {
                for (ResidualBatch batch : batched.tree.batches(batched.rows, backend)) {
                    try (batch) {
                        block.forward(batch.prefixes(), batch.rowsOf(batched.stream));
                    }
                }
            }
        }
    }
}
