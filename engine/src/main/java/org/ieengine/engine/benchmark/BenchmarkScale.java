package org.ieengine.engine.benchmark;

import java.util.List;
import org.ieengine.engine.mi.CriticSettings;

/** Which shapes are measured. */
public enum BenchmarkScale {
    /** Those of a run on a GPU. */
    DEVICE(new Extents(models(), 5, 160_000, 4096, 1024, 300_000, 768, CriticSettings.PUBLISHED_WIDTHS)),
    /** Those of a run on a processor: as many rows as a micro-batch has there; the output head of the smallest model alone. */
    PROCESSOR(new Extents(models(), 1, 4096, 4096, 1024, 300_000, 768, CriticSettings.PUBLISHED_WIDTHS)),
    /** The same operations on small shapes: for a device that is emulated, and for tests. */
    SMALL(new Extents(
            List.of(
                    ModelShape.gpt2("tiny GPT-2", 16, 2, 67),
                    new ModelShape("tiny Llama", true, 16, ModelShape.attention(4, 2, 6), 20, 59)),
            2,
            32,
            32,
            16,
            40,
            16,
            List.of(16, 10, 6, 3, 1)));

    private final Extents extents;

    BenchmarkScale(Extents extents) {
        this.extents = extents;
    }

    /**
     * The extents that shapes are made of.
     *
     * @param models whose blocks are measured
     * @param heads how many of these models have their output heads measured
     * @param shortRows rows of a batch of sequences of 8 tokens
     * @param longRows rows of a batch of sequences of {@code longTokens}
     * @param longTokens greatest sequence length
     * @param samples pairs of the critic
     * @param dimensions of its states
     * @param widths of its layers
     */
    record Extents(
            List<ModelShape> models,
            int heads,
            int shortRows,
            int longRows,
            int longTokens,
            int samples,
            int dimensions,
            List<Integer> widths) {}

    /** Radford et al. 2019, table 2 and the published configurations; Gemma Team 2024, table 1; OpenLlama's configuration. */
    private static List<ModelShape> models() {
        return List.of(
                ModelShape.gpt2("GPT-2 small", 768, 12, 50_257),
                ModelShape.gpt2("GPT-2 large", 1280, 20, 50_257),
                ModelShape.gpt2("GPT-2 XL", 1600, 25, 50_257),
                new ModelShape("Gemma 2B", true, 2048, ModelShape.attention(8, 1, 256), 16_384, 256_000),
                new ModelShape("OpenLlama 3B", true, 3200, ModelShape.attention(32, 32, 100), 8640, 32_000));
    }

    Extents extents() {
        return extents;
    }
}
