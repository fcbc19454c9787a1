package org.ieengine.engine.ie;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.ieengine.engine.mi.ResolutionSettings;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;

/** Runs of the sample models on few sequences. */
final class TestRuns {
    static final Path GPT2 = Path.of("..", "samples", "gpt2-tiny");

    private TestRuns() {}

    /** Counts estimates made. */
    static final class ListenerCalls {
        private int estimates;

        void count() {
            estimates++;
        }

        int estimates() {
            return estimates;
        }
    }

    static RunInputs inputs(ModelDirectory model, TokenMatrix tokens) {
        return new RunInputs(
                model,
                new ModelProvenance("gpt2-tiny", 1_062_912, "config", "weights"),
                tokens,
                new DataProvenance(
                        "by hand", "ids", tokens.sequences(), Map.of("too_short", 0L), Map.of("cut", "start")),
                new EngineProvenance("0.1.0", "none", "java", "os", "cpu", "f32", "own"));
    }

    /** Sequences with repeats and shared prefixes. */
    static TokenMatrix repeating(int sequences, int tokens, long seed) {
        Random random = new Random(seed);
        int[] ids = new int[sequences * tokens];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = 100 + random.nextInt(3) * random.nextInt(3);
        }
        return new TokenMatrix(ids, sequences, tokens);
    }

    static InformationEmergence stated(
            MeasureSettings settings, RunInputs inputs, Backend backend, ListenerCalls calls) {
        List<Double> sigmas = settings.noise().isEmpty()
                ? ResolutionSettings.standardSigmas(inputs.weights().config().width())
                : settings.noise();
        return new InformationEmergence(settings, inputs, backend, new StatedEstimators(backend, sigmas, calls));
    }
}
