package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.MeasureSettings.Control;
import org.ieengine.engine.ie.MeasureSettings.Estimator;
import org.ieengine.engine.ie.MeasureSettings.Protocol;
import org.ieengine.engine.ie.MeasureSettings.Training;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole run with the real estimators on a sample model: lists of 5 entities, 2 shots, whose bits are known exactly. */
class RealEstimatorsTest {
    @TempDir
    Path directory;

    private CpuBackend backend;
    private ModelDirectory model;

    @BeforeEach
    void open() {
        backend = new CpuBackend(2);
        model = ModelDirectory.open(TestRuns.GPT2);
    }

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    private IeResult run(MeasureSettings settings, TokenMatrix tokens, String name, RunListener listener) {
        InformationEmergence measure = new InformationEmergence(settings, TestRuns.inputs(model, tokens), backend);
        boolean resume = Files.exists(directory.resolve(name));
        try (Journal journal = Journal.open(directory.resolve(name), resume)) {
            return measure.run(measure.plan(MemoryLimits.FREE), journal, listener);
        }
    }

    @Test
    void bothEstimatorsReadNearTheExactValuesOfListsAndNeverAbove() {
        MeasureSettings settings = MeasureSettings.builder()
                .layers(Selection.of(List.of(0, 1)))
                .positions(Selection.of(List.of(0, 3)))
                .seeds(2)
                .noise(List.of(0.5, 2.0, 4.0))
                .draws(256)
                .training(new Training(200, 0, 0, 0))
                .build();
        IeResult result = run(settings, ExactInformationTest.lists(5, 2), "lists", RunListener.SILENT);
        for (IeResult.LayerRow row : result.measured().layers()) {
            assertThat(row.macro().aboveCeiling()).isFalse();
            double ceiling = row.macro().ceilingBits();
            // The resolution of a noise that hides nothing of so few states is exact; every critic comes close.
            if (row.noise() == 0.5) {
                assertThat(row.macro().bits()).as(row.toString()).isCloseTo(ceiling, within(0.02 + 0.02 * ceiling));
                assertThat(row.ieBits()).as(row.toString()).isCloseTo(row.exactIeBits(), within(0.12));
            }
            if (row.estimator().equals("dv")) {
                for (double bits : row.macro().seeds()) {
                    assertThat(bits).as(row.toString()).isBetween(0.97 * ceiling, ceiling + 1e-3);
                }
                for (IeResult.MicroTerm term : row.micro()) {
                    assertThat(term.bits())
                            .as(term.toString())
                            .isBetween(0.95 * term.ceilingBits(), term.ceilingBits() + 1e-3);
                }
            }
            if (row.position() == 0) {
                // Macro and micro are the same pairs, by two critics, each a little below the ceiling of 2.3 bits.
                assertThat(row.ieBits()).as("E(l, 0) of " + row).isCloseTo(0, within(0.05));
            }
        }
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void aRunResumedInMidTrainingIsTheUndisturbedOne() {
        MeasureSettings settings = MeasureSettings.builder()
                .layers(Selection.of(List.of(1)))
                .seeds(2)
                .draws(64)
                .training(new Training(20, 0, 0, 0))
                .control(Control.UNTRAINED)
                .build();
        TokenMatrix tokens = TestRuns.repeating(60, 4, 3);
        ObjectNode whole = comparable(run(settings, tokens, "whole", RunListener.SILENT));
        int[] steps = {0};
        assertThatThrownBy(() -> run(settings, tokens, "stopped", new RunListener() {
                    @Override
                    public void progress(Progress progress) {
                        steps[0]++;
                    }

                    @Override
                    public String stopReason() {
                        return steps[0] < 50 ? null : "time is up";
                    }
                }))
                .isInstanceOf(RunStoppedException.class);
        assertThat(backend.allocatedBytes()).isZero();
        assertThat(comparable(run(settings, tokens, "stopped", RunListener.SILENT)))
                .isEqualTo(whole);
    }

    private static ObjectNode comparable(IeResult result) {
        ObjectNode document = ResultJson.document(result);
        document.remove("timings");
        return document;
    }

    @Test
    void everyEstimatorReadsTheSampleModelAndIsTheSameAfterAStop() {
        MeasureSettings settings = MeasureSettings.builder()
                .layers(Selection.of(List.of(1)))
                .estimators(List.of(Estimator.values()))
                .seeds(2)
                .draws(64)
                .training(new Training(40, 0, 0, 0))
                .build();
        TokenMatrix tokens = ExactInformationTest.lists(9, 3);
        IeResult result = run(settings, tokens, "every", RunListener.SILENT);
        int[] finished = {0};
        assertThatThrownBy(() -> run(settings, tokens, "stopped", new RunListener() {
                    @Override
                    public void estimateFinished(EstimateKey key) {
                        finished[0] += key.is(EstimatorKind.ROWS) ? 1 : 0;
                    }

                    @Override
                    public String stopReason() {
                        return finished[0] < 2 ? null : "time is up";
                    }
                }))
                .isInstanceOf(RunStoppedException.class);
        assertThat(comparable(run(settings, tokens, "stopped", RunListener.SILENT)))
                .isEqualTo(comparable(result));

        for (IeResult.LayerRow row : result.measured().layers()) {
            double bits = row.macro().bits();
            double ceiling = row.macro().ceilingBits();
            switch (row.estimator()) {
                // Bounds: of 504 lists, 8.98 bits.
                case "dv", "nwj" -> assertThat(bits).as(row.toString()).isBetween(0.8 * ceiling, ceiling + 1e-3);
                // Judged by a fifth of the lists against each other.
                case "infonce" -> assertThat(bits).isBetween(0.0, Math.log(101) / Math.log(2));
                // One state follows from the other: beyond any bound.
                case "gaussian", "copula" ->
                    assertThat(row.macro().aboveCeiling()).isTrue();
                case "ksg" -> assertThat(bits).isBetween(0.0, ceiling);
                default -> assertThat(bits).as(row.toString()).isFinite();
            }
            // Commas.
            assertThat(row.micro().get(1).bits()).as(row.toString()).isCloseTo(0, within(1e-9));
        }
    }

    @Test
    void thePublishedProtocolRuns() {
        MeasureSettings settings = MeasureSettings.builder()
                .protocol(Protocol.PAPER)
                .estimators(List.of(Estimator.DV))
                .layers(Selection.of(List.of(1)))
                .training(new Training(30, 0, 0, 0))
                .build();
        IeResult result = run(settings, TestRuns.repeating(60, 3, 3), "paper", RunListener.SILENT);
        IeResult.LayerRow row = result.measured().layers().get(0);
        assertThat(row.macro().bits()).isFinite();
        assertThat(row.micro()).hasSize(3);
        // 30 epochs of 60 joint and 60 permuted rows.
        assertThat(row.macro().rowPasses()).isEqualTo(30 * 120);
        assertThat(result.curves().get(0).steps()).hasSize(30);
    }

    @Test
    void theRealPeakStaysWithinThePlan() {
        record Case(Protocol protocol, List<Estimator> estimators) {}
        List<Case> cases = List.of(
                new Case(Protocol.STANDARD, List.of(Estimator.DV)),
                new Case(Protocol.STANDARD, List.of(Estimator.RESOLUTION)),
                new Case(Protocol.STANDARD, List.of(Estimator.INFONCE)),
                new Case(Protocol.PAPER, List.of(Estimator.DV)));
        for (Case each : cases) {
            try (CpuBackend own = new CpuBackend(2)) {
                MeasureSettings settings = MeasureSettings.builder()
                        .protocol(each.protocol)
                        .estimators(each.estimators)
                        .layers(Selection.of(List.of(1)))
                        .seeds(1)
                        .draws(512)
                        .training(new Training(2, 0, 0, 0))
                        .build();
                TokenMatrix tokens = TestRuns.repeating(3000, 6, 3);
                InformationEmergence measure = new InformationEmergence(settings, TestRuns.inputs(model, tokens), own);
                MemoryPlan plan = measure.plan(MemoryLimits.FREE);
                Path name = directory.resolve("peak" + each.hashCode());
                try (Journal journal = Journal.open(name, false)) {
                    measure.run(plan, journal, RunListener.SILENT);
                }
                double planned = plan.bytes(Place.BACKEND);
                assertThat((double) own.peakBytes())
                        .as("%s %s", each, plan.items())
                        .isBetween(0.8 * planned, 1.05 * planned);
            }
        }
    }
}
