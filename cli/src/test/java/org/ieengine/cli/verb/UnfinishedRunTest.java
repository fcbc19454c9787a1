package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.ieengine.engine.tensor.MemoryExhaustedException;
import org.ieengine.kernels.GpuException;
import org.junit.jupiter.api.Test;

class UnfinishedRunTest {
    private static final Path DIRECTORY = Path.of("ie-out");

    @Test
    void shouldSayWhatIsKeptAndHowToGoOnWhenTheDeviceIsLost() {
        GpuException lost = new GpuException(GpuException.Kind.LOST, "the GPU stopped answering (719)", "");

        assertThatThrownBy(() -> UnfinishedRun.explained(DIRECTORY, true, () -> {
                    throw lost;
                }))
                .hasMessage(
                        "the GPU stopped answering (719); finished estimates are in ie-out/journal.jsonl, and --resume"
                                + " continues, also with --device cpu")
                .hasCause(lost)
                .satisfies(fault -> assertThat(((GpuException) fault).kind()).isEqualTo(GpuException.Kind.LOST));
    }

    @Test
    void shouldNameWhatTakesLessMemory() {
        assertThatThrownBy(() -> UnfinishedRun.explained(DIRECTORY, true, () -> {
                    throw new GpuException(GpuException.Kind.OUT_OF_MEMORY, "cuMemAlloc: out of memory (2)", "");
                }))
                .hasMessageContaining(
                        "--resume continues, with a smaller --device-memory (smaller batches) or --device");
        assertThatThrownBy(() -> UnfinishedRun.explained(DIRECTORY, false, () -> {
                    throw new MemoryExhaustedException(7, "no room", null);
                }))
                .isInstanceOf(MemoryExhaustedException.class)
                .hasMessage("no room; finished estimates are in ie-out/journal.jsonl, and --resume continues, with more"
                        + " memory free");
    }

    @Test
    void shouldLeaveOtherFaultsAndResultsAlone() {
        assertThat(UnfinishedRun.explained(DIRECTORY, true, () -> 7)).isEqualTo(7);
        assertThatThrownBy(() -> UnfinishedRun.explained(DIRECTORY, true, () -> {
                    throw new IllegalStateException("x");
                }))
                .hasMessage("x");
    }
}
