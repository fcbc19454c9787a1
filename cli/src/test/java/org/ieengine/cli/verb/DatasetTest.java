package org.ieengine.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.ieengine.cli.ProgramRun;
import org.ieengine.loaders.safetensors.ElementType;
import org.ieengine.loaders.safetensors.SafetensorsFile;
import org.ieengine.loaders.safetensors.StoredTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetTest {
    private static final String GPT2 = "../samples/gpt2-tiny";
    private static final String SENTENCES = "../samples/sentences.txt";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private Path out(String name) {
        return directory.resolve(name);
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content).toString();
    }

    /** Runs {@code dataset} with results in the directory of that name, expects success, and gives its document. */
    private JsonNode made(String name, String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of("dataset"));
        words.addAll(List.of(arguments));
        words.addAll(List.of("--out", out(name).toString()));
        ProgramRun run = ProgramRun.of(words.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(out(name)).isDirectoryNotContaining("glob:**.{tmp,part}");
        return JSON.readTree(out(name).resolve("dataset.json").toFile());
    }

    private static List<JsonNode> sentences(Path directory) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve("sentences.jsonl"))) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static int[] ids(JsonNode sentence) {
        int[] ids = new int[sentence.path("token_ids").size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = sentence.path("token_ids").path(i).asInt();
        }
        return ids;
    }

    private static long[][] tokenIds(Path file, ElementType type) {
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            StoredTensor ids = tensors.tensor("token_ids");
            assertThat(ids.type()).isEqualTo(type);
            int tokens = (int) ids.shape()[1];
            long[][] rows = new long[(int) ids.shape()[0]][tokens];
            for (int row = 0; row < rows.length; row++) {
                ids.read((long) row * tokens, rows[row], 0, tokens);
            }
            return rows;
        }
    }

    private static long[][] tokenIds(Path directory) {
        return tokenIds(directory.resolve("token_ids.safetensors"), ElementType.I32);
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        array.forEach(number -> numbers.add(number.asDouble()));
        return numbers;
    }

    /** Every line has its text and the ids that the tensor file has in that row. */
    private static void assertOneToOne(Path directory) throws IOException {
        List<JsonNode> lines = sentences(directory);
        long[][] rows = tokenIds(directory);
        assertThat(lines).hasSameSizeAs(rows);
        for (int row = 0; row < rows.length; row++) {
            assertThat(Arrays.stream(ids(lines.get(row))).asLongStream().toArray())
                    .isEqualTo(rows[row]);
        }
    }

    /** What measure reads from the sentences: the ids that activations writes beside the states. */
    private long[][] idsThatMeasureReads(Path dataset, String model, int tokens) {
        Path states = out("states");
        ProgramRun run = ProgramRun.of(
                "activations",
                "-w",
                model,
                "-d",
                dataset.resolve("sentences.jsonl").toString(),
                "--tokens",
                Integer.toString(tokens),
                "--samples",
                "all",
                "--layers",
                "0",
                "--positions",
                "last",
                "--out",
                states.toString());
        assertThat(run.code()).as(run.err()).isZero();
        return tokenIds(states.resolve("activations.safetensors"), ElementType.I64);
    }

    @Test
    void shouldMakeEveryListOfEntities() throws IOException {
        JsonNode document = made("icl", "icl", "--entities", "color", "--shots", "3", "--samples", "all", "-w", GPT2);

        assertThat(document.path("format").asText()).isEqualTo("ie-engine/dataset/1");
        assertThat(document.path("kind").asText()).isEqualTo("icl");
        assertThat(document.path("sequences").asInt()).isEqualTo(15 * 14 * 13);
        assertThat(document.path("tokens").asInt()).isEqualTo(6);
        assertThat(document.path("unit").asText()).isEqualTo("token");
        assertThat(document.path("dropped").isArray()).isTrue();
        assertThat(document.path("dropped")).isEmpty();
        double macro = Math.log(15 * 14 * 13) / Math.log(2);
        double micro = Math.log(15) / Math.log(2) / 2;
        JsonNode exact = document.path("exact");
        assertThat(numbers(exact.path("macro_bits"))).hasSize(6).last().satisfies(bits -> assertThat(bits)
                .isCloseTo(macro, within(1e-12)));
        assertThat(numbers(exact.path("micro_bits"))).hasSize(6).contains(0.0);
        assertThat(exact.path("ie_bits").asDouble()).isCloseTo(macro - micro, within(1e-12));
        assertOneToOne(out("icl"));
        assertThat(sentences(out("icl")).get(0).path("text").asText()).isEqualTo("red,orange,yellow,");
        assertThat(idsThatMeasureReads(out("icl"), GPT2, 6)).isDeepEqualTo(tokenIds(out("icl")));
    }

    @Test
    void shouldGiveMeasureTheCeilingThatItPrints() throws IOException {
        JsonNode exact = made("icl", "icl", "--entities", "animal", "--shots", "2", "-w", GPT2)
                .path("exact");
        Path results = out("results");
        ProgramRun run = ProgramRun.of(
                "measure",
                "-w",
                GPT2,
                "-d",
                out("icl").resolve("sentences.jsonl").toString(),
                "--tokens",
                "4",
                "--layers",
                "1",
                "--estimator",
                "gaussian",
                "--quiet",
                "--out",
                results.toString());

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode ceiling =
                JSON.readTree(results.resolve("results.json").toFile()).path("ceiling");
        assertThat(ceiling.path("ie_bits")).isEqualTo(exact.path("ie_bits"));
        assertThat(ceiling.path("macro_bits"))
                .isEqualTo(exact.path("macro_bits").path(3));
        assertThat(ceiling.path("micro_bits")).isEqualTo(exact.path("micro_bits"));
    }

    @Test
    void shouldCountPiecesWithoutATokenizer() throws IOException {
        made("icl", "icl", "--entities", "color", "--shots", "2", "-w", GPT2);
        assertThat(out("icl/token_ids.safetensors")).exists();
        JsonNode document = made("icl", "icl", "--entities", "color", "--shots", "2", "--separator", " - ");

        assertThat(document.path("unit").asText()).isEqualTo("piece");
        assertThat(document.path("tokenizer").isNull()).isTrue();
        assertThat(document.path("tokens").asInt()).isEqualTo(4);
        assertThat(out("icl/token_ids.safetensors")).doesNotExist();
        JsonNode first = sentences(out("icl")).get(0);
        assertThat(first.path("text").asText()).isEqualTo("red - orange - ");
        assertThat(first.has("token_ids")).isFalse();
    }

    @Test
    void shouldPrintItsNumbersForPeopleOrAsTheDocument() throws IOException {
        String[] words = {
            "dataset", "icl", "--entities", "country", "--shots", "4", "--samples", "all", "--out", out("a").toString()
        };
        ProgramRun people = ProgramRun.of(words);
        String[] json = Arrays.copyOf(words, words.length + 1);
        json[words.length] = "--json";

        assertThat(people.out())
                .contains("303,600 sequences of 8 pieces, 303,600 distinct")
                .contains("every ordered choice")
                .contains("exact: macro 18.212 bits, mean micro 2.322 bits, IE 15.890 bits");
        assertThat(JSON.readTree(ProgramRun.of(json).out()))
                .isEqualTo(JSON.readTree(out("a").resolve("dataset.json").toFile()));
    }

    @Test
    void shouldDropEntitiesOfOtherLengthsAndNameThem() throws IOException {
        String list = file("list.txt", "Ant\nTyrannosaurus\nBat\nCat\n");
        String[] words = {"dataset", "icl", "--entities", list, "--shots", "2", "-w", GPT2, "--out", "x"};
        words[9] = out("list").toString();
        ProgramRun run = ProgramRun.of(words);
        JsonNode document = JSON.readTree(out("list").resolve("dataset.json").toFile());
        String[] strict = Arrays.copyOf(words, 11);
        strict[10] = "--strict";
        ProgramRun refused = ProgramRun.of(strict);

        assertThat(run.out()).contains("2 of 3 entities", "dropped 1, not of 2 tokens: Tyrannosaurus (");
        assertThat(document.path("dropped").toString()).isEqualTo("[\"Tyrannosaurus\"]");
        assertThat(document.path("sequences").asInt()).isEqualTo(6);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.firstError()).startsWith("ie-engine: --strict: in ").contains("Tyrannosaurus (");
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2-tiny,start",
        "gpt2-tiny,end",
        "openllama-tiny,start",
        "openllama-tiny,end",
        "gemma-tiny,start",
        "gemma-tiny,end"
    })
    void shouldCutWindowsThatMeasureReadsBack(String model, String anchor) throws IOException {
        String weights = "../samples/" + model;
        JsonNode document =
                made("w", "windows", "-d", SENTENCES, "-w", weights, "--anchor", anchor, "--tokens", "7", "-n", "500");

        assertThat(document.path("kind").asText()).isEqualTo("windows");
        assertThat(document.path("sequences").asInt()).isEqualTo(500);
        JsonNode skipped = document.path("skipped");
        assertThat(document.path("source").path("sentences").asLong())
                .isEqualTo(document.path("source").path("available").asLong()
                        + skipped.path("filtered").asLong()
                        + skipped.path("too_short").asLong()
                        + skipped.path("not_reversible").asLong());
        assertThat(sentences(out("w")))
                .allSatisfy(line -> assertThat(line.path("text").asText()).doesNotContain(":", "\n", "?", "-", ";"));
        assertOneToOne(out("w"));
        assertThat(idsThatMeasureReads(out("w"), weights, 7)).isDeepEqualTo(tokenIds(out("w")));
    }

    @Test
    void shouldReadWindowsFromEveryFormatAndFromStandardInput() throws IOException {
        String sentence = "The cat sat on the mat all day and all night long.";
        String hermes = "{\"conversations\": [{\"from\": \"gpt\", \"value\": \"" + sentence + "\"}]}\n";
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(hermes.getBytes(StandardCharsets.UTF_8));
        }
        Path compressed = Files.write(directory.resolve("h.jsonl.gz"), packed.toByteArray());
        made("h", "windows", "-d", compressed.toString(), "--field", "conversations.value", "-w", GPT2);
        made("t", "windows", "-d", file("t.txt", sentence + "\n"), "-w", GPT2);
        ProgramRun piped = ProgramRun.withInput(
                sentence, "dataset", "windows", "-d", "-", "-w", GPT2, "--out", out("s").toString());

        assertThat(piped.code()).isZero();
        for (String name : List.of("h", "t", "s")) {
            assertThat(sentences(out(name))).hasSize(1);
            assertThat(sentence)
                    .startsWith(sentences(out(name)).get(0).path("text").asText());
        }
    }

    @Test
    void shouldKeepTheCharactersOfEveryScriptInItsFiles() throws IOException {
        String hebrew = "\u05E9\u05DC\u05D5\u05DD \u05DC\u05DB\u05DD.";
        String text = hebrew + " e\u0301t\u00E9 \uD83D\uDC69\u200D\uD83D\uDE80 fini.\r\n";
        made("w", "windows", "-d", file("t.txt", text), "-w", GPT2, "--tokens", "4", "--without", "none", "--json");
        made("p", "perturb", "-d", file("t.txt", text), "-w", GPT2, "--tokens", "30", "--by", "shuffle", "--rate", "0");

        assertThat(sentences(out("w")))
                .allSatisfy(line -> assertThat(text).contains(line.path("text").asText()));
        assertThat(text)
                .startsWith(sentences(out("p")).get(0).path("text").asText().substring(0, 12));
    }

    @Test
    void shouldDamageSequencesAtARate() throws IOException {
        JsonNode document =
                made("p", "perturb", "-d", SENTENCES, "-w", GPT2, "--by", "replace", "--rate", "0.25", "--seed", "4");
        made("q", "perturb", "-d", SENTENCES, "-w", GPT2, "--by", "replace", "--rate", "0.25", "--seed", "4");
        made("none", "perturb", "-d", SENTENCES, "-w", GPT2, "--by", "shuffle", "--rate", "0", "--seed", "4");

        assertThat(document.path("options").path("by").asText()).isEqualTo("replace");
        assertThat(document.path("sequences").asInt()).isEqualTo(3_429);
        long[][] damaged = tokenIds(out("p"));
        long[][] whole = tokenIds(out("none"));
        for (int row = 0; row < damaged.length; row++) {
            int changed = 0;
            for (int t = 0; t < 8; t++) {
                changed += damaged[row][t] == whole[row][t] ? 0 : 1;
                assertThat(damaged[row][t]).isLessThan(2047);
            }
            assertThat(changed).isEqualTo(2);
        }
        assertOneToOne(out("p"));
        assertThat(out("p").resolve("sentences.jsonl")).hasSameBinaryContentAs(out("q").resolve("sentences.jsonl"));
        assertThat(out("p").resolve("token_ids.safetensors"))
                .hasSameBinaryContentAs(out("q").resolve("token_ids.safetensors"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shuffle", "replace", "repeat"})
    void shouldLeaveTheBeginningOfSequenceTokenWhereItIs(String by) throws IOException {
        JsonNode document = made(
                "p",
                "perturb",
                "-d",
                SENTENCES,
                "-w",
                "../samples/openllama-tiny",
                "--bos",
                "--by",
                by,
                "--rate",
                "1",
                "-n",
                "200");
        assertThat(document.path("options").path("bos").asBoolean()).isTrue();
        assertThat(List.of(tokenIds(out("p"))))
                .allSatisfy(row -> assertThat(row[0]).isEqualTo(1));
        // Ids that begin with it are recognised without the option.
        JsonNode again = made(
                "again",
                "perturb",
                "--token-ids",
                out("p").resolve("token_ids.safetensors").toString(),
                "-w",
                "../samples/openllama-tiny",
                "--by",
                by,
                "--rate",
                "1");
        assertThat(again.path("options").path("bos").asBoolean()).isTrue();
        assertThat(List.of(tokenIds(out("again"))))
                .allSatisfy(row -> assertThat(row[0]).isEqualTo(1));
    }

    @Test
    void shouldReplaceItsOwnFilesAndReadThemWhileItDoes() throws IOException {
        made("p", "perturb", "-d", SENTENCES, "-w", GPT2, "--by", "shuffle", "--rate", "1", "-n", "50");
        long[][] before = tokenIds(out("p"));
        String own = out("p").resolve("token_ids.safetensors").toString();
        made("p", "perturb", "--token-ids", own, "-w", GPT2, "--by", "repeat", "--rate", "1");

        long[][] after = tokenIds(out("p"));
        for (int row = 0; row < 50; row++) {
            assertThat(before[row]).contains(after[row][0]);
            assertThat(after[row]).containsOnly(after[row][0]);
        }
    }
}
