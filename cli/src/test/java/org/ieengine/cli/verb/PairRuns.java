package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ieengine.cli.ProgramRun;

/** Runs of the verb on files of a directory, and what they say. */
final class PairRuns {
    private PairRuns() {}

    /** Writes lines and gives the file's name. */
    static String csv(Path directory, String name, int rows, IntFunction<String> row) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, IntStream.range(0, rows).mapToObj(row).collect(Collectors.joining("\n")));
        return file.toString();
    }

    /** Runs on x.npy and y.npy, with one thread. */
    static ProgramRun pair(Path directory, String... more) {
        String x = directory.resolve("x.npy").toString();
        String y = directory.resolve("y.npy").toString();
        return ProgramRun.of(Stream.concat(Stream.of("mi", "--x", x, "--y", y, "--threads", "1"), Arrays.stream(more))
                .toArray(String[]::new));
    }

    /** The document of a run that must have gone well. */
    static JsonNode json(ProgramRun run) throws IOException {
        assertThat(run.code()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    /** The first estimate. */
    static double bits(JsonNode document) {
        return document.path("estimates").path(0).path("bits").asDouble();
    }
}
