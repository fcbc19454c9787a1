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

/** Every model family against the hidden states that Hugging Face {@code transformers} computes. Errors are absolute. */
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
     * States are of size 1 to 9. Float32: two correct implementations differ by 1e-5. Reduced precisions: rounding the operands of
     * every linear layer to 10 or 7 bits of mantissa, all else in float32, moves the states of these models by up to 0.011 and 0.10; twice
     * that is allowed, since another order of the sums rounds other values.
     */
    private static double tolerance(Precision precision) {
        return switch (precision) {
            case F32 -> 1e-4;
            case TF32 -> 0.022;
            case BF16 -> 0.2;
        };
    }

    private static double states(Trial trial, FamilyFiles files) {
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

    /** Greatest difference from the stored state; the rows of one sequence lie in its order. */
    private static double difference(float[] got, double[] stored, int state) {
        double worst = 0;
        for (int i = 0; i < got.length; i++) {
            double difference = Math.abs(got[i] - stored[state * got.length + i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        return worst;
    }
}
