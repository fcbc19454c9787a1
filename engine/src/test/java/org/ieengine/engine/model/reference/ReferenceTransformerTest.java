package org.ieengine.engine.model.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The float64 reference against {@code transformers} run in float64. */
class ReferenceTransformerTest {
    /** Two float64 implementations that add in different orders; values reach 11. */
    private static final double TOLERANCE = 1e-11;

    static List<GoldenForward> goldens() {
        return GoldenForward.all();
    }

    @Test
    void everyFamilyAndSampleHasGoldens() {
        assertThat(goldens().stream().map(golden -> golden.model().getFileName().toString()))
                .contains("gpt2-tiny", "gpt2-base-names", "gpt2-f16", "llama-tiny", "llama-gqa", "llama-sharded")
                .contains("gemma-tiny", "gemma2-tiny", "gemma3-tiny", "openllama-tiny");
        assertThat(goldens()).hasSize(18);
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void agreesWithTransformersInFloat64(GoldenForward golden) {
        TokenMatrix tokens = golden.tokens();
        double[] hidden = golden.values("hidden_states_f64");
        double[] norm = golden.values("final_norm_f64");
        double[] logits = golden.values("logits_f64");
        double worst = 0;
        try (ModelDirectory model = ModelDirectory.open(golden.model())) {
            ReferenceTransformer reference = ReferenceTransformer.of(model);
            int states = model.config().layers() + 1;
            int block = hidden.length / states / tokens.sequences();
            for (int b = 0; b < tokens.sequences(); b++) {
                ReferenceStates computed = reference.forward(tokens.sequence(b));
                for (int l = 0; l < states; l++) {
                    worst = Math.max(
                            worst,
                            difference(computed.hiddenStates()[l], hidden, (l * tokens.sequences() + b) * block));
                }
                worst = Math.max(worst, difference(computed.finalNorm(), norm, b * block));
                worst = Math.max(worst, difference(computed.logits(), logits, b * logits.length / tokens.sequences()));
            }
        }
        assertThat(worst).isLessThan(TOLERANCE);
    }

    private static double difference(double[][] computed, double[] stored, int from) {
        double[] flat = Arrays.stream(computed).flatMapToDouble(Arrays::stream).toArray();
        double worst = 0;
        for (int i = 0; i < flat.length; i++) {
            double difference = Math.abs(flat[i] - stored[from + i]);
            worst = difference <= worst ? worst : difference;
        }
        return worst;
    }

    @Test
    void errorFunctionAgreesWithItsTables() {
        // Abramowitz and Stegun, table 7.1.
        assertThat(Float64.erf(0.5)).isEqualTo(0.5204998778130465, org.assertj.core.data.Offset.offset(1e-15));
        assertThat(Float64.erf(-1)).isEqualTo(-0.8427007929497149, org.assertj.core.data.Offset.offset(1e-15));
        assertThat(Float64.erf(3 - 1e-12)).isEqualTo(Float64.erf(3), org.assertj.core.data.Offset.offset(1e-13));
        assertThat(Float64.erf(3.5)).isEqualTo(0.9999992569016276, org.assertj.core.data.Offset.offset(1e-15));
    }
}
