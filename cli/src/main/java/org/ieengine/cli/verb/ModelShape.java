package org.ieengine.cli.verb;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ieengine.cli.output.Figures;
import org.ieengine.loaders.model.ActivationFunction;
import org.ieengine.loaders.model.GemmaConfig;
import org.ieengine.loaders.model.Gpt2Config;
import org.ieengine.loaders.model.LlamaConfig;
import org.ieengine.loaders.model.ModelConfig;
import org.ieengine.loaders.model.Rope;

/** What the families have beyond what all have, as rows for a person. */
final class ModelShape {
    private ModelShape() {}

    /** Names and values in the order in which they are shown. */
    static Map<String, String> of(ModelConfig config) {
        Map<String, String> rows = new LinkedHashMap<>();
        if (config instanceof Gpt2Config gpt2) {
            int headDim = gpt2.width() / gpt2.heads();
            heads(rows, gpt2.heads(), gpt2.heads(), headDim);
            mlp(rows, gpt2.innerWidth(), gpt2.activation(), false);
        } else if (config instanceof LlamaConfig llama) {
            heads(rows, llama.heads(), llama.kvHeads(), llama.headDim());
            mlp(rows, llama.innerWidth(), llama.activation(), true);
            rows.put("rotary", rotary(llama.rope()));
            windows(rows, llama.windows());
        } else if (config instanceof GemmaConfig gemma) {
            heads(rows, gemma.heads(), gemma.kvHeads(), gemma.headDim());
            mlp(rows, gemma.innerWidth(), gemma.activation(), true);
            rows.put(
                    "rotary",
                    String.join(
                            " / ",
                            gemma.rope().stream()
                                    .distinct()
                                    .map(ModelShape::rotary)
                                    .toList()));
            windows(rows, gemma.windows());
        }
        return rows;
    }

    private static void heads(Map<String, String> rows, int heads, int kvHeads, int headDim) {
        rows.put("heads", heads + " of " + headDim + (kvHeads == heads ? "" : ", keys and values " + kvHeads));
    }

    private static void mlp(Map<String, String> rows, int width, ActivationFunction activation, boolean gated) {
        rows.put(
                "MLP",
                Figures.count(width) + ", " + activation.name().toLowerCase(java.util.Locale.ROOT)
                        + (gated ? ", gated" : ""));
    }

    private static String rotary(Rope rope) {
        String theta = "theta " + Figures.count(Math.round(rope.theta()));
        if (rope.scaling() instanceof Rope.Linear linear) {
            return theta + ", linear by " + linear.factor();
        }
        if (rope.scaling() instanceof Rope.Llama3 llama3) {
            return theta + ", llama3 by " + llama3.factor();
        }
        return theta;
    }

    private static void windows(Map<String, String> rows, List<Integer> windows) {
        long sliding = windows.stream().filter(window -> window > 0).count();
        if (sliding > 0) {
            int width = windows.stream().mapToInt(Integer::intValue).max().orElse(0);
            rows.put("sliding window", width + " in " + sliding + " of " + windows.size() + " blocks");
        }
    }
}
