package org.ieengine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.model.reference.GoldenForward;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family over the CPU against the states that {@code transformers} computes in float32. */
class TransformerGoldenTest {
    /** Two float32 implementations differ by about 1e-5; the smallest wrong reading moves the states by 5e-4. */
    private static final double TOLERANCE = 1e-4;

    private static CpuBackend backend;

    @BeforeAll
    static void openBackend() {
        backend = new CpuBackend(2);
    }

    @AfterAll
    static void closeBackend() {
        backend.close();
    }

    static List<GoldenForward> goldens() {
        return GoldenForward.all();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void hiddenStatesNormAndLogitsAgree(GoldenForward golden) {
        TokenMatrix tokens = golden.tokens();
        try (ModelDirectory model = ModelDirectory.open(golden.model())) {
            for (int maxRows : new int[] {tokens.tokens(), tokens.tokens() + 5, 4096}) {
                Differences differences = compare(golden, SweptStates.of(model, backend, tokens, maxRows));
                assertThat(differences.largest()).as("%s", differences).isLessThan(TOLERANCE);
            }
        }
    }

    /** Largest absolute differences. */
    private record Differences(double hidden, double norm, double logits) {
        double largest() {
            return Math.max(hidden, Math.max(norm, logits));
        }
    }

    private static Differences compare(GoldenForward golden, SweptStates swept) {
        int sequences = swept.tree().tokens().sequences();
        int length = swept.tree().tokens().tokens();
        int states = swept.hiddenStates().length;
        double[] hidden = golden.values("hidden_states");
        int block = hidden.length / states;
        double worst = 0;
        for (int l = 0; l < states; l++) {
            int layer = l;
            worst = Math.max(
                    worst,
                    IntStream.range(0, sequences * length)
                            .mapToDouble(i -> difference(
                                    swept.state(layer, i / length, i % length),
                                    hidden,
                                    layer * block + i * (block / (sequences * length))))
                            .max()
                            .orElseThrow());
        }
        return new Differences(
                worst,
                largest(swept, swept.finalNorm(), golden.values("final_norm")),
                largest(swept, swept.logits(), golden.values("logits")));
    }

    private static double largest(SweptStates swept, float[] computed, double[] stored) {
        int length = swept.tree().tokens().tokens();
        int rows = swept.tree().tokens().sequences() * length;
        int width = stored.length / rows;
        return IntStream.range(0, rows)
                .mapToDouble(i -> difference(swept.row(computed, i / length, i % length), stored, i * width))
                .max()
                .orElseThrow();
    }

    /** Largest difference of a row from the stored values; infinite when one is NaN. */
    private static double difference(double[] row, double[] stored, int from) {
        double worst = 0;
        for (int i = 0; i < row.length; i++) {
            double difference = Math.abs(row[i] - stored[from + i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        return worst;
    }
}
