package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryPlanTest {
    @TempDir
    Path directory;

    private static final MeasureSettings SETTINGS = MeasureSettings.builder()
            .layers(Selection.of(List.of(0, 1)))
            .positions(Selection.ALL)
            .seeds(1)
            .build();

    @Test
    void theRealPeakStaysWithinThePlanAndNotFarBelow() {
        for (int sequences : new int[] {500, 6000}) {
            try (CpuBackend backend = new CpuBackend(2);
                    ModelDirectory model = ModelDirectory.open(TestRuns.GPT2);
                    Journal journal = Journal.open(directory.resolve("peak-" + sequences), false)) {
                TokenMatrix tokens = TestRuns.repeating(sequences, 6, 8);
                InformationEmergence measure =
                        TestRuns.stated(SETTINGS, TestRuns.inputs(model, tokens), backend, new ListenerCalls());
                MemoryPlan plan = measure.plan(MemoryLimits.FREE);
                measure.run(plan, journal, RunListener.SILENT);
                double planned = plan.bytes(Place.BACKEND);
                assertThat((double) backend.peakBytes()).isBetween(0.8 * planned, 1.05 * planned);
            }
        }
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheOptionThatHelps() {
        try (CpuBackend backend = new CpuBackend(1);
                ModelDirectory model = ModelDirectory.open(TestRuns.GPT2);
                Journal journal = Journal.open(directory, false)) {
            TokenMatrix tokens = TestRuns.repeating(20_000, 8, 8);
            InformationEmergence measure =
                    TestRuns.stated(SETTINGS, TestRuns.inputs(model, tokens), backend, new ListenerCalls());
            MemoryPlan free = measure.plan(MemoryLimits.FREE);
            assertThat(free.fits()).isTrue();
            assertThat(free.advice()).isEmpty();
            assertThat(free.seconds()).isPositive();
            MemoryPlan plan = measure.plan(new MemoryLimits(free.bytes(Place.BACKEND) / 3, 0));
            assertThat(plan.fits()).isFalse();
            assertThat(plan.batchRows()).isLessThan(free.batchRows());
            assertThat(plan.advice())
                    .contains("--memory allows")
                    .containsPattern("--samples \\d+")
                    .contains("it would fit with");
            // The stream alone is more than a third, so that one position would not fit either; with more room it
            // would.
            assertThat(plan.advice()).doesNotContain("--positions");
            assertThat(measure.plan(new MemoryLimits(free.bytes(Place.BACKEND) * 3 / 5, 0))
                            .advice())
                    .contains("--positions last");
            assertThatThrownBy(() -> measure.run(plan, journal, RunListener.SILENT))
                    .isInstanceOf(DoesNotFitException.class)
                    .hasMessage(plan.advice());
            assertThat(backend.allocatedBytes()).isZero();
        }
    }

    @Test
    void bytesAloneAreThoseOfThePlan() {
        try (CpuBackend backend = new CpuBackend(1);
                ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            TokenMatrix tokens = TestRuns.repeating(2_000, 8, 8);
            InformationEmergence measure =
                    TestRuns.stated(SETTINGS, TestRuns.inputs(model, tokens), backend, new ListenerCalls());
            MemoryPlan plan = measure.plan(MemoryLimits.FREE);
            MemoryPlan bytes = measure.bytes(MemoryLimits.FREE);
            assertThat(bytes.items()).isEqualTo(plan.items());
            assertThat(bytes.times()).isEmpty();
            MemoryLimits tooLittle = new MemoryLimits(1 << 20, 0);
            assertThat(measure.bytes(tooLittle).fits()).isFalse();
            assertThat(measure.bytes(tooLittle).advice()).isEmpty();
        }
    }

    @Test
    void theNumberOfSamplesItAdvisesFits() {
        try (CpuBackend backend = new CpuBackend(1);
                ModelDirectory model = ModelDirectory.open(TestRuns.GPT2)) {
            MemoryLimits limits = new MemoryLimits(8L << 20, 0);
            TokenMatrix tokens = TestRuns.repeating(20_000, 8, 8);
            MemoryPlan plan = TestRuns.stated(SETTINGS, TestRuns.inputs(model, tokens), backend, new ListenerCalls())
                    .plan(limits);
            assertThat(plan.fits()).isFalse();
            int samples = Integer.parseInt(plan.advice().replaceAll(".*--samples (\\d+).*", "$1"));
            assertThat(samples).isBetween(1, 19_999);
            TokenMatrix fewer = new TokenMatrix(Arrays.copyOf(tokens.ids(), samples * 8), samples, 8);
            MemoryPlan second = TestRuns.stated(SETTINGS, TestRuns.inputs(model, fewer), backend, new ListenerCalls())
                    .plan(limits);
            assertThat(second.fits()).as(plan.advice()).isTrue();
        }
    }
}
