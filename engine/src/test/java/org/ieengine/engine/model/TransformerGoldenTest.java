package org.ieengine.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
                GoldenDifferences differences =
                        GoldenDifferences.of(golden, SweptStates.of(model, backend, tokens, maxRows));
                assertThat(differences.largest()).as("%s", differences).isLessThan(TOLERANCE);
            }
        }
    }
}
