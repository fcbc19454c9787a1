package org.ieengine.loaders.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.ieengine.loaders.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Malformed tokenizer files end in a sentence that names the file. */
class TokenizerFaultsTest {
    private static final Path SAMPLES = Path.of("..", "samples");
    private static final String MODEL = "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []%s}%s}";

    @TempDir
    private Path directory;

    @Test
    void aDirectoryWithoutATokenizerSaysWhatIsMissing() throws IOException {
        assertFault(directory.toString(), "holds no tokenizer: expected tokenizer.json, or vocab.json with merges.txt");
        assertFault(directory.toString(), "--token-ids");
        Files.writeString(directory.resolve("vocab.json"), "{\"a\": 0}");
        assertFault(directory.toString(), "vocab.json is there but merges.txt is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | is empty",
                "{ | line 1: is not JSON",
                "[] | is not a JSON object",
                "{} | model: is missing or empty",
                "{\"model\": 3} | model: is not what a Hugging Face tokenizer has there",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}} | model.vocab: is missing or empty",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}} | the id -1 is not a number from 0 on",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": \"x\"}, \"merges\": []}} | the id x is not a number",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}} | out of vocabulary",
                "{\"model\": {\"type\": \"Other\", \"vocab\": {\"a\": 0}}} | is not a tokenizer that the Hugging Face",
                "version https://git-lfs.github.com/spec/v1 | is a Git LFS pointer",
            })
    void faultyTokenizerJson(String content, String message) throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), content);
        assertFault(file.toString(), message);
    }

    /** Each of these would end the process inside the native library: while it opens the file or encodes a text. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ", \"unk_token\": \"u\" | '' | model.unk_token: names no token of model.vocab",
                ", \"dropout\": 0.1 | '' | model.dropout: is 0.1",
                "'' | , \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"} | precompiled_charsmap",
                "'' | , \"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"\"}, \"content\": \"\"} | an empty pattern",
                "'' | , \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"String\": \"\"}} | pre_tokenizer: holds an empty",
            })
    void tokenizerJsonThatTheLibraryDoesNotSurvive(String inModel, String beside, String message) throws IOException {
        Path file = Files.writeString(directory.resolve("tokenizer.json"), String.format(MODEL, inModel, beside));
        assertFault(file.toString(), message);
    }

    @Test
    void anUnknownTokenMayBeNamedBeforeOrAfterTheVocabulary() throws IOException {
        for (String order :
                List.of("\"unk_token\": \"a\", \"vocab\": {\"a\": 0}", "\"vocab\": {\"a\": 0}, \"unk_token\": \"a\"")) {
            Files.writeString(
                    directory.resolve("tokenizer.json"),
                    "{\"model\": {\"type\": \"WordLevel\", " + order
                            + "}, \"pre_tokenizer\": {\"type\": \"Whitespace\"}}");
            try (Tokenizer tokenizer = Tokenizers.open(directory)) {
                assertThat(tokenizer.encode(List.of("a b")).get(0)).containsExactly(0, 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\": 0 | #version: 0.2 | vocab.json: line 1: is not JSON",
                "{} | #version: 0.2 | vocab.json: names no token",
                "{\"a\": 1.5} | #version: 0.2 | vocab.json: token 'a': the id 1.5",
                "{\"a\": 0} | #version: 0.2 | merges.txt: holds no merge",
                "{\"a\": 0} | a | merges.txt: line 1: is not two tokens",
                "{\"a\": 0} | a b | merges.txt: line 1: the token 'b' is not in vocab.json",
                "{\"a\": 0, \"b\": 1} | a b | merges.txt: line 1: the token 'ab' is not in vocab.json",
            })
    void faultyVocabularyAndMerges(String vocabulary, String merges, String message) throws IOException {
        Files.writeString(directory.resolve("vocab.json"), vocabulary);
        Files.writeString(directory.resolve("merges.txt"), merges);
        assertFault(directory.toString(), message);
    }

    @Test
    void anotherTokenizerClassIsNotGuessed() throws IOException {
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"T5TokenizerFast\"}");
        Files.copy(SAMPLES.resolve("gemma-tiny").resolve("tokenizer.model"), directory.resolve("tokenizer.model"));
        assertFault(directory.toString(), "tokenizer_class: is T5Tokenizer");
        Files.writeString(directory.resolve("vocab.json"), "{\"a\": 0}");
        Files.writeString(directory.resolve("merges.txt"), "a a");
        assertFault(directory.toString(), "tokenizer_class: is T5Tokenizer");
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"legacy\": ");
        assertFault(directory.resolve("tokenizer_config.json").toString(), "JSON");
    }

    @Test
    void sentencePieceModelsThatAreNone() throws IOException {
        Path file = directory.resolve("tokenizer.model");
        for (String content : List.of("<html><body>404</body></html>", "\n\0", "x", "\n\003abc")) {
            Files.writeString(file, content);
            assertFault(file.toString(), "fetch");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenizer.json", "tokenizer.model"})
    void damageAnywhereIsASentenceOrStillATokenizer(String name) throws IOException {
        byte[] whole = Files.readAllBytes(SAMPLES.resolve(name.endsWith("json") ? "gpt2-tiny" : "openllama-tiny")
                .resolve(name));
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 60; i++) {
            byte[] damaged = Arrays.copyOf(whole, i % 2 == 0 ? random.nextInt(whole.length) : whole.length);
            if (i % 2 == 1) {
                damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(directory.resolve(name), damaged);
            try (Tokenizer tokenizer = Tokenizers.open(directory)) {
                tokenizer.encode(List.of("a gas", "\uD83D\uDE00"));
            } catch (InputException e) {
                refused++;
                assertThat(e.getMessage()).startsWith(directory.toString()).doesNotContain("\n");
            }
        }
        assertThat(refused).isGreaterThanOrEqualTo(29);
    }

    private void assertFault(String file, String message) {
        assertThatThrownBy(() -> Tokenizers.open(directory))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }
}
