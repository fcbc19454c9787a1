package org.ieengine.engine.ie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFilesTest {
    @TempDir
    private Path directory;

    @Test
    void contentThatFailsLeavesTheOldFileAndNoPart() throws IOException {
        Path file = Files.writeString(directory.resolve("a.json"), "old");
        RunStoppedException stop = new RunStoppedException("interrupted");

        assertThatThrownBy(() -> OutputFiles.write(file, out -> {
                    out.write('n');
                    throw stop;
                }))
                .isSameAs(stop);
        assertThatThrownBy(() -> OutputFiles.write(file, out -> {
                    out.write('n');
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no space left on the device");
        assertThat(file).hasContent("old");
        assertThat(directory).isDirectoryContaining("glob:**a.json").isDirectoryNotContaining("glob:**.tmp");
    }
}
