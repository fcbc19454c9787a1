package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.model.SweptStates;
import org.ieengine.engine.model.reference.GoldenForward;
import org.ieengine.engine.model.reference.ReferenceStates;
import org.ieengine.engine.model.reference.ReferenceTransformer;
import org.ieengine.engine.model.reference.RoundedProducts;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Hidden states with rounded operands, for every family: float64 stays within the bound of {@code docs/precision.md}, and the
 * emulated GPU is about as far from the exact states as float64 with the same rounding.
 */
class CudaRoundedStatesTest {
    /** Two float32 implementations that round nothing differ by about 1e-5. */
    private static final double FLOAT32 = 1e-4;

    /** Of docs/precision.md: what a block may add, in rounding units of the largest state. */
    private static double perBlock(Precision precision) {
        return precision == Precision.BF16 ? 3.5 : 3;
    }

    static Stream<Arguments> goldens() {
        return GoldenForward.all().stream().flatMap(golden -> Stream.of(Precision.TF32, Precision.BF16)
                .map(precision -> Arguments.of(golden, precision)));
    }

    /** Largest magnitude of exact values, and largest distances from them: of float64 with rounded operands, of the device. */
    private static final class Distances {
        private double magnitude;
        private double rounding;
        private double device;

        void add(double[] exact, double[] rounded, double[] found) {
            for (int i = 0; i < exact.length; i++) {
                magnitude = Math.max(magnitude, Math.abs(exact[i]));
                rounding = Math.max(rounding, Math.abs(rounded[i] - exact[i]));
                double distance = Math.abs(found[i] - exact[i]);
                device = Double.isNaN(distance) ? Double.POSITIVE_INFINITY : Math.max(device, distance);
            }
        }

        /** No further than twice what the rounding explains, and not so near that nothing was rounded. */
        void assertDeviceRounds(String what) {
            assertThat(device).as(what).isBetween(rounding / 2, 2 * rounding + FLOAT32);
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void statesAreAsFarFromTheExactOnesAsTheRoundingExplains(GoldenForward golden, Precision precision) {
        RoundedProducts rounding = RoundedProducts.valueOf(precision.name());
        TokenMatrix tokens = golden.tokens();
        try (EmulatedBackends device = EmulatedBackends.late();
                ModelDirectory model = ModelDirectory.open(golden.model())) {
            ReferenceTransformer exact = ReferenceTransformer.of(model);
            ReferenceTransformer rounded = ReferenceTransformer.of(model, rounding);
            SweptStates swept = SweptStates.of(model, device.apart(precision), tokens, tokens.tokens() + 5);
            Distances[] hidden = new Distances[model.config().layers() + 1];
            Arrays.setAll(hidden, l -> new Distances());
            Distances norm = new Distances();
            Distances logits = new Distances();
            for (int s = 0; s < tokens.sequences(); s++) {
                ReferenceStates a = exact.forward(tokens.sequence(s));
                ReferenceStates b = rounded.forward(tokens.sequence(s));
                for (int t = 0; t < tokens.tokens(); t++) {
                    for (int l = 0; l < hidden.length; l++) {
                        hidden[l].add(a.hiddenStates()[l][t], b.hiddenStates()[l][t], swept.state(l, s, t));
                    }
                    norm.add(a.finalNorm()[t], b.finalNorm()[t], swept.row(swept.finalNorm(), s, t));
                    logits.add(a.logits()[t], b.logits()[t], swept.row(swept.logits(), s, t));
                }
            }
            for (int l = 0; l < hidden.length; l++) {
                String what = golden + ", " + precision + ", state " + l;
                assertThat(hidden[l].rounding)
                        .as(what)
                        .isLessThanOrEqualTo(perBlock(precision) * l * rounding.unit() * hidden[l].magnitude);
                hidden[l].assertDeviceRounds(what);
            }
            norm.assertDeviceRounds(golden + ", " + precision + ", final norm");
            logits.assertDeviceRounds(golden + ", " + precision + ", logits");
        }
    }
}
