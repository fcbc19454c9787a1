package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ieengine.cli.verb.PairFiles;
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

    /** Stopped in the middle of three points; what the first journal holds by then is not computed again. */
    @Test
    void shouldContinueAnExperimentThatWasTerminated(@TempDir Path directory) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                "experiment",
                "perturbation",
                "-w",
                "../samples/gpt2-tiny",
                "-d",
                "../samples/sentences.txt",
                "-n",
                "60",
                "--by",
                "shuffle,repeat",
                "--rates",
                "1",
                "--critics",
                "none",
                "--controls",
                "none",
                "--json",
                "--out"));
        words.add(directory.resolve("stopped").toString());
        Process process = start(words.toArray(new String[0]));
        Path journal = directory.resolve("stopped/points/plain/journal.jsonl");
        while (process.isAlive() && (!Files.exists(journal) || Files.size(journal) == 0)) {
            Thread.sleep(5);
        }
        process.toHandle().destroy();
        assertThat(text(process.getErrorStream())).contains("interrupted; what was finished is kept", "--resume");
        assertThat(code(process)).isEqualTo(130);
        assertThat(text(process.getInputStream())).isEmpty();
        assertThat(directory.resolve("stopped/experiment.json")).doesNotExist();

        List<String> again = new ArrayList<>(words);
        again.add("--resume");
        Process resumed = start(again.toArray(new String[0]));
        JsonNode document = new ObjectMapper().readTree(text(resumed.getInputStream()));
        assertThat(text(resumed.getErrorStream())).contains("plain: resuming after");
        assertThat(code(resumed)).isZero();

        words.set(words.size() - 1, directory.resolve("whole").toString());
        JsonNode whole = new ObjectMapper()
                .readTree(ProgramRun.of(words.toArray(new String[0])).out());
        assertThat(document.path("points")).isEqualTo(whole.path("points"));
        assertThat(document.path("findings")).isEqualTo(whole.path("findings"));
    }

    @Test
    void shouldGiveMutualInformationAsOneDocument(@TempDir Path directory) throws IOException, InterruptedException {
        PairFiles.gaussian(directory, 800, 0.8);
        Process process = start(
                "mi",
                "--x",
                directory.resolve("x.npy").toString(),
                "--y",
                directory.resolve("y.npy").toString(),
                "--estimator",
                "gaussian,ksg",
                "--null",
                "3",
                "--json");

        JsonNode document = new ObjectMapper().readTree(text(process.getInputStream()));
        assertThat(text(process.getErrorStream())).startsWith("kind: continuous (x repeats 0.0 % of its rows");
        assertThat(code(process)).isZero();
        assertThat(document.path("estimates").path(0).path("estimator").asText())
                .isEqualTo("gaussian");
        // The error of a correlation of 800 pairs is 0.013, which here is 0.05 bits: two of them.
        assertThat(document.path("estimates").path(0).path("bits").asDouble())
                .isCloseTo(PairFiles.gaussianBits(0.8), within(0.1));
        assertThat(document.path("estimates").path(0).path("null").path("runs").asInt())
                .isEqualTo(3);
    }

    @Test
    void shouldStopBetweenRandomPairingsWhenTerminated(@TempDir Path directory)
            throws IOException, InterruptedException {
        PairFiles.gaussian(directory, 500, 0.8);
        Process process = start(
                "mi",
                "--x",
                directory.resolve("x.npy").toString(),
                "--y",
                directory.resolve("y.npy").toString(),
                "--estimator",
                "ksg",
                "--null",
                "100000");
        try (BufferedReader table =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(table.readLine()).startsWith("500 rows");
            process.toHandle().destroy();
            assertThat(text(process.getErrorStream())).contains("interrupted; nothing is kept, run it again");
        }

        assertThat(code(process)).isEqualTo(130);
    }

    /** The file has no blocks on disk: it is refused by its shape, before a row of it is read. */
    @Test
    void shouldRefuseArraysThatTheHeapCannotHold(@TempDir Path directory) throws IOException, InterruptedException {
        Path file = directory.resolve("wide.npy");
        long rows = 4_000_000;
        byte[] header = PairFiles.header("<f4", false, rows, 64);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(header);
            sparse.setLength(header.length + rows * 64 * Float.BYTES);
        }
        Process process = start("mi", "--x", file.toString(), "--y", file.toString());

        assertThat(text(process.getInputStream())).isEmpty();
        assertThat(text(process.getErrorStream()))
                .startsWith("ie-engine: the run does not fit in memory: the estimate needs")
                .contains("of Java heap and the limit is", "it would fit with java -Xmx", "symbols of the rows");
        assertThat(code(process)).isEqualTo(5);
    }

    /** Ten million lines without a number: their ends alone say that the heap is too small, and nothing is read into it. */
    @Test
    void shouldRefuseATextThatTheHeapCannotHold(@TempDir Path directory) throws IOException, InterruptedException {
        Path file = directory.resolve("long.csv");
        byte[] lines = new byte[10_000_000];
        Arrays.fill(lines, (byte) '\n');
        Files.write(file, lines);
        Process process = start("mi", "--x", file.toString(), "--y", file.toString());

        assertThat(text(process.getErrorStream()))
                .startsWith("ie-engine: the numbers of the .csv files need")
                .contains("give java -Xmx");
        assertThat(code(process)).isEqualTo(5);
    }
}
