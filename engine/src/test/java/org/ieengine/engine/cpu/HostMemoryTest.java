package org.ieengine.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
    @TempDir
    Path directory;

    @Test
    void readsWhatTheHostHasFree() throws IOException {
        assertThat(HostMemory.availableBytes()).isBetween(1L << 20, 1L << 50);
        Path file = Files.writeString(
                directory.resolve("meminfo"), "MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable:    70 kB\n");
        assertThat(HostMemory.fromMemoryInformation(file)).isEqualTo(70 * 1024);
        assertThat(HostMemory.fromMemoryInformation(directory.resolve("none"))).isEqualTo(-1);
        Files.writeString(directory.resolve("memory.max"), "1000\n");
        Files.writeString(directory.resolve("memory.current"), "700\n");
        Files.writeString(directory.resolve("memory.stat"), "anon 5\ninactive_file 200\n");
        assertThat(HostMemory.fromContainer(directory)).isEqualTo(500);
        Files.writeString(directory.resolve("memory.max"), "max\n");
        assertThat(HostMemory.fromContainer(directory)).isEqualTo(Long.MAX_VALUE);
    }
}
