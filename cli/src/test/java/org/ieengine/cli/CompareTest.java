package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verb {@code compare} from its words to its files. */
class CompareTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @BeforeEach
    void storeResults() throws IOException {
        store("small", "four-layers");
        store("large", "several-positions");
        store("published", "published-protocol");
    }

    private ObjectNode store(String run, String resource) throws IOException {
        Path target = Files.createDirectories(directory.resolve(run)).resolve("results.json");
        try (InputStream in = CompareTest.class.getResourceAsStream("/report/" + resource + ".json")) {
            Files.write(target, in.readAllBytes());
        }
        return (ObjectNode) JSON.readTree(target.toFile());
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private ProgramRun compare(String... words) {
        String[] all = new String[words.length + 3];
        all[0] = "compare";
        System.arraycopy(words, 0, all, 1, words.length);
        all[words.length + 1] = "--out";
        all[words.length + 2] = path("out");
        return ProgramRun.of(all);
    }

    @Test
    void shouldSetRunsSideBySideInEveryFile() throws IOException {
        ProgramRun run = compare(path("small"), path("large"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines().toList())
                .anyMatch(
                        line -> line.matches("gpt2-stories +gpt2-stories +sentences\\.txt +8,192 +8 +4\\.746 +2\\.00"))
                .anyMatch(line -> line.matches("gpt2 +gpt2 +sentences\\.txt +20,000 +8 +4\\.746 +4\\.90"))
                .anyMatch(line -> line.matches("gpt2-stories +untrained +3 .*"));
        assertThat(run.err())
                .contains(
                        "warning: The runs have different numbers of sequences (8,192 in gpt2-stories; 20,000 in gpt2)")
                .contains("comparison: " + directory.resolve("out/compare.html"));

        List<String> table = Files.readAllLines(directory.resolve("out/compare.csv"));
        assertThat(table.get(0)).startsWith("run,layer,position,estimator,").endsWith(",row_passes,control");
        int rows = 0;
        for (String name : List.of("small", "large")) {
            JsonNode results =
                    JSON.readTree(directory.resolve(name + "/results.json").toFile());
            rows += results.path("layers").size();
            for (JsonNode control : results.path("controls")) {
                rows += control.path("layers").size();
            }
        }
        assertThat(table).hasSize(1 + rows);
        assertThat(table)
                .anyMatch(line -> line.startsWith("gpt2-stories,3,7,resolution,,2.0,") && line.endsWith(",shuffled"));
        assertThat(table).allMatch(line -> line.chars().filter(c -> c == ',').count() == 15);

        JsonNode document = JSON.readTree(directory.resolve("out/compare.json").toFile());
        assertThat(document.path("format").asText()).isEqualTo("ie-engine/compare/1");
        assertThat(document.path("runs")).hasSize(2);
        assertThat(document.path("runs").path(0).path("blocks")).hasSize(3 * 4);
        assertThat(document.path("notes")).isNotEmpty();
        assertThat(directory.resolve("out/figures")).isDirectoryContaining("glob:**/resolution-by-block.svg");
        assertThat(Files.readString(directory.resolve("out/compare.html"))).contains("2 runs side by side");
    }

    @Test
    void shouldPrintTheDocumentAlone() throws IOException {
        ProgramRun run = compare(path("small"), path("large"), "--json", "--quiet");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(JSON.readTree(run.out()))
                .isEqualTo(JSON.readTree(directory.resolve("out/compare.json").toFile()));
        assertThat(run.err().lines()).isNotEmpty().allMatch(line -> line.startsWith("warning: "));
    }

    @Test
    void shouldGiveTheSameFilesTwice() throws IOException {
        compare(path("small"), path("published"));
        byte[] first = Files.readAllBytes(directory.resolve("out/compare.html"));
        compare(path("small"), path("published"));

        assertThat(Files.readAllBytes(directory.resolve("out/compare.html"))).isEqualTo(first);
    }

    @Test
    void shouldQuoteNamesInTheTable() throws IOException {
        ObjectNode hostile = store("hostile", "four-layers");
        hostile.withObject("/model").put("path", "m/a \"b\", c\u001b[31m");
        JSON.writeValue(directory.resolve("hostile/results.json").toFile(), hostile);
        ProgramRun run = compare(path("small"), path("hostile"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).doesNotContain("\u001b");
        assertThat(Files.readString(directory.resolve("out/compare.csv")))
                .contains("\n\"a \"\"b\"\", c\u001b[31m\",0,7,dv,");
    }

    @Test
    void shouldTakeTheDirectoryOfAnExperimentForItsPoints() throws IOException {
        store("experiment/points/rate-0", "four-layers");
        store("experiment/points/rate-1", "four-layers");
        Files.writeString(directory.resolve("experiment/experiment.json"), "{}");
        ProgramRun run = compare(path("experiment"), "--quiet");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("\nrate-0 ", "\nrate-1 ");
        // One of its points again.
        assertThat(compare(path("experiment"), path("experiment/points/rate-1")).firstError())
                .contains("rate-1: named twice");
    }

    @Test
    void shouldTakeThePointsOfAnExperimentTogetherWithTheirCritics() throws IOException {
        for (String name : new String[] {"rate-0", "rate-1"}) {
            ObjectNode seen = store("experiment/points/" + name, "four-layers");
            ObjectNode critics = seen.deepCopy();
            seen.withArray("/layers")
                    .removeIf(row -> row.path("estimator").asText().equals("dv"));
            critics.withArray("/layers")
                    .removeIf(row -> !row.path("estimator").asText().equals("dv"));
            critics.remove("controls");
            Path points = directory.resolve("experiment/points");
            JSON.writeValue(points.resolve(name + "/results.json").toFile(), seen);
            Files.createDirectories(points.resolve(name + "-critic"));
            JSON.writeValue(points.resolve(name + "-critic/results.json").toFile(), critics);
        }
        Files.writeString(directory.resolve("experiment/experiment.json"), "{}");
        JsonNode runs =
                JSON.readTree(compare(path("experiment"), "--json").out()).path("runs");

        assertThat(runs).hasSize(2);
        JsonNode block = runs.path(1).path("blocks").path(3);
        assertThat(block.path("resolution_ie_bits").isNumber()).isTrue();
        assertThat(block.path("critic_ie_bits").isNumber()).isTrue();
        assertThat(block.path("critic").asText()).isEqualTo("dv");

        ObjectNode other = store("experiment/points/rate-1-critic", "four-layers");
        other.withObject("/data").put("used", 100);
        JSON.writeValue(
                directory
                        .resolve("experiment/points/rate-1-critic/results.json")
                        .toFile(),
                other);
        ProgramRun refused = compare(path("experiment"));
        assertThat(refused.code()).isEqualTo(3);
        assertThat(refused.firstError())
                .endsWith("data.used: found 100, expected 8192 as in the run that these critics belong to");
    }

    @Test
    void shouldRefuseFewerThanTwoRunsAndOneTwice() {
        assertThat(compare().code()).isEqualTo(2);
        assertThat(compare(path("small")).firstError())
                .isEqualTo("ie-engine: DIR: a comparison needs the directories of at least two runs, found 1");
        ProgramRun twice = compare(path("small"), path("large"), path("large/../small"));
        assertThat(twice.code()).isEqualTo(2);
        assertThat(twice.firstError()).endsWith("small: named twice: every run is compared once");
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @Test
    void shouldNameAFileThatIsMissingMalformedOrOfAnotherVersion() throws IOException {
        Files.createDirectories(directory.resolve("empty"));
        refused("empty", "empty/results.json: there is none: expected a directory that measure has finished");
        refused("absent", "absent: cannot be read: no such file or directory");

        broken("{\"format\": \"ie-engine/results/2\"}");
        refused("broken", "results.json: format: found \"ie-engine/results/2\", expected \"ie-engine/results/1\"");
        broken("{\"layers\": []}");
        refused("broken", "results.json: format: found none, expected \"ie-engine/results/1\"");
        broken("{\"format\": \"ie-engine/results/1\",\n \"layers\": [");
        refused("broken", "results.json: line 2: found malformed JSON (Unexpected end-of-input");
        broken("");
        refused("broken", "results.json: found nothing, expected a JSON object");
        broken("{\"format\": \"ie-engine/results/1\", \"layers\": []}");
        refused("broken", "results.json: layers: found no row");

        Files.createDirectories(directory.resolve("unfinished/points/one"));
        Files.writeString(directory.resolve("unfinished/experiment.json"), "{}");
        refused("unfinished", "unfinished/points/one/results.json: there is none");
        assertThat(directory.resolve("out")).doesNotExist();
    }

    private void broken(String text) throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("broken")).resolve("results.json"), text);
    }

    private void refused(String run, String message) {
        ProgramRun refused = compare(path("small"), path(run));
        assertThat(refused.code()).as(refused.err()).isEqualTo(3);
        assertThat(refused.firstError()).contains(message);
        assertThat(refused.err().lines()).hasSize(1);
        assertThat(refused.out()).isEmpty();
    }

    @Test
    void shouldSayWhenNothingCanBeWritten() throws IOException {
        Files.writeString(directory.resolve("out"), "a file");
        ProgramRun run = compare(path("small"), path("large"));

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.firstError()).contains("out: cannot be written: a file of that name stands where a directory");
    }
}
