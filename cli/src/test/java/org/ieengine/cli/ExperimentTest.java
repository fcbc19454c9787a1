package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;

/** The verb {@code experiment} on a dozen sequences: what it writes, what it refuses, how it is continued. */
class ExperimentTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MODEL = "../samples/gpt2-tiny";
    private static final String TEXT = "../samples/sentences.txt";

    @TempDir
    Path directory;

    private Path out(String name) {
        return directory.resolve(name);
    }

    private ProgramRun run(String out, String... words) {
        List<String> all = new ArrayList<>(List.of("experiment"));
        all.addAll(Arrays.asList(words));
        all.addAll(List.of("-n", "12", "--seeds", "1", "--layers", "0,1", "--quiet", "--out", out(out).toString()));
        return ProgramRun.of(all.toArray(new String[0]));
    }

    private JsonNode document(String out) throws IOException {
        return JSON.readTree(out(out).resolve("experiment.json").toFile());
    }

    /** The document without what may differ between two runs: timings and what describes the machine. */
    private ObjectNode numbers(String out) throws IOException {
        ObjectNode document = (ObjectNode) document(out);
        document.remove(List.of("timings", "engine"));
        return document;
    }

    private static double exact(JsonNode point, int layer, int position) {
        for (JsonNode row : point.path("rows")) {
            if (row.path("layer").asInt() == layer
                    && row.path("position").asInt() == position
                    && row.path("control").isNull()) {
                return row.path("ie_ceiling_bits").asDouble();
            }
        }
        throw new AssertionError("no row of block " + layer + " at position " + position);
    }

    private static void requireWellFormed(String text) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        factory.newDocumentBuilder().parse(new InputSource(new StringReader(text)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "length; -w ../samples/gpt2-tiny -d ../samples/sentences.txt -t 4; 1",
                "layers; -w ../samples/gpt2-tiny -d ../samples/sentences.txt; 1",
                "shots; -w ../samples/gpt2-tiny -d ../samples/sentences.txt --shots 2; 2",
                "perturbation; -w ../samples/gpt2-tiny -d ../samples/sentences.txt --rates 0.5 --controls none; 4",
                "model-size; ../samples/gpt2-tiny ../samples/openllama-tiny -d ../samples/sentences.txt; 2",
                "text-source; ../samples/sentences.txt ../LICENSE -w ../samples/gpt2-tiny; 2"
            })
    void shouldWriteDocumentTableFiguresAndPage(String name, String words, int points) throws Exception {
        ProgramRun run = run(name, (name + " " + words).split(" "));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("exact IE", "What the token ids alone predict:", "Against the paper:");
        JsonNode document = document(name);
        assertThat(document.path("format").asText()).isEqualTo("ie-engine/experiment/1");
        assertThat(document.path("name").asText()).isEqualTo(name);
        assertThat(document.path("points")).hasSize(points);
        assertThat(document.path("figures")).isNotEmpty();
        for (JsonNode figure : document.path("figures")) {
            requireWellFormed(Files.readString(out(name).resolve(figure.asText())));
        }
        requireWellFormed(Files.readString(out(name).resolve("report.html")).replaceFirst("<!DOCTYPE html>", ""));
        List<String> table = Files.readAllLines(out(name).resolve("experiment.csv"));
        assertThat(table)
                .allMatch(line -> line.split(",", -1).length == table.get(0).split(",").length);
        for (JsonNode point : document.path("points")) {
            assertThat(out(name).resolve(point.path("directory").asText()).resolve("results.json"))
                    .isNotEmptyFile();
        }
    }

    /** 4 entities in ordered pairs: 12 lists "A,B," whose entropies are log2 4 and log2 12; a separator has none. */
    @Test
    void shouldFindTheStaircaseOfListsInTheirCounts() throws IOException {
        Path entities = Files.writeString(out("four.txt"), "France\nChina\nJapan\nIndia\n");
        ProgramRun run = run(
                "stairs",
                "shots",
                "-w",
                MODEL,
                "-d",
                TEXT,
                "--entities",
                entities.toString(),
                "--shots",
                "2",
                "--critics",
                "none",
                "--controls",
                "none");

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode lists = document("stairs").path("points").path(0);
        double both = Math.log(12) / Math.log(2);
        assertThat(lists.path("data").path("distinct").asInt()).isEqualTo(12);
        assertThat(exact(lists, 1, 0)).isZero();
        assertThat(exact(lists, 1, 1)).isCloseTo(2 - 2 / 2.0, within(1e-9));
        assertThat(exact(lists, 1, 2)).isCloseTo(both - 4 / 3.0, within(1e-9));
        assertThat(exact(lists, 1, 3)).isCloseTo(both - 4 / 4.0, within(1e-9));
        assertThat(run.out()).contains("At the ends of the demonstrations it is 1.00, 2.58");
    }

    @Test
    void shouldGiveModelsThatReadTheSameTokensTheSameExactIe() throws IOException {
        Path copy = Files.createDirectory(out("copy"));
        try (var files = Files.list(Path.of(MODEL))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        ProgramRun run = run("same", "model-size", MODEL, copy.toString(), "-d", TEXT, "--critics", "none");

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode points = document("same").path("points");
        assertThat(exact(points.path(0), 1, 7)).isEqualTo(exact(points.path(1), 1, 7));
        assertThat(run.out()).contains("Every model reads the same tokens").doesNotContain("tokenizers differ");
    }

    @Test
    void shouldCompareTextsAtTheNumberOfSequencesOfTheShortest() throws IOException {
        Path few = out("few.txt");
        Files.write(few, Files.readAllLines(Path.of(TEXT)).subList(0, 9));
        ProgramRun run = run("few", "text-source", TEXT, few.toString(), "-w", MODEL, "--critics", "none");

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode points = document("few").path("points");
        assertThat(points.path(0).path("data").path("used").asInt())
                .isEqualTo(points.path(1).path("data").path("used").asInt())
                .isLessThan(12);
        assertThat(run.err()).contains("sequences of each are compared, as many as the shortest gives");
    }

    /** The limit is over before the first measurement has begun; what is finished of it is kept, and the rest follows. */
    @Test
    void shouldGiveTheSameNumbersAfterATimeLimit() throws IOException {
        String[] words = {"layers", "-w", MODEL, "-d", TEXT};
        ProgramRun whole = run("whole", words);
        List<String> limited = new ArrayList<>(List.of(words));
        limited.addAll(List.of("--time-limit", "0.000001"));
        ProgramRun stopped = run("stopped", limited.toArray(new String[0]));
        List<String> more = new ArrayList<>(List.of(words));
        more.add("--resume");
        ProgramRun resumed = run("stopped", more.toArray(new String[0]));
        ProgramRun again = run("stopped", more.toArray(new String[0]));

        assertThat(whole.code()).as(whole.err()).isZero();
        assertThat(stopped.code()).isEqualTo(130);
        assertThat(stopped.err()).contains("--resume");
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(numbers("stopped")).isEqualTo(numbers("whole"));
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(numbers("stopped")).isEqualTo(numbers("whole"));
    }

    @Test
    void shouldRefuseToResumeWithOtherOptions() {
        assertThat(run("changed", "layers", "-w", MODEL, "-d", TEXT, "--critics", "none")
                        .code())
                .isZero();
        ProgramRun changed = run(
                "changed", "layers", "-w", MODEL, "-d", TEXT, "--critics", "none", "--controls", "none", "--resume");
        ProgramRun other = run("changed", "length", "-w", MODEL, "-d", TEXT, "--critics", "none", "--resume");

        assertThat(changed.code()).isEqualTo(2);
        assertThat(changed.firstError()).contains("--controls was", "resume with the same options");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.firstError()).contains("layers", "length");
    }

    @Test
    void shouldPlanEveryPointWithoutTouchingTheDirectory() throws IOException {
        ProgramRun plan = run(
                "plan",
                "perturbation",
                "-w",
                MODEL,
                "-d",
                TEXT,
                "--rates",
                "1",
                "--by",
                "shuffle",
                "--dry-run",
                "--json");

        assertThat(plan.code()).as(plan.err()).isZero();
        JsonNode document = JSON.readTree(plan.out());
        assertThat(document.path("format").asText()).isEqualTo("ie-engine/experiment-plan/1");
        assertThat(document.path("measurements").findValuesAsText("name"))
                .containsExactly("plain", "plain-critic", "shuffle-1", "shuffle-1-critic");
        assertThat(out("plan")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; 2; NAME: required",
                "weight -w M -d T; 2; weight: no such experiment; there are",
                "layers -d T; 2; --weights: required",
                "layers -w M; 2; --data: required",
                "layers -w M -d T more; 2; more: unexpected word",
                "layers -w nowhere -d T; 3; nowhere",
                "layers -w M -d nowhere.txt; 3; nowhere.txt",
                "layers -w M -d T -t 65; 2; --tokens: 65 is beyond the 64 positions",
                "layers -w M -d T -t 64; 3; sentences.txt",
                "layers -w M -d T --layers 4; 2; --layers",
                "layers -w M -d T --critics some; 2; --critics",
                "layers -w M -d T --controls random; 2; --controls",
                "layers -w M -d T --rates 0.5; 2; --rates: is an option of perturbation",
                "layers -w M -d T --shots 2; 2; --shots: is an option of shots",
                "perturbation -w M -d T --rates 1.5; 2; --rates: 1.5 is out of range",
                "perturbation -w M -d T --rates 0; 2; --rates: names no rate above 0",
                "perturbation -w M -d T --by noise; 2; --by: 'noise' is none of",
                "shots -w M -d T --shots 26; 2; --shots",
                "shots -w M -d T --tokens 8; 2; --tokens: follows from --shots",
                "shots -w M -d T --entities nowhere.txt; 3; nowhere.txt",
                "model-size M -d T; 2; model-size: at least two model directories",
                "model-size M M -d T; 2; comes twice",
                "model-size M nowhere -d T; 3; nowhere",
                "model-size M ../samples/gemma-tiny -d -; 2; --data: every model reads the text",
                "model-size M ../samples/gemma-tiny -w M -d T; 2; --weights: the models are words",
                "text-source T -w M; 2; text-source: at least two texts",
                "text-source T nowhere.txt -w M; 3; nowhere.txt",
                "text-source T ./T -w M; 2; comes twice",
                "text-source T - -w M; 2; -: standard input is no text here"
            })
    void shouldRefuseWhatCannotBeMeasured(String words, int code, String message) {
        String[] all = Arrays.stream(words.split(" "))
                .filter(word -> !word.isEmpty())
                .map(word -> word.equals("M") ? MODEL : word.equals("T") ? TEXT : word)
                .map(word -> word.equals("./T") ? "../samples/./sentences.txt" : word)
                .toArray(String[]::new);
        List<String> line = new ArrayList<>(List.of("experiment"));
        line.addAll(List.of(all));
        line.addAll(List.of("--quiet", "--out", out("refused").toString()));
        ProgramRun run = ProgramRun.of(line.toArray(new String[0]));

        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.firstError()).contains(message);
        assertThat(out("refused")).doesNotExist();
    }
}
