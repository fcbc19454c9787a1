package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.ieengine.engine.cpu.CpuBackend;
import org.ieengine.engine.ie.MemoryPlan.Place;
import org.ieengine.engine.ie.TestRuns.ListenerCalls;
import org.ieengine.engine.tensor.Backend;
import org.ieengine.loaders.model.ModelDirectory;
import org.ieengine.loaders.text.TokenMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans and runs on a backend with memory of its own. */
class DeviceRunTest {
    private static final TokenMatrix TOKENS = TestRuns.repeating(3000, 6, 8);
    private static final MeasureSettings SETTINGS = MeasureSettings.builder()
            .seeds(1)
            .prediction(MeasureSettings.PREDICTION_OFF)
            .build();
    private static final String NEXT = "the next block, uploaded while one is at work";

    @TempDir
    Path directory;

    private CpuBackend processor;
    private ModelDirectory model;

    @BeforeEach
    void open() {
        processor = new CpuBackend(2);
        model = ModelDirectory.open(TestRuns.GPT2);
    }

    @AfterEach
    void close() {
        model.close();
        processor.close();
    }

    private InformationEmergence measure(Backend backend) {
        return measure(SETTINGS, backend);
    }

    private InformationEmergence measure(MeasureSettings settings, Backend backend) {
        return TestRuns.stated(settings, TestRuns.inputs(model, TOKENS), backend, new ListenerCalls());
    }

    private long needed() {
        return measure(processor).plan(MemoryLimits.FREE).bytes(Place.BACKEND);
    }

    @Test
    void theNextBlockIsUploadedBeforeTheOneAtWorkIsWaitedForAndNothingElseChanges() {
        DeviceTwin twin = new DeviceTwin(processor, 1L << 32);
        InformationEmergence ahead = measure(twin.device());
        MemoryPlan plan = ahead.plan(MemoryLimits.FREE);
        assertThat(plan.uploadsAhead()).isTrue();
        assertThat(plan.items()).anyMatch(item -> item.name().equals(NEXT));
        IeResult found;
        try (Journal journal = Journal.open(directory.resolve("ahead"), false)) {
            found = ahead.run(plan, journal, RunListener.SILENT);
        }
        assertThat((double) processor.peakBytes())
                .isBetween(0.6 * plan.bytes(Place.BACKEND), 1.05 * plan.bytes(Place.BACKEND));
        assertThat(twin.calls()).contains("reserve " + plan.bytes(Place.BACKEND));
        // Uploads of block 1, then the wait for both streams after block 0; nothing is uploaded after the last block.
        List<String> ends = twin
                .calls()
                .subList(twin.calls().indexOf("attention"), twin.calls().size())
                .stream()
                .filter(call -> call.equals("load") || call.equals("firstNonFiniteRow"))
                .toList();
        assertThat(ends.get(0)).isEqualTo("load");
        assertThat(ends.subList(ends.lastIndexOf("load") + 1, ends.size()))
                .containsExactly("firstNonFiniteRow", "firstNonFiniteRow", "firstNonFiniteRow", "firstNonFiniteRow");

        InformationEmergence plain = measure(processor);
        MemoryPlan usual = plain.plan(MemoryLimits.FREE);
        assertThat(usual.uploadsAhead()).isFalse();
        try (Journal journal = Journal.open(directory.resolve("plain"), false)) {
            IeResult expected = plain.run(usual, journal, RunListener.SILENT);
            assertThat(found.measured().layers()).isEqualTo(expected.measured().layers());
        }
        assertThat(processor.allocatedBytes()).isZero();
    }

    @Test
    void theHeadLeavesTheDeviceBeforeTheBlockThatWasUploadedAheadIsRun() {
        MeasureSettings settings = MeasureSettings.builder()
                .estimators(List.of(MeasureSettings.Estimator.DV))
                .seeds(1)
                .build();
        DeviceTwin twin = new DeviceTwin(processor, 1L << 32);
        InformationEmergence ahead = measure(settings, twin.device());
        MemoryPlan plan = ahead.plan(MemoryLimits.FREE);
        assertThat(plan.uploadsAhead()).isTrue();
        NextTokenPrediction found;
        try (Journal journal = Journal.open(directory.resolve("ahead"), false)) {
            found = ahead.run(plan, journal, RunListener.SILENT).measured().prediction();
        }
        assertThat((double) processor.peakBytes())
                .isBetween(0.8 * plan.bytes(Place.BACKEND), 1.05 * plan.bytes(Place.BACKEND));
        assertThat(processor.allocatedBytes()).isZero();
        InformationEmergence plain = measure(settings, processor);
        try (Journal journal = Journal.open(directory.resolve("plain"), false)) {
            assertThat(plain.run(plain.plan(MemoryLimits.FREE), journal, RunListener.SILENT)
                            .measured()
                            .prediction())
                    .isEqualTo(found);
        }
    }

    @Test
    void withoutRoomForTwoBlocksOneIsUploadedAtATime() {
        DeviceTwin twin = new DeviceTwin(processor, needed() * 50 / 49 + 1024);
        MemoryPlan plan = measure(twin.device()).plan(MemoryLimits.FREE);
        assertThat(plan.fits()).isTrue();
        assertThat(plan.uploadsAhead()).isFalse();
        assertThat(plan.items()).noneMatch(item -> item.name().equals(NEXT));
        assertThat(plan.capacity().device()).isTrue();
        assertThat(plan.capacity().capped()).isFalse();
    }

    @Test
    void theLimitOfADeviceIsDeviceMemoryAndTheAdviceNamesIt() {
        // Less than the weights of a block.
        long little = 256 << 10;
        DeviceTwin twin = new DeviceTwin(processor, 1L << 32);
        MemoryPlan capped = measure(twin.device()).plan(new MemoryLimits(1L << 32, little));
        assertThat(capped.fits()).isFalse();
        assertThat(capped.capacity().backendBytes()).isEqualTo(little);
        assertThat(capped.advice())
                .contains("of device memory and --device-memory allows")
                .containsPattern("it would fit with --device-memory \\d\\.\\d{3}")
                .doesNotContain("--memory ");
        MemoryPlan hostAlone = measure(twin.device()).plan(new MemoryLimits(little, 0));
        assertThat(hostAlone.fits()).as("--memory is the host's").isTrue();
        MemoryPlan small = measure(new DeviceTwin(processor, little).device()).plan(MemoryLimits.FREE);
        assertThat(small.fits()).isFalse();
        assertThat(small.advice()).contains("the device has free").doesNotContain("--device-memory");
    }

    @Test
    void aRunGoesOnWithSmallerMicroBatchesAndSaysSo() {
        InformationEmergence first = measure(processor);
        MemoryPlan plan = first.plan(MemoryLimits.FREE);
        Path out = directory.resolve("resumed");
        int half = 3;
        try (Journal journal = Journal.open(out, false)) {
            int[] finished = new int[1];
            RunListener stopping = new RunListener() {
                @Override
                public void estimateFinished(EstimateKey key) {
                    finished[0]++;
                }

                @Override
                public String stopReason() {
                    return finished[0] == half ? "enough" : null;
                }
            };
            assertThatThrownBy(() -> first.run(plan, journal, stopping)).isInstanceOf(RunStoppedException.class);
        }
        MemoryPlan smaller = measure(processor).plan(new MemoryLimits(plan.bytes(Place.BACKEND) * 9 / 10, 0));
        assertThat(smaller.fits()).isTrue();
        assertThat(smaller.batchRows()).isLessThan(plan.batchRows());
        try (Journal journal = Journal.open(out, true)) {
            IeResult result = measure(processor).run(smaller, journal, RunListener.SILENT);
            assertThat(journal.estimatesByBatchRows()).containsEntry(plan.batchRows(), half);
            assertThat(result.warnings())
                    .anyMatch(warning ->
                            warning.startsWith("the run was continued with micro-batches of another size: of its"
                                            + " estimates " + half + " with " + plan.batchRows() + " rows; ")
                                    && warning.contains(" with " + smaller.batchRows() + " rows. "));
        }
    }
}
