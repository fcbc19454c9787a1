package org.ieengine.engine.selftest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.model.PrefixTree;
import org.ieengine.engine.model.ResidualBatch;
import org.ieengine.engine.model.Transformer;
import org.ieengine.engine.model.TransformerBlock;
import org.ieengine.engine.model.Transformers;
import org.ieengine.engine.tensor.Tensor;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;

/** Every model family against the hidden states that Hugging Face {@code transformers} computes. */
final class FamilyChecks {
    private final Precision precision;
    private final Path directory;

    /** @param directory for the models; writable */
    FamilyChecks(Precision precision, Path directory) {
        this.precision = precision;
        this.directory = directory;
    }

    List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (String family : FamilyFiles.NAMES) {
            checks.add(new Check("hidden states of " + family, "24 tokens", tolerance(precision), trial -> {
                return states(trial, FamilyFiles.copy(family, directory));
            }));
        }
        return checks;
    }

    /**
     * Float32: absolute, two correct implementations differ by 1e-5 where states are of size 1 to 9. Reduced precisions: in units of
     * what rounding the operands of every product may do to the states after l blocks, l u max |state|; 3 by docs/precision.md.
     */
    private static double tolerance(Precision precision) {
        return precision == Precision.F32 ? 1e-4 : 3;
    }

    /** Rounding unit: the largest relative error of an operand. */
    private static double unit(Precision precision) {
        return precision == Precision.TF32 ? 0x1p-11 : 0x1p-8;
    }

    private double states(Trial trial, FamilyFiles files) {
        TokenMatrix tokens = files.tokens();
        double[] stored = files.states();
        PrefixTree tree = new PrefixTree(tokens);
        double worst = 0;
        try (ModelDirectory model = ModelDirectory.open(files.directory());
                Transformer transformer = Transformers.open(model, trial.backend());
                Tensor stream =
                        trial.backend().allocate(tree.rows(), model.config().width())) {
            for (ResidualBatch batch : tree.batches(tokens.tokens(), trial.backend())) {
                try (batch) {
                    transformer.embed(batch.prefixes(), batch.rowsOf(stream));
                }
            }
            worst = difference(trial.read(stream), stored, 0);
            for (int layer = 0; layer < model.config().layers(); layer++) {
                try (TransformerBlock block = transformer.openBlock(layer, tokens.tokens(), tokens.tokens())) {
                    for (ResidualBatch batch : tree.batches(tokens.tokens(), trial.backend())) {
                        try (batch) {
                            block.forward(batch.prefixes(), batch.rowsOf(stream));
                        }
                    }
                }
                worst = Math.max(worst, difference(trial.read(stream), stored, layer + 1));
            }
        }
        return worst;
    }

    /** Greatest difference from the stored state, in the unit of the tolerance; the rows of one sequence lie in its order. */
    private double difference(float[] got, double[] stored, int state) {
        double worst = 0;
        for (int i = 0; i < got.length; i++) {
            double difference = Math.abs(got[i] - stored[state * got.length + i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        if (precision == Precision.F32 || state == 0) {
            return worst;
        }
        double greatest = 0;
        for (int i = 0; i < got.length; i++) {
            greatest = Math.max(greatest, Math.abs(stored[state * got.length + i]));
        }
        return worst / (state * unit(precision) * greatest);
    }
}
