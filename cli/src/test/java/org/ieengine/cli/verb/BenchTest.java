package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.ieengine.cli.Console;
import org.ieengine.cli.Interruption;
import org.ieengine.cli.ProgramRun;
import org.ieengine.engine.ie.RunStoppedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path directory;

    private ProgramRun bench(String... more) {
        List<String> words = new ArrayList<>(List.of("bench", "--device", "cpu", "--small"));
        words.addAll(List.of("--out", directory.resolve("out").toString()));
        words.addAll(List.of(more));
        return ProgramRun.of(words.toArray(String[]::new));
    }

    private JsonNode document() throws IOException {
        return MAPPER.readTree(directory.resolve("out/bench.json").toFile());
    }

    @Test
    void shouldPrintATableAndWriteDocumentAndRoofline() throws IOException {
        ProgramRun run = bench("--filter", "c_fc,adam,copy");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("f32: copies [0-9.,]+ GB/s; products [0-9.,]+ TFLOP/s")
                .containsPattern("adam +critic: a step 7[0-9]+ parameters in 11 matrices +f32 +[0-9]")
                .containsPattern(
                        "linear in-out \\+ bias gelu_tanh +tiny GPT-2, any T: mlp.c_fc \\[32, 16\\] x \\[16, 64\\]")
                .contains("OpenBLAS")
                .doesNotContain("WRONG", "rms norm", "speedup");
        assertThat(run.err()).startsWith("bench of cpu (").contains("bench.json");
        assertThat(directory.resolve("out/roofline.svg")).exists();
        assertThat(document().path("rows").findValuesAsText("kernel"))
                .contains("copy", "linear in-out + bias gelu_tanh", "adam");
    }

    @Test
    void shouldKeepTheContractOfItsDocument() throws IOException {
        ProgramRun run = bench("--filter", "attn.c_proj,contrast,row hashes", "--json", "--quiet", "--seed", "5");
        JsonNode document = MAPPER.readTree(run.out());

        assertThat(run.err()).isEmpty();
        assertThat(document).isEqualTo(document());
        assertThat(document.path("format").asText()).isEqualTo("ie-engine/bench/1");
        assertThat(document.path("device").asText()).startsWith("cpu (");
        assertThat(document.path("settings").path("seed").asInt()).isEqualTo(5);
        JsonNode ceilings = document.path("ceilings").path("f32");
        assertThat(ceilings.path("gbps").isNumber()).isTrue();
        assertThat(ceilings.path("tflops").asDouble()).isPositive();
        assertThat(document.path("rows")).hasSize(3).allSatisfy(row -> {
            for (String key : List.of("seconds", "gbps", "tflops", "share", "bytes", "flop", "error", "tolerance")) {
                assertThat(row.path(key).isNumber()).as(key).isTrue();
            }
            assertThat(row.path("shape").asText()).contains(row.path("place").asText());
            assertThat(row.path("passed").asBoolean()).isTrue();
            assertThat(row.path("gbps").asDouble() * row.path("seconds").asDouble() * 1e9)
                    .isCloseTo(row.path("bytes").asDouble(), org.assertj.core.data.Percentage.withPercentage(1e-6));
            assertThat(row.has("old_seconds")).isFalse();
        });
        JsonNode product = document.path("rows").get(0);
        assertThat(product.path("rival").asText()).isEqualTo("OpenBLAS");
        assertThat(product.path("ratio").asDouble() * product.path("seconds").asDouble())
                .isCloseTo(
                        product.path("rival_seconds").asDouble(),
                        org.assertj.core.data.Percentage.withPercentage(1e-6));
        assertThat(document.path("rows").get(1).path("rival").isNull()).isTrue();
        assertThat(document.path("rows").get(1).path("ratio").isNull()).isTrue();
    }

    @Test
    void shouldCompareWithAnOlderRunOfAnotherSize() throws IOException {
        bench("--filter", "contrast");
        ObjectNode old = (ObjectNode) document();
        ObjectNode row = (ObjectNode) old.path("rows").get(0);
        // Half as large and as fast as three times what is measured below.
        row.put("flop", row.path("flop").asDouble() / 2);
        row.put("seconds", 1000.0);
        old.put("device", "another");
        Path file = directory.resolve("old.json");
        Files.writeString(file, old.toString());

        ProgramRun run = bench("--filter", "contrast,adam", "--compare", file.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("warning: --compare: measured then on another, now on cpu (");
        assertThat(run.out()).contains("speedup", "2,000 s");
        JsonNode now = document().path("rows");
        assertThat(now.get(0).path("old_seconds").asDouble()).isEqualTo(2000);
        assertThat(now.get(0).path("speedup").asDouble()
                        * now.get(0).path("seconds").asDouble())
                .isCloseTo(2000, org.assertj.core.data.Percentage.withPercentage(1e-6));
        assertThat(now.get(1).path("old_seconds").isNull()).isTrue();
        assertThat(document().path("compared_with").path("device").asText()).isEqualTo("another");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"format\": \"ie-engine/bench/2\"} | format: found the string \"ie-engine/bench/2\", expected",
                "{\"format\": \"ie-engine/bench/1\"} | rows: found nothing, expected an array",
                "{\"format\": \"ie-engine/bench/1\", \"device\": \"d\", \"rows\": [{}]} | rows[0].kernel: found nothing",
                "{\"format\": \"ie-engine/bench/1\", \"rows\": []} | device: found nothing, expected a string",
                "{\"format\": \"ie-engine/bench/1\", \"device\": \"d\", \"rows\": [{\"kernel\": \"a\", \"place\": \"b\","
                        + " \"precision\": \"f32\", \"seconds\": -1}]} | rows[0].seconds: found the number -1",
                "nothing | line 1: found malformed JSON",
            })
    void shouldEndWithThreeForAMalformedOldRun(String text, String sentence) throws IOException {
        Path file = directory.resolve("old.json");
        Files.writeString(file, text);

        ProgramRun run = bench("--filter", "contrast", "--compare", file.toString());

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.firstError()).startsWith("ie-engine: " + file).contains(sentence);
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @Test
    void shouldListWithoutMeasuring() {
        ProgramRun run = bench("--list", "--filter", "DONSKER");

        assertThat(run.out().lines())
                .containsExactly(
                        "f32: donsker-varadhan stable, critic: value and gradient 80 scores",
                        "f32: donsker-varadhan plain, critic: value and gradient 80 scores");
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @Test
    void shouldMeasureWholePasses() throws IOException {
        ProgramRun run = bench("--end-to-end", "--weights", "../samples/gpt2-tiny");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("sweep, f32: [2-6] sequences of 8 tokens through 4 blocks of gpt2")
                .containsPattern("critic epoch, f32: [0-9]+ pairs of 16 \\+ 16 dimensions, widths 16-10-6-3-1")
                .containsPattern("linear +[0-9.]+ %");
        JsonNode passes = document().path("end_to_end");
        assertThat(passes).hasSize(2).allSatisfy(pass -> {
            assertThat(pass.path("units_per_second").asDouble()).isPositive();
            assertThat(pass.path("parts")).isNotEmpty();
        });
        assertThat(document().path("rows")).isEmpty();
        assertThat(directory.resolve("out/roofline.svg")).doesNotExist();
    }

    @Test
    void shouldKeepWhatWasMeasuredWhenItIsInterrupted() throws IOException {
        Interruption interruption = new Interruption();
        interruption.request();
        PrintStream nobody = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        Console console = new Console(new ByteArrayInputStream(new byte[0]), nobody, nobody, false, interruption);
        Bench verb = new Bench();
        List<String> words = List.of(
                "--device",
                "cpu",
                "--small",
                "--quiet",
                "--out",
                directory.resolve("out").toString());

        assertThatThrownBy(() -> verb.run(verb.options().parse(words), console))
                .isInstanceOf(RunStoppedException.class)
                .hasMessageStartingWith("interrupted; what was measured so far is in ");
        assertThat(document().path("rows")).hasSize(1);
    }

    @Test
    void shouldEndWithFourWhereTheDeviceIsMissing() {
        assertThat(ProgramRun.of("bench", "--device", "cuda:97").code()).isEqualTo(4);
    }
}
