package org.ieengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasureTest {
    @TempDir
    Path directory;

    private List<String> words(String out, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "-w",
                "../samples/gpt2-tiny",
                "-d",
                "../samples/sentences.txt",
                "-n",
                "40",
                "--seeds",
                "1",
                "--epochs",
                "3",
                "--layers",
                "0-1",
                "--out",
                directory.resolve(out).toString()));
        words.addAll(List.of(more));
        return words;
    }

    private ProgramRun run(String out, String... more) {
        return ProgramRun.of(words(out, more).toArray(new String[0]));
    }

    /** The document without what may differ between two runs: timings and what describes the machine. */
    private static ObjectNode numbers(String json) throws IOException {
        ObjectNode document = (ObjectNode) new ObjectMapper().readTree(json);
        document.remove(List.of("timings", "engine"));
        return document;
    }

    @Test
    void shouldPrintTheTableAndWriteEveryFile() throws IOException {
        ProgramRun run = run("out");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("exact ceiling, blocks 1 and later: macro 5.32", "share of ceiling");
        assertThat(run.out().lines().filter(line -> line.matches(" +[01] .*%"))).hasSize(2);
        assertThat(run.err()).contains("skipped 571 too short", "plan: ", "report: ");
        for (String file : List.of(
                "results.json", "results.csv", "curves.csv", "prediction.csv", "journal.jsonl", "report.html")) {
            assertThat(directory.resolve("out").resolve(file)).isNotEmptyFile();
        }
        JsonNode results = new ObjectMapper()
                .readTree(directory.resolve("out/results.json").toFile());
        assertThat(results.path("format").asText()).isEqualTo("ie-engine/results/1");
        assertThat(results.path("data").path("used").asInt()).isEqualTo(40);
        assertThat(results.path("layers").path(0).path("estimator").asText()).isEqualTo("dv");
        assertThat(results.path("model").path("weights_sha256").asText()).hasSize(64);
        assertThat(results.path("model").path("tokenizer_sha256").asText()).hasSize(64);
        assertThat(Files.readString(directory.resolve("out/results.csv")))
                .startsWith("layer,position,estimator,protocol,noise,ie_bits,ie_sd,macro_bits,");
    }

    @Test
    void shouldPredictNextTokensOfTheModelAndItsControls() throws IOException {
        ProgramRun run = run("next", "--controls", "untrained,shuffled", "--prediction", "30");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("run +cross-entropy +perplexity +top-1 +\\(210 next tokens of 30 sequences")
                .containsPattern("\nmodel +\\d\\.\\d\\d ± 0\\.\\d\\d +\\d+\\.\\d +\\d\\d\\.?\\d? %")
                .containsPattern("\nuntrained +11\\.\\d\\d ± ")
                .containsPattern(
                        "\nblock +model +untrained +shuffled +\\(predictive information P at position 6, bits\\)\n")
                .containsPattern("\n    3 +1\\.\\d\\d ± .* -?0\\.\\d\\d ± ");
        JsonNode results = new ObjectMapper()
                .readTree(directory.resolve("next/results.json").toFile());
        JsonNode own = results.path("prediction");
        assertThat(own.path("sequences").asInt()).isEqualTo(30);
        assertThat(own.path("blocks")).hasSize(3 * 7);
        assertThat(own.path("positions")).hasSize(7);
        assertThat(results.path("settings").path("prediction").asInt()).isEqualTo(30);
        double untrained = results.path("controls")
                .path("untrained")
                .path("prediction")
                .path("cross_entropy_bits")
                .asDouble();
        assertThat(own.path("cross_entropy_bits").asDouble()).isLessThan(untrained - 3);
        List<String> table = Files.readAllLines(directory.resolve("next/prediction.csv"));
        assertThat(table).hasSize(1 + 3 * 3 * 7);
        assertThat(table.get(0)).isEqualTo("control,layer,position,predictive_bits,se,macro_ce_bits,micro_ce_bits");
        assertThat(table.get(1)).startsWith(",0,0,");
        assertThat(table.get(63)).startsWith("shuffled,3,6,");
        assertThat(Files.readString(directory.resolve("next/report.html"))).contains("Next tokens</h2>");
        ProgramRun other = run("next", "--controls", "untrained,shuffled", "--prediction", "31", "--resume");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("--prediction was 30");
    }

    @Test
    void shouldLeaveNextTokensOutOnRequestAndRefuseWhatIsNoNumber() throws IOException {
        ProgramRun run = run("off", "--prediction", "off");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).doesNotContain("cross-entropy");
        assertThat(new ObjectMapper()
                        .readTree(directory.resolve("off/results.json").toFile())
                        .get("prediction")
                        .isNull())
                .isTrue();
        assertThat(Files.readAllLines(directory.resolve("off/prediction.csv"))).hasSize(1);
        assertThat(Files.readString(directory.resolve("off/report.html"))).doesNotContain("Next tokens");
        ProgramRun none = run("none", "--prediction", "0");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("--prediction");
        assertThat(directory.resolve("none")).doesNotExist();
    }

    @Test
    void shouldGiveTheSameNumbersForAnyNumberOfThreadsAndAfterResuming() throws IOException {
        ProgramRun one = run("one", "--json", "--quiet", "--threads", "1");
        ProgramRun two = run("two", "--json", "--quiet", "--threads", "2");
        ProgramRun resumed = run("two", "--json", "--quiet", "--resume");

        assertThat(one.code()).as(one.err()).isZero();
        assertThat(one.err()).isEmpty();
        assertThat(numbers(two.out())).isEqualTo(numbers(one.out()));
        assertThat(numbers(resumed.out())).isEqualTo(numbers(one.out()));
    }

    /** Block 1 on as many sentences as a covariance of 256 columns needs. */
    private ProgramRun runOnMore(String out, String... more) {
        List<String> words = words(out, more);
        words.set(words.indexOf("40"), "280");
        words.set(words.indexOf("0-1"), "1");
        return ProgramRun.of(words.toArray(new String[0]));
    }

    @Test
    void shouldServeEveryEstimatorInTheOrderAskedFor() throws IOException {
        String asked = "ksg,smile,gaussian,dv,infonce,resolution,copula,nwj";
        ProgramRun run = runOnMore("all", "--estimator", asked);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("block +exact IE +IE at sigma .* +ksg +smile +gaussian +infonce +copula +nwj")
                .containsPattern("\n +1 .*\\(above\\)");
        assertThat(run.err().lines().filter(line -> line.contains("for comparison only")))
                .hasSize(1);
        JsonNode results = new ObjectMapper()
                .readTree(directory.resolve("all/results.json").toFile());
        List<String> names = new ArrayList<>();
        for (JsonNode row : results.path("layers")) {
            if (row.path("leading").asBoolean()) {
                names.add(row.path("estimator").asText());
                assertThat(row.path("ie_bits").isNumber()).as(row.toString()).isTrue();
                assertThat(row.path("micro")).hasSize(8);
            }
        }
        assertThat(String.join(",", names)).isEqualTo(asked);
        assertThat(results.path("warnings").toString())
                .contains("for comparison only", "gaussian reads above the exact ceiling");
        assertThat(Files.readAllLines(directory.resolve("all/results.csv")))
                .anyMatch(line -> line.matches("1,7,gaussian,,,[-0-9.E]+,,[0-9.E]+,,.*,"))
                .anyMatch(line -> line.matches("1,7,nwj,standard,,.*"));
        assertThat(Files.readString(directory.resolve("all/report.html"))).contains("Estimators that know no symbols");
    }

    @Test
    void shouldGiveTheSameNumbersByEveryEstimatorForAnyNumberOfThreadsAndAfterResuming() throws IOException {
        String estimators = "ksg,smile,gaussian,infonce,copula,nwj";
        ProgramRun one = runOnMore("one", "--json", "--quiet", "--estimator", estimators, "--threads", "1");
        ProgramRun two = runOnMore("two", "--json", "--quiet", "--estimator", estimators, "--threads", "2");
        Path journal = directory.resolve("two/journal.jsonl");
        List<String> lines = Files.readAllLines(journal);
        Files.writeString(journal, String.join("\n", lines.subList(0, lines.size() / 2)) + "\n");
        ProgramRun resumed = runOnMore("two", "--json", "--quiet", "--estimator", estimators, "--resume");

        assertThat(one.code()).as(one.err()).isZero();
        assertThat(numbers(two.out())).isEqualTo(numbers(one.out()));
        assertThat(numbers(resumed.out())).isEqualTo(numbers(one.out()));
    }

    @Test
    void shouldRefuseToResumeWithAnotherSeed() {
        assertThat(run("out", "--quiet").code()).isZero();

        ProgramRun changed = run("out", "--quiet", "--resume", "--seed", "1");

        assertThat(changed.code()).isEqualTo(2);
        assertThat(changed.firstError()).startsWith("ie-engine: --s").contains("--resume");
    }

    @Test
    void shouldPrintThePlanWithoutTouchingTheOutput() throws IOException {
        ProgramRun text = run("out", "--dry-run");
        ProgramRun json = run("out", "--dry-run", "--json");
        ProgramRun unfit = run("out", "--dry-run", "--memory", "0.0001");
        ProgramRun refused = run("out", "--memory", "0.0001");

        assertThat(text.code()).isZero();
        assertThat(text.out()).contains("Java heap", "time, about");
        assertThat(new ObjectMapper().readTree(json.out()).path("format").asText())
                .isEqualTo("ie-engine/plan/1");
        assertThat(unfit.code()).isEqualTo(5);
        assertThat(refused.code()).isEqualTo(5);
        assertThat(refused.firstError()).startsWith("ie-engine: the run does not fit in memory: ");
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @Test
    void shouldStopCleanlyWhenInterruptedAndContinue() throws IOException {
        Interruption interruption = new Interruption();
        interruption.request();
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int code = CommandLine.run(
                words("out", "--quiet").toArray(new String[0]),
                new ByteArrayInputStream(new byte[0]),
                new ByteArrayOutputStream(),
                err,
                false,
                interruption);

        assertThat(code).isEqualTo(130);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--resume").hasLineCount(1);
        assertThat(directory.resolve("out/journal.jsonl")).exists();
        assertThat(directory.resolve("out/results.json")).doesNotExist();
        assertThat(run("out", "--quiet", "--resume").code()).isZero();
    }

    @Test
    void shouldReadSentencesFromStandardInput() throws IOException {
        String sentences = Files.readString(Path.of("../samples/sentences.txt"));
        List<String> words = words("out", "--quiet", "--estimator", "resolution");
        words.set(3, "-");

        ProgramRun run = ProgramRun.withInput(sentences, words.toArray(new String[0]));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).doesNotContain("critic");
    }
}
