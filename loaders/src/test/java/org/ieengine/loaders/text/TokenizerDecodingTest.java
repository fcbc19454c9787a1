package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.sentencepiece.jni.SentencePieceLibrary;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids back to text. */
class TokenizerDecodingTest {
    private static final Path SAMPLES = Path.of("..", "samples");
    private static final String MODELS = "gpt2-tiny,openllama-tiny,gemma-tiny";

    /** Texts that every sample tokenizer keeps as they are: no compatibility characters, no spaces in a row. */
    private static final List<String> TEXTS = List.of(
            "",
            "x",
            "A gas is emitted.",
            "Der Fluß fließt. Ça va?",
            "\u05E9\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD",
            "\u4F60\u597D\u3002\u4E16\u754C",
            "so \uD83D\uDE00 \uD83D\uDC69\u200D\uD83D\uDE80 much",
            "tab\tnewline\nend");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    void referenceIdsOfTheSampleSentencesGiveTheSentences(String model) throws IOException {
        int[][] ids;
        try (InputStream golden = TokenizerDecodingTest.class.getResourceAsStream("/tokenizers/" + model + ".json")) {
            ids = new ObjectMapper().readValue(golden, int[][].class);
        }
        List<String> lines =
                Files.readAllLines(SAMPLES.resolve("sentences.txt")).subList(0, ids.length);
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
            assertThat(ids).hasNumberOfRows(200);
            assertThat(tokenizer.decode(List.of(ids))).isEqualTo(lines);
            assertThat(tokenizer.decode(ids[7])).isEqualTo(lines.get(7));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2-tiny", "openllama-tiny", "gemma-tiny"})
    void everyTextComesBackCharacterForCharacter(String model) {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
            assertThat(tokenizer.decode(tokenizer.encode(TEXTS))).isEqualTo(TEXTS);
            assertThat(tokenizer.decode(List.<int[]>of())).isEmpty();
        }
    }

    @Test
    void byteLevelTokenizersKeepEveryCharacter() {
        List<String> texts =
                List.of("  two  spaces ", "e\u0301 \u00E9 \uFB01", "\r\n", "\u0000\u00AD\u2028", "don 't .");
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            assertThat(tokenizer.decode(tokenizer.encode(texts))).isEqualTo(texts);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"openllama-tiny", "gemma-tiny"})
    void sentencePieceGivesWhatItsLibraryGives(String model) throws IOException {
        TokenizerLibraries.loadSentencePiece();
        long handle = SentencePieceLibrary.LIB.createSentencePieceProcessor();
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
            SentencePieceLibrary.LIB.loadModelFromBytes(
                    handle, Files.readAllBytes(SAMPLES.resolve(model).resolve("tokenizer.model")));
            for (String line : Files.readAllLines(SAMPLES.resolve("sentences.txt"))) {
                int[] ids = tokenizer.encode(List.of(line)).get(0);
                for (int from = 0; from < Math.min(3, ids.length); from++) {
                    int[] part = Arrays.copyOfRange(ids, from, ids.length);
                    String expected = SentencePieceLibrary.LIB.decode(handle, part);
                    assertThat(tokenizer.decode(part)).isEqualTo(expected);
                }
            }
        } finally {
            SentencePieceLibrary.LIB.deleteSentencePieceProcessor(handle);
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void theDummySpaceIsTakenOffWhereItWasPutOn(boolean legacy) throws IOException {
        Files.copy(SAMPLES.resolve("openllama-tiny").resolve("tokenizer.model"), directory.resolve("tokenizer.model"));
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"legacy\": " + legacy + "}");
        List<String> texts = List.of("hello", "<s>hello</s> you", "hello</s>you <s>", "\uD83D\uDE00", "</s>");
        try (Tokenizer tokenizer = Tokenizers.open(directory)) {
            assertThat(tokenizer.decode(tokenizer.encode(texts))).isEqualTo(texts);
        }
    }

    @Test
    void halfACharacterBecomesAReplacement() {
        for (String model : MODELS.split(",")) {
            try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
                int[] ids = tokenizer.encode(List.of("a\uD83D\uDE80")).get(0);

                assertThat(tokenizer.decode(Arrays.copyOf(ids, ids.length - 1)))
                        .startsWith("a")
                        .contains("\uFFFD");
            }
        }
    }

    @Test
    void specialTokensAreSpeltOutAndAreNoOrdinaryIds() {
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            assertThat(tokenizer.decode(new int[] {2047})).isEqualTo("<|endoftext|>");
            assertThat(tokenizer.ordinaryIds()).hasSize(2047).isSorted().doesNotContain(2047);
        }
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("openllama-tiny"))) {
            assertThat(tokenizer.decode(new int[] {1, 2})).isEqualTo("<s></s>");
            assertThat(tokenizer.ordinaryIds()).hasSize(2045).startsWith(3);
        }
        try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve("gemma-tiny"))) {
            for (int id : new int[] {0, 1, 2, 3}) {
                assertThat(tokenizer.decode(new int[] {id})).matches("<(pad|eos|bos|unk)>");
                assertThat(tokenizer.ordinaryIds()).doesNotContain(id);
            }
        }
    }

    @Test
    void vocabularyAndMergesHaveTheOrdinaryIdsOfTheirTokenizerJson() throws IOException {
        for (String name : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
            Files.copy(SAMPLES.resolve("gpt2-tiny").resolve(name), directory.resolve(name));
        }
        try (Tokenizer files = Tokenizers.open(directory);
                Tokenizer json = Tokenizers.open(SAMPLES.resolve("gpt2-tiny"))) {
            assertThat(files.ordinaryIds()).isEqualTo(json.ordinaryIds());
            assertThat(files.decode(files.encode(TEXTS))).isEqualTo(TEXTS);
        }
    }

    @Test
    void refusesIdsThatItHasNot() {
        for (String model : MODELS.split(",")) {
            try (Tokenizer tokenizer = Tokenizers.open(SAMPLES.resolve(model))) {
                for (int id : new int[] {-1, 2048}) {
                    assertThatThrownBy(() -> tokenizer.decode(new int[] {5, id}))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("the id " + id);
                }
            }
        }
    }
}
