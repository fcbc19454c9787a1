package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own: what a shell sees. */
class ProcessTest {
    private static Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    private static int code(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static String text(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void shouldEndWithTheExitCodeOfItsFault() throws IOException, InterruptedException {
        Process process = start("nonsense");

        assertThat(text(process.getInputStream())).isEmpty();
        assertThat(text(process.getErrorStream())).startsWith("ie-engine: nonsense: unknown verb");
        assertThat(code(process)).isEqualTo(2);
    }

    @Test
    void shouldEndQuietlyWhenItsReaderHasGone() throws IOException, InterruptedException {
        Process process = start("inspect", "../samples/gpt2-tiny");
        process.getInputStream().close();

        assertThat(text(process.getErrorStream())).isEmpty();
        assertThat(code(process)).isZero();
    }

    @Test
    void shouldKeepItsJournalWhenTerminated(@TempDir Path directory) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Process process = start(
                "-w", "../samples/gpt2-tiny", "-d", "../samples/sentences.txt", "-n", "200", "--out", out.toString());
        try (BufferedReader table =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(table.readLine()).startsWith("exact ceiling");
            process.toHandle().destroy();
            assertThat(text(process.getErrorStream())).contains("interrupted; what was finished is kept", "--resume");
        }

        assertThat(code(process)).isEqualTo(130);
        assertThat(out.resolve("journal.jsonl")).exists();
    }
}
