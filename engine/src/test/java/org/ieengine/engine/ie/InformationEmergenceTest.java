package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.MeasureSettings.Control;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InformationEmergenceTest {
    @TempDir
    Path directory;

    private final ListenerCalls calls = new ListenerCalls();
    private CpuBackend backend;
    private ModelDirectory model;

    @BeforeEach
    void open() {
        backend = new CpuBackend(1);
        model = ModelDirectory.open(TestRuns.GPT2);
    }

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    private IeResult run(MeasureSettings settings, TokenMatrix tokens, String name, RunListener listener) {
        InformationEmergence measure = TestRuns.stated(settings, TestRuns.inputs(model, tokens), backend, calls);
        boolean resume = Files.exists(directory.resolve(name));
        try (Journal journal = Journal.open(directory.resolve(name), resume)) {
            return measure.run(measure.plan(MemoryLimits.FREE), journal, listener);
        }
    }

    private static ObjectNode comparable(IeResult result) {
        ObjectNode document = ResultJson.document(result);
        document.remove("timings");
        return document;
    }

    private static MeasureSettings.Builder few() {
        return MeasureSettings.builder().seeds(2).noise(List.of(0.5, 1.0, 2.0));
    }

    @Test
    void rowsFollowTheExactTablesOfLists() {
        TokenMatrix lists = ExactInformationTest.lists(5, 2);
        IeResult result = run(few().positions(Selection.ALL).build(), lists, "a", RunListener.SILENT);
        List<IeResult.LayerRow> rows = result.measured().layers();
        // 4 blocks, 4 positions, one row of dv and three of resolution.
        assertThat(rows).hasSize(4 * 4 * 4);
        double log20 = Math.log(20) / Math.log(2);
        double log5 = Math.log(5) / Math.log(2);
        for (IeResult.LayerRow row : rows) {
            double[] prefix = {log5, log5, log20, log20};
            double[] token = {log5, 0, log5, 0};
            double ceiling = row.layer() == 0 ? token[row.position()] : prefix[row.position()];
            assertThat(row.macro().ceilingBits()).isCloseTo(ceiling, within(1e-12));
            assertThat(row.micro()).hasSize(row.position() + 1);
            assertThat(row.micro().get(0).ceilingBits()).isCloseTo(log5, within(1e-12));
            if (row.estimator().equals("dv")) {
                // Stated: ceiling - 0.1 (critic + 1) - trace, for macro and micro alike; mean over critics -0.15.
                assertThat(row.macro().bits()).isCloseTo(ceiling - 0.15, within(3e-4));
                assertThat(row.macro().sd()).isCloseTo(0.1 / Math.sqrt(2), within(3e-4));
                assertThat(row.ieBits()).isCloseTo(row.exactIeBits(), within(6e-4));
                assertThat(row.ieSd()).isCloseTo(0, within(3e-4));
                assertThat(row.macro().rowPasses()).isEqualTo(600);
            } else {
                assertThat(row.macro().bits()).isCloseTo(ceiling / (1 + row.noise()), within(1e-12));
                assertThat(row.ieBits()).isCloseTo(row.exactIeBits() / (1 + row.noise()), within(1e-12));
                assertThat(row.leading()).isEqualTo(row.noise() == 1.0);
                assertThat(row.macro().resolution().contextBits()).isEqualTo(0.2);
            }
        }
        assertThat(rows.get(0).estimator()).isEqualTo("dv");
        // States 0 to 4 at 4 positions and 3 noise levels; the last only as what the last block puts out.
        assertThat(result.measured().states()).hasSize(5 * 4 * 3);
        assertThat(result.measured().states().get(0).contextBits()).isEqualTo(0.1);
        assertThat(result.measured().states().get(5 * 4 * 3 - 1).contextBits()).isEqualTo(0.2);
        assertThat(result.source().distinct()).isEqualTo(20);
        assertThat(result.warnings()).anyMatch(w -> w.equals("block 1, macro, position 3, critic 1: a stated warning"));
    }

    @Test
    void theOrderOfTheInputChangesNothing() {
        TokenMatrix tokens = TestRuns.repeating(60, 4, 1);
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < tokens.sequences(); i++) {
            sequences.add(tokens.sequence(i));
        }
        Collections.shuffle(sequences, new Random(3));
        MeasureSettings settings =
                few().control(Control.SHUFFLED).positions(Selection.ALL).build();
        IeResult one = run(settings, tokens, "a", RunListener.SILENT);
        IeResult other = run(settings, ExactInformationTest.matrix(sequences), "b", RunListener.SILENT);
        assertThat(comparable(other)).isEqualTo(comparable(one));
        assertThat(one.source().distinct()).isLessThan(60);
    }

    @Test
    void continuedOnAnotherDeviceItSaysWhichComputedHowMuch() {
        TokenMatrix tokens = TestRuns.repeating(40, 3, 2);
        MeasureSettings settings = few().layers(Selection.of(List.of(1))).build();
        assertThatThrownBy(() -> run(settings, tokens, "moved", new StopAfter(2)))
                .isInstanceOf(RunStoppedException.class);
        RunInputs there = TestRuns.inputs(model, tokens)
                .computedBy(new EngineProvenance("0.1.0", "none", "java", "os", "cuda:0 (GPU)", "bf16", "own"));
        InformationEmergence measure = TestRuns.stated(settings, there, backend, calls);
        IeResult result;
        try (Journal journal = Journal.open(directory.resolve("moved"), true)) {
            result = measure.run(measure.plan(MemoryLimits.FREE), journal, RunListener.SILENT);
        }

        assertThat(result.warnings()).anySatisfy(warning -> assertThat(warning)
                .startsWith("the run was continued on another device or precision: of its estimates ")
                .contains(" by cpu, f32; ", " by cuda:0 (GPU), bf16", Journal.NAME));
        assertThat(result.engine().device()).isEqualTo("cuda:0 (GPU)");
    }

    @Test
    void stoppedAfterAnyEstimateAndResumedGivesTheSameResult() throws IOException {
        TokenMatrix tokens = TestRuns.repeating(40, 3, 2);
        MeasureSettings settings = few().layers(Selection.of(List.of(1, 2)))
                .positions(Selection.of(List.of(1, 2)))
                .control(Control.UNTRAINED)
                .control(Control.SHUFFLED)
                .build();
        ObjectNode whole = comparable(run(settings, tokens, "whole", RunListener.SILENT));
        int estimates = calls.estimates();
        int lines = Files.readAllLines(directory.resolve("whole/journal.jsonl")).size();
        assertThat(whole.path("journal").path("estimates").intValue()).isEqualTo(lines);
        for (int stop : new int[] {1, 17, lines / 2, lines - 1}) {
            int before = calls.estimates();
            String name = "stopped-" + stop;
            assertThatThrownBy(() -> run(settings, tokens, name, new StopAfter(stop)))
                    .isInstanceOf(RunStoppedException.class);
            ObjectNode resumed = comparable(run(settings, tokens, name, RunListener.SILENT));
            assertThat(resumed).as("stopped after %d", stop).isEqualTo(whole);
            // Only the estimate at work when it stopped was begun twice.
            assertThat(calls.estimates() - before).isBetween(estimates, estimates + 1);
        }
        int before = calls.estimates();
        assertThat(comparable(run(settings, tokens, "whole", RunListener.SILENT)))
                .isEqualTo(whole);
        assertThat(calls.estimates()).isEqualTo(before);
    }

    /** Asks to stop once so many estimates are finished. */
    private static final class StopAfter implements RunListener {
        private int left;

        StopAfter(int estimates) {
            left = estimates;
        }

        @Override
        public void estimateFinished(EstimateKey key) {
            left--;
        }

        @Override
        public String stopReason() {
            return left > 0 ? null : "enough";
        }
    }

    @Test
    void resumingWithAnotherOptionIsRefusedByItsName() {
        TokenMatrix tokens = TestRuns.repeating(20, 3, 2);
        run(few().layers(Selection.of(List.of(0))).build(), tokens, "a", RunListener.SILENT);
        assertThatThrownBy(() ->
                        run(few().layers(Selection.of(List.of(0))).seed(3).build(), tokens, "a", RunListener.SILENT))
                .isInstanceOf(OptionChangedException.class)
                .hasMessageContaining("--seed was 0");
        assertThatThrownBy(() -> run(
                        few().layers(Selection.of(List.of(0)))
                                .noise(List.of(0.5))
                                .build(),
                        tokens,
                        "a",
                        RunListener.SILENT))
                .isInstanceOf(OptionChangedException.class)
                .hasMessageContaining("--noise was [0.5,1.0,2.0]");
    }

    @Test
    void onlyBlocksUpToTheLastWantedOneRun() {
        List<Integer> advanced = new ArrayList<>();
        IeResult result = run(
                few().layers(Selection.of(List.of(1)))
                        .prediction(MeasureSettings.PREDICTION_OFF)
                        .build(),
                TestRuns.repeating(20, 3, 2),
                "a",
                new RunListener() {
                    @Override
                    public void progress(Progress progress) {
                        if (progress.phase() == Progress.Phase.FORWARD) {
                            advanced.add(progress.layer());
                        }
                        assertThat(progress.fraction()).isBetween(0.0, 1.0);
                    }
                });
        assertThat(advanced).containsOnly(0, 1);
        assertThat(result.measured().layers()).allMatch(row -> row.layer() == 1);
        assertThat(result.measured().states())
                .extracting(IeResult.StateRow::state)
                .containsOnly(1, 2);
    }

    @Test
    void theBeginningOfSequenceTokenCountsWithZeroBits() {
        TokenMatrix plain = TestRuns.repeating(30, 3, 4);
        int[] ids = new int[30 * 4];
        for (int i = 0; i < 30; i++) {
            ids[4 * i] = 2047;
            System.arraycopy(plain.ids(), 3 * i, ids, 4 * i + 1, 3);
        }
        IeResult result = run(
                few().bos(true).control(Control.SHUFFLED).build(),
                new TokenMatrix(ids, 30, 4),
                "a",
                RunListener.SILENT);
        for (IeResult.LayerRow row : result.measured().layers()) {
            assertThat(row.micro()).hasSize(4);
            assertThat(row.micro().get(0).bits()).isZero();
            assertThat(row.micro().get(0).ceilingBits()).isZero();
            assertThat(row.micro().get(1).bits()).isPositive();
        }
        assertThat(result.controls().get("shuffled").ceiling().microBits().get(0))
                .isZero();
        IeResult first = run(
                few().bos(true)
                        .positions(Selection.of(List.of(0)))
                        .estimators(List.of(Estimator.DV))
                        .build(),
                new TokenMatrix(ids, 30, 4),
                "b",
                RunListener.SILENT);
        assertThat(first.measured().layers()).allMatch(row -> row.micro().get(0).bits() == 0);
    }

    @Test
    void thePublishedProtocolHasACriticPerPositionAndSegmentsAreAveraged() {
        IeResult result = run(
                MeasureSettings.builder()
                        .protocol(Protocol.PAPER)
                        .estimators(List.of(Estimator.DV))
                        .segment(48)
                        .build(),
                TestRuns.repeating(30, 3, 4),
                "a",
                RunListener.SILENT);
        // 4 blocks, 2 segments of 48 in 128 dimensions, 3 positions and the macro term, 1 critic.
        assertThat(calls.estimates()).isEqualTo(4 * 2 * 4);
        IeResult.LayerRow row = result.measured().layers().get(1);
        assertThat(row.protocol()).isEqualTo("paper");
        assertThat(row.macro().segments()).hasSize(2);
        assertThat(row.macro().segments().get(1).first()).isEqualTo(48);
        assertThat(row.macro().bits())
                .isCloseTo(
                        (row.macro().segments().get(0).bits()
                                        + row.macro().segments().get(1).bits())
                                / 2,
                        within(1e-12));
        assertThat(row.ieSd()).isNaN();
        assertThat(result.warnings()).contains("--segment 48: the last 32 dimensions are a shorter slice and left out");
        assertThat(result.curves()).hasSize(32);
    }

    @Test
    void controlsAreOtherModelsAndOtherSequences() {
        TokenMatrix tokens = TestRuns.repeating(40, 4, 9);
        IeResult result = run(
                few().control(Control.UNTRAINED).control(Control.SHUFFLED).build(), tokens, "a", RunListener.SILENT);
        IeResult.Measured own = result.measured();
        IeResult.Measured untrained = result.controls().get("untrained");
        IeResult.Measured shuffled = result.controls().get("shuffled");
        assertThat(untrained.ceiling()).isEqualTo(own.ceiling());
        assertThat(untrained.layers().get(4).macro().bits())
                .isNotEqualTo(own.layers().get(4).macro().bits());
        assertThat(shuffled.ceiling()).isNotEqualTo(own.ceiling());
        assertThat(shuffled.layers()).hasSameSizeAs(own.layers());
    }

    @Test
    void optionsThatDoNotFitTheModelAreNamed() {
        TokenMatrix tokens = TestRuns.repeating(20, 3, 2);
        RunInputs inputs = TestRuns.inputs(model, tokens);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> TestRuns.stated(few().layers(Selection.parse("4")).build(), inputs, backend, calls))
                .withMessageContaining("--layers: block 4 does not exist");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        TestRuns.stated(few().positions(Selection.parse("3")).build(), inputs, backend, calls))
                .withMessageContaining("--positions: position 3 does not exist");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestRuns.stated(few().segment(129).build(), inputs, backend, calls))
                .withMessageContaining("--segment 129");
    }

    @Test
    void nothingIsLeftInTheMemoryOfTheBackend() {
        long before = backend.allocatedBytes();
        run(few().positions(Selection.ALL).build(), TestRuns.repeating(40, 4, 9), "a", RunListener.SILENT);
        assertThat(backend.allocatedBytes()).isEqualTo(before);
        assertThatThrownBy(() -> run(
                        few().positions(Selection.ALL).build(), TestRuns.repeating(40, 4, 9), "b", new StopAfter(3)))
                .isInstanceOf(RunStoppedException.class);
        assertThat(backend.allocatedBytes()).isEqualTo(before);
    }
}
