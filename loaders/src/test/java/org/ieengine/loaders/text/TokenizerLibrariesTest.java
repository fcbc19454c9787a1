package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the native libraries are written, each case in processes of its own. */
class TokenizerLibrariesTest {
    @TempDir
    private Path directory;

    /** What such a process runs: opens two sample tokenizers and prints how many ids a text has, or the fault. */
    static final class Opening {
        private Opening() {}

        /** Opens the tokenizers. */
        public static void main(String[] arguments) {
            for (String model : List.of("gpt2-tiny", "gemma-tiny")) {
                try (Tokenizer tokenizer = Tokenizers.open(Path.of("..", "samples", model))) {
                    System.out.println(tokenizer.encode(List.of("a gas")).get(0).length + " ids");
                } catch (InputException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    @Test
    void processesThatStartTogetherShareADirectory() throws Exception {
        Path cache = directory.resolve("new");
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(start(cache));
        }
        for (Process process : processes) {
            assertThat(output(process)).containsExactly("2 ids", "2 ids");
        }
    }

    @Test
    void aDiskWithoutRoomIsNamedAsTheCause() {
        assertThatCode(() -> TokenizerLibraries.requireRoom(13L << 20, 13L << 20))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> TokenizerLibraries.requireRoom(13L << 20, 1L << 20))
                .isInstanceOf(IOException.class)
                .hasMessage("it takes 13 MiB and the disk has only 1 MiB left");
    }

    @Test
    void librariesThatAKilledProcessCutShortAreReplaced() throws Exception {
        assertThat(output(start(directory))).containsExactly("2 ids", "2 ids");
        List<Path> libraries;
        try (Stream<Path> files = Files.walk(directory)) {
            libraries = files.filter(Files::isRegularFile).toList();
        }
        assertThat(libraries).hasSize(2);
        for (Path library : libraries) {
            try (RandomAccessFile file = new RandomAccessFile(library.toFile(), "rw")) {
                file.setLength(file.length() / 2);
            }
        }
        assertThat(output(start(directory))).containsExactly("2 ids", "2 ids");
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsNamedWithTheRemedy() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThat(output(start(file))).hasSize(2).allSatisfy(line -> assertThat(line)
                .startsWith(file.toString())
                .contains("cannot be written")
                .contains("DJL_CACHE_DIR")
                .contains("--token-ids"));
    }

    @Test
    void theDirectoryForTemporaryFilesIsTheSecondChoice() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Process process = start(null, "-Duser.home=" + file, "-Djava.io.tmpdir=" + directory);
        assertThat(output(process)).containsExactly("2 ids", "2 ids");
        assertThat(directory.resolve("ie-engine-" + System.getProperty("user.name")))
                .isDirectory();
    }

    private static Process start(Path cache, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Opening.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().remove("DJL_CACHE_DIR");
        if (cache != null) {
            builder.environment().put("DJL_CACHE_DIR", cache.toString());
        }
        return builder.start();
    }

    private static List<String> output(Process process) throws IOException, InterruptedException {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        return text.lines().toList();
    }
}
