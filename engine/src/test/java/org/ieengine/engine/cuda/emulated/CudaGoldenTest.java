package org.ieengine.engine.cuda.emulated;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.cuda.CudaBackend;
import org.ieengine.engine.cuda.Precision;
import org.ieengine.engine.model.GoldenDifferences;
import org.ieengine.engine.model.SweptStates;
import org.ieengine.engine.model.reference.GoldenForward;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family on the emulated GPU against the states that {@code transformers} computes. */
class CudaGoldenTest {
    /** As on the processor: two float32 implementations differ by about 1e-5. */
    private static final double FLOAT32 = 1e-4;

    private EmulatedBackends device;

    @BeforeEach
    void open() {
        device = EmulatedBackends.late();
    }

    @AfterEach
    void close() {
        device.close();
    }

    static List<GoldenForward> goldens() {
        return GoldenForward.all();
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void hiddenStatesNormAndLogitsAgreeInFloat32(GoldenForward golden) {
        GoldenDifferences differences = differences(golden, device.apart(Precision.F32));
        assertThat(differences.largest()).as("%s", differences).isLessThan(FLOAT32);
    }

    /**
     * What rounding the operands of every product, and what is kept as an operand, moves is known from the processor. Beyond that, two float32 implementations
     * differ only where a sum in another order lands on the other side of a rounding boundary: few operands, each by a unit in the
     * last place, up to a sixth of the whole in these models.
     */
    @ParameterizedTest
    @MethodSource("goldens")
    void reducedPrecisionRoundsOperandsAndNothingElse(GoldenForward golden) {
        TokenMatrix tokens = golden.tokens();
        for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
            CudaBackend backend = device.packed(precision, Long.MAX_VALUE);
            try (CpuBackend cpu = new CpuBackend(2);
                    ModelDirectory model = ModelDirectory.open(golden.model())) {
                SweptStates found = SweptStates.of(model, backend, tokens, tokens.tokens());
                SweptStates rounded =
                        SweptStates.of(model, RoundedOperands.over(cpu, precision), tokens, tokens.tokens());
                GoldenDifferences moved = GoldenDifferences.of(golden, rounded);
                GoldenDifferences differences = GoldenDifferences.of(golden, found);
                assertThat(moved.largest()).isGreaterThan(FLOAT32);
                assertThat(differences.hidden()).isLessThan(1.5 * moved.hidden());
                assertThat(differences.norm()).isLessThan(1.5 * moved.norm());
                assertThat(differences.logits()).isLessThan(1.5 * moved.logits());
                if (tokens.tokens() == 1) {
                    // So few operands that none lies at a boundary.
                    for (int state = 0; state < found.hiddenStates().length; state++) {
                        assertThat(found.hiddenStates()[state])
                                .usingComparatorWithPrecision(1e-5f)
                                .containsExactly(rounded.hiddenStates()[state]);
                    }
                }
            }
        }
    }

    private static GoldenDifferences differences(GoldenForward golden, CudaBackend backend) {
        TokenMatrix tokens = golden.tokens();
        try (ModelDirectory model = ModelDirectory.open(golden.model())) {
            return GoldenDifferences.of(golden, SweptStates.of(model, backend, tokens, tokens.tokens() + 5));
        }
    }
}
