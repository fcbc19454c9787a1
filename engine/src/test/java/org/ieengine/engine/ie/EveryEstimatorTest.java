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
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.MeasureSettings.Control;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.MeasureSettings.Training;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs with several estimators whose values are stated: which are made, how often, and what becomes of them. */
class EveryEstimatorTest {
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

    private static MeasureSettings.Builder of(Estimator... estimators) {
        return MeasureSettings.builder().seeds(2).noise(List.of(1.0)).estimators(List.of(estimators));
    }

    @Test
    void everyRowStandsInTheOrderAskedForWithItsOwnNumbers() {
        List<Estimator> asked = List.of(
                Estimator.KSG,
                Estimator.SMILE,
                Estimator.RESOLUTION,
                Estimator.INFONCE,
                Estimator.DV,
                Estimator.GAUSSIAN,
                Estimator.NWJ,
                Estimator.COPULA);
        IeResult result = run(
                of(asked.toArray(Estimator[]::new))
                        .layers(Selection.of(List.of(1, 2)))
                        .build(),
                ExactInformationTest.lists(5, 2),
                "a",
                RunListener.SILENT);
        List<IeResult.LayerRow> rows = result.measured().layers();
        assertThat(rows).extracting(IeResult.LayerRow::layer).containsOnly(1, 2);
        for (int layer : List.of(1, 2)) {
            List<IeResult.LayerRow> ofLayer =
                    rows.stream().filter(row -> row.layer() == layer).toList();
            assertThat(ofLayer)
                    .extracting(IeResult.LayerRow::estimator)
                    .containsExactlyElementsOf(
                            asked.stream().map(Estimator::label).toList());
            Map<String, IeResult.LayerRow> named =
                    ofLayer.stream().collect(Collectors.toMap(IeResult.LayerRow::estimator, row -> row));
            IeResult.LayerRow dv = named.get("dv");
            double ceiling = dv.macro().ceilingBits();
            assertThat(named.get("nwj").macro().bits()).isCloseTo(dv.macro().bits() - 0.01, within(1e-12));
            assertThat(named.get("smile").macro().bits()).isCloseTo(dv.macro().bits() + 0.02, within(1e-12));
            assertThat(named.get("smile").micro().get(2).bits())
                    .isCloseTo(dv.micro().get(2).bits() + 0.02, within(1e-12));
            assertThat(named.get("nwj").protocol()).isEqualTo("standard");
            assertThat(named.get("nwj").ieSd()).isFinite();
            // The entropy of the rows that were given: all 20 lists, and 5 entities at positions 0 and 2.
            assertThat(named.get("ksg").macro().bits()).isCloseTo(ceiling, within(1e-12));
            assertThat(named.get("ksg").ieBits()).isCloseTo(dv.exactIeBits(), within(1e-12));
            assertThat(named.get("ksg").ieSd()).isNaN();
            assertThat(named.get("ksg").macro().seeds()).isEmpty();
            assertThat(named.get("ksg").macro().rowPasses()).isNaN();
            assertThat(named.get("ksg").protocol()).isNull();
            assertThat(named.get("ksg").macro().aboveCeiling()).isFalse();
            assertThat(named.get("infonce").macro().seeds()).hasSize(2);
            assertThat(named.get("infonce").macro().bits()).isCloseTo(ceiling - 0.1, within(1e-12));
            assertThat(named.get("infonce").macro().rowPasses()).isEqualTo(1000);
            assertThat(named.get("gaussian").macro().bits()).isCloseTo(100 + ceiling, within(1e-12));
            assertThat(named.get("gaussian").macro().aboveCeiling()).isTrue();
            // Commas: one symbol, nothing to estimate.
            assertThat(named.get("gaussian").micro().get(1).bits()).isZero();
        }
    }

    @Test
    void criticsAreTrainedOnceForAllNamesAndNotForTheOthers() throws IOException {
        TokenMatrix lists = ExactInformationTest.lists(5, 2);
        MeasureSettings.Builder one = of(Estimator.NWJ).layers(Selection.of(List.of(1)));
        run(one.build(), lists, "one", RunListener.SILENT);
        // Two critics of the pooled tokens, two of the sequences.
        assertThat(calls.estimates()).isEqualTo(4);
        run(
                one.estimators(List.of(Estimator.NWJ, Estimator.DV, Estimator.SMILE))
                        .build(),
                lists,
                "three",
                RunListener.SILENT);
        assertThat(calls.estimates()).isEqualTo(8);
        assertThat(Files.readString(directory.resolve("three/journal.jsonl")))
                .contains("\"estimator\":\"nwj,dv,smile\"", "\"dv_bits\":", "\"smile_bits\":")
                .doesNotContain("nwj_bits");
        // Positions 0 and 2 hold the same tokens as often, 1 and 3 are commas, which take nothing.
        run(one.estimators(List.of(Estimator.GAUSSIAN)).build(), lists, "rows", RunListener.SILENT);
        assertThat(calls.estimates()).isEqualTo(10);
    }

    @Test
    void stoppedAfterAnyEstimateAndResumedGivesTheSameResult() throws IOException {
        TokenMatrix tokens = TestRuns.repeating(40, 3, 2);
        MeasureSettings settings = of(
                        Estimator.SMILE, Estimator.DV, Estimator.INFONCE, Estimator.GAUSSIAN, Estimator.KSG)
                .layers(Selection.of(List.of(1, 2)))
                .positions(Selection.of(List.of(1, 2)))
                .control(Control.SHUFFLED)
                .segment(60)
                .build();
        ObjectNode whole = comparable(run(settings, tokens, "whole", RunListener.SILENT));
        int lines = Files.readAllLines(directory.resolve("whole/journal.jsonl")).size();
        int estimates = calls.estimates();
        for (int stop : new int[] {1, 20, lines / 2, lines - 1}) {
            String name = "stopped-" + stop;
            int[] left = {stop};
            int before = calls.estimates();
            assertThatThrownBy(() -> run(settings, tokens, name, new RunListener() {
                        @Override
                        public void estimateFinished(EstimateKey key) {
                            left[0]--;
                        }

                        @Override
                        public String stopReason() {
                            return left[0] > 0 ? null : "enough";
                        }
                    }))
                    .isInstanceOf(RunStoppedException.class);
            assertThat(comparable(run(settings, tokens, name, RunListener.SILENT)))
                    .as("stopped after %d", stop)
                    .isEqualTo(whole);
            // Only the estimate at work when it stopped was begun twice.
            assertThat(calls.estimates() - before).isBetween(estimates, estimates + 1);
        }
        assertThat(whole.path("layers").path(2).path("estimator").asText()).isEqualTo("infonce");
        assertThat(whole.path("layers").path(2).path("macro").path("segments")).hasSize(2);
    }

    @Test
    void whatIsAmissWithRowsIsSaidOnce() {
        IeResult result = run(
                of(Estimator.GAUSSIAN, Estimator.KSG)
                        .layers(Selection.of(List.of(1, 2)))
                        .build(),
                TestRuns.repeating(6000, 3, 2),
                "a",
                RunListener.SILENT);
        assertThat(result.warnings())
                .filteredOn(w -> w.contains("for comparison only"))
                .hasSize(1);
        assertThat(result.warnings())
                .contains(
                        "ksg: 5,000 of the 6,000 samples were drawn, the same at every block; so many rows tell at most"
                                + " 12.29 bits apart");
        // Three positions of different tokens and the sequences, at two blocks.
        assertThat(result.warnings())
                .anyMatch(w -> w.matches(
                        "gaussian, block 1, micro, position 0: 6000 rows and the seed \\d; the like in 5 more of"
                                + " its estimates"))
                .anyMatch(w -> w.matches(
                        "ksg, block 1, macro, position 2: 5000 rows and the seed \\d; the like in 1 more of its"
                                + " estimates"))
                .anyMatch(w -> w.startsWith("gaussian reads above the exact ceiling in 2 of 2 macro terms"))
                .contains("gaussian reads above the exact ceiling in 6 of 6 micro terms: its IE is too low by that");
        assertThat(result.warnings()).noneMatch(w -> w.startsWith("ksg reads above"));
        assertThat(result.settings()).containsEntry("rows-ksg", 5000).containsEntry("rows-gaussian", 20000);
    }

    @Test
    void thePlanNamesTheRowsOnTheHeapAndWhichEstimatorsFit() {
        TokenMatrix tokens = TestRuns.repeating(3000, 3, 2);
        RunInputs inputs = TestRuns.inputs(model, tokens);
        MemoryPlan without = TestRuns.stated(of(Estimator.DV).build(), inputs, backend, calls)
                .plan(MemoryLimits.FREE);
        MemoryPlan plan = TestRuns.stated(
                        of(Estimator.DV, Estimator.KSG, Estimator.COPULA).build(), inputs, backend, calls)
                .plan(MemoryLimits.FREE);
        long rows = 2L * 3000 * 128 * Float.BYTES;
        assertThat(plan.bytes(MemoryPlan.Place.HEAP) - without.bytes(MemoryPlan.Place.HEAP))
                .isGreaterThan(2 * rows);
        assertThat(plan.items())
                .extracting(MemoryPlan.Item::name)
                .contains("copula from 3000 rows a side")
                .doesNotContain("ksg from 3000 rows a side");
        assertThat(plan.times()).extracting(MemoryPlan.Time::name).contains("critics", "estimates for comparison");
    }

    @Test
    void whatDoesNotGoTogetherIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(Estimator.DV, Estimator.SMILE)
                        .protocol(Protocol.PAPER)
                        .build())
                .withMessage(
                        "--estimator smile is read from the critics of --protocol standard; the published protocol has dv"
                                + " alone");
        of(Estimator.DV, Estimator.INFONCE).protocol(Protocol.PAPER).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> of(Estimator.INFONCE)
                        .training(new Training(0, 0, 0, 0.7))
                        .build())
                .withMessage("--holdout lies between 0.01 and 0.5 for infonce");
        of(Estimator.DV).training(new Training(0, 0, 0, 0.7)).build();
    }

    @Test
    void theBeginningOfSequenceTokenHasZeroBitsByEveryEstimator() {
        List<int[]> sequences = new ArrayList<>();
        TokenMatrix plain = TestRuns.repeating(30, 2, 4);
        for (int i = 0; i < 30; i++) {
            int[] sequence = plain.sequence(i);
            sequences.add(new int[] {2047, sequence[0], sequence[1]});
        }
        IeResult result = run(
                of(Estimator.NWJ, Estimator.KSG, Estimator.GAUSSIAN).bos(true).build(),
                ExactInformationTest.matrix(sequences),
                "a",
                RunListener.SILENT);
        for (IeResult.LayerRow row : result.measured().layers()) {
            assertThat(row.micro().get(0).bits()).isZero();
            assertThat(row.micro().get(1).bits()).isPositive();
        }
    }
}
