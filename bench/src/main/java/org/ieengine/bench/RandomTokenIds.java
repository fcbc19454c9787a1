package org.ieengine.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsWriter;
import org.ieengine.loaders.safetensors.TensorDeclaration;

/**
 * Writes sequences of random tokens of a model's vocabulary as a safetensors file with {@code token_ids} [N, T], for measurements that
 * need no tokenizer; the same bytes every time. A token's probability falls as that of words does: token k with weight 1 / (k + 1).
 *
 * <pre>RandomTokenIds MODEL_DIR OUT.safetensors N T</pre>
 */
public final class RandomTokenIds {
    private RandomTokenIds() {}

    public static void main(String[] arguments) {
        if (arguments.length != 4) {
            System.err.println("usage: RandomTokenIds MODEL_DIR OUT.safetensors N T");
            System.exit(2);
        }
        ModelConfig config = ModelDirectory.readConfig(Path.of(arguments[0]));
        int sequences = Integer.parseInt(arguments[2]);
        int tokens = Integer.parseInt(arguments[3]);
        SplittableRandom random = new SplittableRandom(0);
        long[] ids = new long[Math.multiplyExact(sequences, tokens)];
        double log = Math.log(config.vocabulary() + 1.0);
        for (int i = 0; i < ids.length; i++) {
            // Inverse of the distribution function ln(k + 1) / ln(V + 1).
            ids[i] = Math.min(config.vocabulary() - 1, (long) Math.expm1(random.nextDouble() * log));
        }
        TensorDeclaration declared = TensorDeclaration.of("token_ids", ElementType.I64, sequences, tokens);
        try (SafetensorsWriter writer = SafetensorsWriter.create(Path.of(arguments[1]), List.of(declared), Map.of())) {
            writer.write("token_ids", 0, ids, 0, ids.length);
        }
        System.out.println(sequences + " sequences of " + tokens + " tokens below " + config.vocabulary());
    }
}
